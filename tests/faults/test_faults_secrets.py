"""No token and no password is in anything that a command tells or leaves: every command, every error path.

Every secret here holds the same word, so that it is found whatever it stands in. A command that is installed later is
tried too: the command lines are made from the arguments that it declares.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import urllib.parse
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, NamedTuple

import pytest
import zstandard

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.server import (
    ChannelServer,
    Drop,
    Redirect,
    RequireHeader,
    RequireToken,
    Respond,
    Rule,
    Truncate,
    WrongLength,
    require_basic,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conda_testing.fork_server import ForkServer

WORD = "canary"
USER = f"{WORD}-user"
PASSWORD = f"{WORD} p@ss:word"
TOKEN = f"{WORD}-token"
LOGIN = f"{USER}:{urllib.parse.quote(PASSWORD)}"

SOURCES = {".condarc", ".netrc"}
"""The files that the user has written secrets into; those of stored tokens end in `.token`."""

MODES = {"told in full": ("-v", "-v", "--debug"), "as JSON": ("--json", "--debug")}


def encodings(word: str) -> Iterator[str]:
    """Yield what a word looks like in Base64, wherever in a text it stands."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + word.encode()).decode()
        yield text[-(-before * 4 // 3) : len(text) // 4 * 4 - 4]


MARK = re.compile("|".join([f"(?i:{WORD})", *map(re.escape, encodings(WORD))]).encode())


def found_in(content: bytes) -> str:
    """Return the first secret in a content, with what stands around it; an empty text where there is none."""
    match = MARK.search(content)
    if match is None:
        return ""
    return repr(content[max(0, match.start() - 60) : match.end() + 60])


def uncompressed(content: bytes) -> bytes:
    """Return a content, followed by what it holds when it is a Zstandard frame."""
    if not content.startswith(b"\x28\xb5\x2f\xfd"):
        return content
    return content + zstandard.ZstdDecompressor().decompressobj().decompress(content)


def files_with_secrets(folder: Path) -> list[str]:
    """Return the files and names below a folder that hold a secret, with the place in each."""
    wrong = []
    for place, folders, names in os.walk(folder):
        wrong += [f"{place}: {name}" for name in [*folders, *names] if found_in(os.fsencode(name))]
        for name in names:
            path = os.path.join(place, name)
            if name in SOURCES or name.endswith(".token") or os.path.islink(path):
                continue
            with open(path, "rb") as file:
                told = found_in(uncompressed(file.read()))
            if told:
                wrong.append(f"{path}: {told}")
    return wrong


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_secret_is_found_in_every_encoding(before: str) -> None:
    text = before + USER
    for written in (text.encode(), text.upper().encode(), base64.b64encode(text.encode())):
        assert found_in(b"\0 " + written + b" \0")
    assert not found_in(base64.b64encode(b"nothing to be found here"))
    frame = zstandard.ZstdCompressor().compress(text.encode() * 9)
    assert found_in(uncompressed(frame))


class Home:
    """A user with secrets everywhere, whose channel wants a login and a token."""

    def __init__(self, folder: Path, channel_server: ChannelServer, fork_server: ForkServer | None) -> None:
        self.folder = folder
        self.server = channel_server
        self.prefix = os.fspath(folder / "env")
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self.url = self.with_secrets(f"{channel_server.url}/c")
        self.conda = Conda(
            self.home,
            server=fork_server,
            environ={
                "CONDA_REMOTE_MAX_RETRIES": "1",
                "CONDA_REMOTE_BACKOFF_FACTOR": "0",
                "CONDA_REMOTE_READ_TIMEOUT_SECS": "5",
                "HTTPS_PROXY": f"http://{LOGIN}@127.0.0.1:9",
                "CONDA_MIGRATED_CHANNEL_ALIASES": self.with_secrets("https://h.invalid"),
                "AWS_ACCESS_KEY_ID": f"{WORD}-key",
                "AWS_SECRET_ACCESS_KEY": f"{WORD}-secret",
            },
        )
        self.write_settings()

    def write_settings(self, more: str = "") -> None:
        """Write what the user has configured."""
        mirrors = [self.with_secrets(f"{self.server.url}/{name}") for name in ("one", "two")]
        self.home.joinpath(".condarc").write_text(
            f"channels: ['{self.url}']\n"
            f"channel_alias: '{self.with_secrets(f'{self.server.url}/alias')}'\n"
            f"custom_channels: {{own: '{self.with_secrets(f'{self.server.url}/own')}'}}\n"
            f"proxy_servers: {{'http://other.invalid': 'http://{LOGIN}@127.0.0.1:9'}}\n"
            f"mirrored_channels: {{both: {mirrors}}}\n"
            f"{more}"
        )
        self.home.joinpath(".netrc").write_text(f"machine other.invalid login {USER} password {WORD}\n")
        tokens = self.home / ".local" / "share" / "binstar"
        tokens.mkdir(parents=True, exist_ok=True)
        (tokens / "https%3A%2F%2Fapi.other.invalid.token").write_text(TOKEN)

    @staticmethod
    def with_secrets(url: str) -> str:
        """Return a URL with the login and the token."""
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{LOGIN}@{host}/t/{TOKEN}{slash}{path}"

    def check(self, *words: str, stdin: str | None = None) -> Ended:
        """Run a command; fail when it tells a secret."""
        ended = self.conda(*words, stdin=stdin, timeout=60)
        told = found_in(ended.stdout.encode()) or found_in(ended.stderr.encode())
        assert not told, f"`conda {' '.join(words)}` told {told}"
        return ended


@pytest.fixture(scope="module")
def channel_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChannelServer]:
    folder = tmp_path_factory.mktemp("served")
    channel = ChannelBuilder(os.fspath(folder / "c"))
    channel.add("a", "1.0", noarch="generic", files={"share/a": os.urandom(100_000)})
    channel.add("b", "1.0", noarch="generic", depends=["missing"])
    channel.write()
    with ChannelServer(os.fspath(folder)) as server:
        yield server


@pytest.fixture
def home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel_server: ChannelServer, fork_server: ForkServer | None
) -> Iterator[Home]:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    channel_server.rules.clear()
    channel_server.rules["/"] = RequireToken(TOKEN, then=require_basic(USER, PASSWORD))
    made = Home(tmp_path, channel_server, fork_server)
    yield made
    assert not files_with_secrets(tmp_path)


class Argument(NamedTuple):
    """An argument that takes a value: how it is written (nothing for a positional one), and a harmless value."""

    flag: str
    dest: str
    usual: str
    is_needed: bool


def arguments_of(command: str) -> tuple[list[Argument], set[str]]:
    """Return the arguments of a command that take a value, and the flags of those that need none.

    A command that cannot be imported declares none: it is run all the same, to see what it tells of itself.
    """
    (point,) = entry_points(group="conda.subcommands", name=command)
    parser = argparse.ArgumentParser(add_help=False)
    try:
        target = point.load()
    except ImportError:
        return [], set()
    target.add_arguments(parser)
    valued: list[Argument] = []
    flags: set[str] = set()
    for action in parser._actions:
        flag = max(action.option_strings, key=len, default="")
        if flag and action.nargs in (0, "?", "*"):
            flags.add(flag)
        if action.nargs != 0:
            usual = str(next(iter(action.choices))) if action.choices else "a"
            valued.append(Argument(flag, action.dest, usual, action.required or not flag))
    return valued, flags


def command_lines(command: str, prefix: str, secret: str) -> Iterator[list[str]]:
    """Yield the usual command line, one for each argument in which its value is a secret, and one for each flag."""
    valued, flags = arguments_of(command)

    def line(spoiled: Argument | None) -> list[str]:
        words = ["--yes"] if "--yes" in flags else []
        positional = []
        for argument in valued:
            value = prefix if argument.dest == "prefix" else argument.usual
            value = secret if argument is spoiled else value
            if not argument.flag:
                positional.append(value)
            elif argument.is_needed or argument is spoiled or argument.dest == "prefix":
                words += [argument.flag, value]
        return [*command.split(), *words, *positional]

    yield line(None)
    for argument in valued:
        yield line(argument)
    for flag in sorted(flags - REVEALING):
        yield [*line(None), flag]
    yield [*line(None), f"--no-such-option={secret}"]


REVEALING = {"--unsafe-channels"}
"""Flags that are there to show secrets."""

COMMANDS = sorted({point.name for point in entry_points(group="conda.subcommands")})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_tells_no_secret_whatever_it_is_given(home: Home, command: str) -> None:
    made = home.check("create", "-y", "-p", home.prefix, "a", *MODES["told in full"])
    assert made.status == 0, made.stderr
    modes = list(MODES.values())
    for number, line in enumerate(command_lines(command, home.prefix, home.url)):
        is_about_a_secret = number == 0 or any(home.url in word for word in line)
        for mode in modes if is_about_a_secret else [modes[number % len(modes)]]:
            home.check(*line, *mode)


@pytest.mark.parametrize("command", sorted({point.name for point in entry_points(group="conda.fast_subcommands")}))
def test_a_fast_command_tells_no_secret_whatever_it_is_given(home: Home, command: str) -> None:
    for words in ([], [home.url], ["install", "-c", home.url], [f"--no-such-option={home.url}"]):
        for mode in MODES.values():
            home.check(command, *words, *mode)


def test_a_mirror_that_fails_tells_no_secret(home: Home) -> None:
    home.server.rules[f"/t/{TOKEN}/one/"] = Respond(503)
    home.server.rules[f"/t/{TOKEN}/two/"] = Redirect(f"http://{LOGIN}@127.0.0.1:9/t/{TOKEN}/")
    for mode in MODES.values():
        assert home.check("create", "-y", "-O", "-c", "both", "-p", home.prefix, "a", *mode).status == 5


RULES: dict[str, Rule] = {
    **{str(status): Respond(status) for status in (304, 401, 403, 404, 407, 429, 500)},
    "dropped": Drop(),
    "truncated": Truncate(20, RequireToken(TOKEN)),
    "of another length": WrongLength(10**6, RequireToken(TOKEN)),
    "repeated": Respond(401, {"Content-Type": "application/json"}, f'{{"detail": "{TOKEN} is over"}}'.encode()),
    "in a circle": Redirect(f"/t/{TOKEN}/c/"),
    "elsewhere": Redirect(f"http://{LOGIN}@127.0.0.1:9/t/{TOKEN}/"),
    "to nowhere": Redirect(f"file:///t/{TOKEN}/"),
    "no index": Respond(200, {}, f"<a href='https://{LOGIN}@h/'>log in</a>".encode()),
}


@pytest.mark.parametrize("place", ["index", "package"])
@pytest.mark.parametrize("case", RULES)
def test_an_answer_that_is_no_file_tells_no_secret(home: Home, case: str, place: str) -> None:
    home.server.rules[f"/t/{TOKEN}/c/" + "noarch/a-" * (place == "package")] = RULES[case]
    for mode in MODES.values():
        assert home.check("create", "-y", "-p", home.prefix, "a", *mode).status == 5


CHANNELS = {
    "a server that is not there": "http://127.0.0.1:{closed}/c",
    "a server without TLS": "https://127.0.0.1:{open}/c",
    "a server behind a proxy that is not there": "http://other.invalid/c",
    "a proxy that is not there": "https://other.invalid/c",
    "a host that cannot be": "http://a..b/c",
    "a folder": "file:///no/such/folder",
    "a bucket": "s3://bucket/c",
    "an FTP server": "ftp://127.0.0.1:{closed}/c",
    "a scheme that nobody knows": "oci://127.0.0.1/c",
    "a port that is none": "http://127.0.0.1:port/c",
    "an address that is none": "http://[::1/c",
}


@pytest.mark.parametrize("case", CHANNELS)
def test_a_channel_that_cannot_be_reached_tells_no_secret(home: Home, case: str, closed_port: int) -> None:
    home.conda.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{closed_port}"
    url = home.with_secrets(CHANNELS[case].format(closed=closed_port, open=home.server.port))
    for mode in MODES.values():
        assert home.check("create", "-y", "-p", home.prefix, "-c", url, "a", *mode).status in (1, 5)


SETTINGS = {
    "a bracket that is not closed": "denylist_channels: [{url}",
    "a value of another kind": "remote_max_retries: '{url}'",
    "a mapping that is none": "custom_multichannels: '{url}'",
    "a choice that is none": "channel_priority: '{url}'",
    "certificates that are not there": "ssl_verify: '{url}'",
    "a proxy that is none": "proxy_servers: {{http: '{url}:port'}}",
    "a solver that is none": "solver: '{url}'",
    "a handler that is none": "channel_settings: [{{channel: '{url}', auth: nobody}}]",
    "a channel that is denied": "denylist_channels: ['{url}']",
    "a key that is no setting": "'{url}': 1",
    "a header that is none": "request_headers: {{'{url}': ['{url}']}}",
    "a relation that is none": "channel_relations_max_depth: '{url}'",
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_is_wrong_tells_no_secret(home: Home, case: str) -> None:
    home.write_settings(SETTINGS[case].format(url=home.url))
    for command in (["info"], ["create", "-y", "-p", home.prefix, "a"]):
        for mode in MODES.values():
            home.check(*command, *mode)


@pytest.mark.parametrize("name", [".netrc", "token"])
def test_a_file_of_secrets_that_is_broken_tells_none(home: Home, name: str) -> None:
    if name == "token":
        tokens = home.home / ".local" / "share" / "binstar"
        (tokens / f"{urllib.parse.quote_plus(home.server.url)}.token").write_text(f"{TOKEN} {PASSWORD}")
    else:
        (home.home / name).write_text(f"machine 127.0.0.1 login {USER} pass {WORD}\n{PASSWORD}\n")
    for mode in MODES.values():
        assert home.check("create", "-O", "-c", f"{home.server.url}/c", "-p", home.prefix, "a", *mode).status == 5


WAYS: dict[str, Rule] = {
    "netrc": require_basic(USER, f"{WORD}-netrc"),
    "token": RequireToken(TOKEN),
    "bearer": RequireHeader("Authorization", f"Bearer {TOKEN}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_brought_with_a_stored_secret_holds_none(home: Home, way: str) -> None:
    home.server.rules["/"] = WAYS[way]
    url = f"{home.server.url}/c"
    home.write_settings(f"channel_settings: [{{channel: '{url}', auth: {way}}}]\n")
    if way == "netrc":
        (home.home / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {WORD}-netrc\n")
    else:
        tokens = home.home / ".local" / "share" / "binstar"
        (tokens / f"{urllib.parse.quote_plus(home.server.url)}.token").write_text(TOKEN)
    made = home.check("create", "-y", "-O", "-c", url, "-p", home.prefix, "a", *MODES["told in full"])
    assert made.status == 0, made.stderr
    for command in (["list"], ["list", "--explicit"], ["info"], ["search", "-O", "-c", url, "a"]):
        for mode in MODES.values():
            home.check(*command, *(["-p", home.prefix] if "list" in command else []), *mode)
