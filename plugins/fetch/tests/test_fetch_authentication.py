"""Which credentials a request is made with, and that they reach no other host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from conda_fetch.auth_rules import auth_rules, handler_for
from conda_fetch.authentication import Authentication
from conda_kernel.errors import PluginNotFound, SettingError
from conda_kernel.hookspecs import AUTH_HANDLERS, DOWNLOADERS
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.channel_url import split_url
from conda_kernel.model.credentials import Basic, Bearer, Credential, PathToken
from conda_kernel.model.event import Warned
from conda_kernel.model.fetching import Downloaded, FetchRequest
from conda_kernel.model.secret import Secret
from conda_testing.distributions import install
from conda_testing.executable import Conda
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, Redirect, RequireHeader, RequireToken, Rule, require_basic

PACKAGE = "https://h.example/c/noarch/a-1-0.conda"


def basic(user: str, password: str) -> Basic:
    return Basic(Secret(user), Secret(password))


class Bench:
    """A home with a `.netrc` and a stored token, and the settings of a test."""

    def __init__(self, home: Path, entries: list[dict[str, str]] | None = None, **settings: object) -> None:
        self.home = home
        self.kernel = make_kernel(home, settings={"channel_settings": entries or [], **settings})
        self._authentication: Authentication | None = None

    def netrc(self, text: str = "machine h.example login net password rc") -> None:
        (self.home / ".netrc").write_text(text)

    def stored(self, url: str = "https://h.example", token: str = "tk-stored") -> None:
        folder = self.home / ".local" / "share" / "binstar"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{quote_plus(url)}.token").write_text(token)

    def credentials(self, url: str = PACKAGE, access: str = "") -> tuple[Credential, ...]:
        if self._authentication is None:
            self._authentication = Authentication(self.kernel)
        return self._authentication.addressed(url, Secret(access) if access else None).credentials

    def fetch(self, url: str, access: str = "") -> Downloaded:
        request = FetchRequest(url, str(self.home / "to" / "x"), Secret(access) if access else None)
        (answer,) = self.kernel.driver(DOWNLOADERS).fetch([request])
        return answer

    @property
    def warnings(self) -> list[str]:
        assert isinstance(self.kernel.reporter, RecordingReporter)
        return [event.text for event in self.kernel.reporter.events if isinstance(event, Warned)]


def test_without_credentials_nothing_is_shown(tmp_path: Path) -> None:
    assert Bench(tmp_path).credentials() == ()


def test_what_stands_in_the_url_counts_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.netrc()
    bench.stored()
    given = bench.credentials(PACKAGE, "https://me%40home:p%3Aw@h.example/c/t/tk-1/noarch/a-1-0.conda")

    assert given == (basic("me@home", "p:w"), PathToken(Secret("tk-1"), 1))


def test_a_stored_token_counts_before_netrc(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.netrc()
    bench.stored()

    assert bench.credentials() == (PathToken(Secret("tk-stored"), 0),)


def test_stored_tokens_can_be_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, add_anaconda_token=False)
    bench.netrc()
    bench.stored()

    assert bench.credentials() == (basic("net", "rc"),)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://other.example/c/noarch/x", ()),
        ("http://h.example/c/noarch/x", (basic("net", "rc"),)),
        ("ftp://h.example/c/noarch/x", (basic("net", "rc"),)),
        ("s3://h.example/c/noarch/x", ()),
    ],
)
def test_the_usual_handlers_are_asked_by_scheme_and_host(
    tmp_path: Path, url: str, expected: tuple[Credential, ...]
) -> None:
    bench = Bench(tmp_path)
    bench.netrc()
    bench.stored()

    assert bench.credentials(url) == expected


def test_a_handler_that_is_named_decides_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [{"channel": "https://h.example/c", "auth": " Bearer "}])
    bench.netrc()

    access = "https://me:pw@h.example/t/tk-1/c/noarch/a-1-0.conda"
    assert bench.credentials(PACKAGE, access) == (Bearer(Secret("tk-1")),)
    assert bench.credentials() == ()
    assert bench.warnings == [
        "`bearer`, which `channel_settings` names, knows no credentials for the channel `https://h.example/c`"
    ]


def test_a_handler_is_asked_once_for_a_channel(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [{"channel": "https://h.example/*", "auth": "bearer"}])
    for name in ("noarch/a-1-0.conda", "linux-64/b-1-0.conda", "noarch/repodata.json.zst"):
        bench.credentials(f"https://h.example/c/{name}")
    bench.credentials("https://h.example/d/noarch/a-1-0.conda")

    assert len(bench.warnings) == 2


def test_a_handler_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [{"channel": "https://h.example/c", "auth": "magic"}])

    with pytest.raises(PluginNotFound, match=r"wants `auth: magic` for the channel `https://h\.example/c`: no 'magic'"):
        bench.credentials()


def test_a_misspelt_handler_sends_nothing(tmp_path: Path) -> None:
    with ChannelServer(str(tmp_path)) as server:
        bench = Bench(tmp_path, [{"channel": f"{server.url}/c", "auth": "magic"}])
        answer = bench.fetch(f"{server.url}/c/x")

    assert isinstance(answer.error, PluginNotFound)
    assert server.requests == []


def test_a_file_of_logins_that_is_broken_is_warned_of(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.netrc("hunter2")

    assert bench.credentials() == ()
    (warning,) = bench.warnings
    assert ".netrc` cannot be understood (line 1); the channel `https://h.example/c` is asked for without it" in warning
    assert "hunter2" not in warning


def test_a_file_of_logins_that_is_broken_ends_what_was_told_to_use_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [{"channel": "https://h.example/c", "auth": "netrc"}])
    bench.netrc("hunter2")
    answer = bench.fetch(PACKAGE)

    assert "cannot be understood" in str(answer.error)


SETTINGS = ChannelSettings(
    custom_channels={"mine": "https://pkgs.example/p"}, custom_multichannels={"many": ["mine", "conda-forge"]}
)


@pytest.mark.parametrize(
    ("channel", "url", "fits"),
    [
        ("conda-forge", "https://conda.anaconda.org/conda-forge/noarch/x", True),
        ("conda-forge", "http://conda.anaconda.org/conda-forge/noarch/x", False),
        ("conda-forge", "https://conda.anaconda.org/conda-forge-2/noarch/x", False),
        ("conda-forge", "https://evil.example/conda-forge/noarch/x", False),
        ("mine", "https://pkgs.example/p/mine/noarch/x", True),
        ("many", "https://pkgs.example/p/mine/noarch/x", True),
        ("many", "https://conda.anaconda.org/conda-forge/noarch/x", True),
        ("https://h.example/c", "https://h.example/c/noarch/x", True),
        ("https://h.example/c/", "https://H.example:443/c/packages/x", True),
        ("https://h.example/c", "https://h.example/cc/noarch/x", False),
        ("https://h.example/c", "http://h.example/c/noarch/x", False),
        ("https://h.example/c", "https://h.example:8443/c/noarch/x", False),
        ("https://h.example", "https://h.example/c/noarch/x", True),
        ("https://h.example/*", "https://h.example/c/noarch/x", True),
        ("https://*.example/*", "https://h.example/c/noarch/x", True),
        ("https://*.example/*", "http://h.example/c/noarch/x", False),
        ("https://*.h.example/*", "https://evil.net/a.h.example/noarch/x", False),
        ("https://h.example*/*", "https://h.example@evil.net/c/x", False),
        ("https://h.example/c/*", "https://h.example/d/noarch/x", False),
        ("https://h.example/?/*", "https://h.example/c/noarch/x", True),
    ],
)
def test_an_entry_fits_by_scheme_host_and_path(channel: str, url: str, fits: bool) -> None:
    rules = auth_rules([{"channel": channel, "auth": "bearer"}], SETTINGS)

    assert handler_for(split_url(url), rules) == ("bearer" if fits else None)


def test_the_last_entry_that_fits_counts() -> None:
    entries: list[Mapping[str, str]] = [
        {"channel": "https://h.example/*", "auth": "basic"},
        {"channel": "https://h.example/c", "auth": "bearer"},
        {"channel": "https://h.example/c", "exclude_newer": "2020-01-01"},
        {"channel": "https://other.example/*", "auth": "keyring"},
    ]
    rules = auth_rules(entries, ChannelSettings())

    assert handler_for(split_url(PACKAGE), rules) == "bearer"
    assert handler_for(split_url("https://h.example/d/x"), rules) == "basic"


@pytest.mark.parametrize("channel", ["", "*", "conda-*", "https://", "a b", "nodefaults"])
def test_an_entry_that_names_no_channel_is_told(channel: str) -> None:
    with pytest.raises(SettingError, match="`channel_settings` has an entry for the channel"):
        auth_rules([{"channel": channel, "auth": "bearer"}], ChannelSettings())


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> str:
    (tmp_path / "served" / "c" / "noarch").mkdir(parents=True)
    (tmp_path / "served" / "c" / "noarch" / "x").write_bytes(b"content")
    return str(tmp_path / "served")


def test_every_kind_of_credential_opens_its_server(tmp_path: Path, folder: str) -> None:
    with ChannelServer(folder) as server:
        url, access = f"{server.url}/c/noarch/x", f"http://me:pw@127.0.0.1:{server.port}/t/tk-1/c/noarch/x"
        rules: dict[str, Rule] = {
            "basic": require_basic("me", "pw"),
            "bearer": RequireHeader("Authorization", "Bearer tk-1"),
            "token": RequireToken("tk-1"),
        }
        outcomes = {}
        for name, rule in rules.items():
            server.rules["/"] = rule
            bench = Bench(tmp_path / name, [{"channel": f"{server.url}/c", "auth": name}])
            outcomes[name] = bench.fetch(url, access).error

    assert outcomes == {"basic": None, "bearer": None, "token": None}
    assert [("authorization" in r.headers, "/t/" in r.path) for r in server.requests] == [
        (True, False),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("name", ["basic", "bearer", "token"])
def test_credentials_do_not_go_along_to_another_host(tmp_path: Path, folder: str, name: str) -> None:
    with ChannelServer(folder) as other, ChannelServer(folder) as server:
        server.rules["/"] = Redirect(f"{other.url}/")
        bench = Bench(tmp_path, [{"channel": f"{server.url}/c", "auth": name}])
        url, access = f"{server.url}/c/noarch/x", f"http://me:pw@127.0.0.1:{server.port}/t/tk-1/c/noarch/x"
        assert bench.fetch(url, access).error is None

    assert [(r.path, "authorization" in r.headers) for r in other.requests] == [("/c/noarch/x", False)]


def test_a_url_that_holds_credentials_itself_is_asked_for_with_them_once(tmp_path: Path, folder: str) -> None:
    with ChannelServer(folder, {"/": RequireToken("tk-1", then=require_basic("me", "pw"))}) as server:
        bench = Bench(tmp_path, remote_max_retries=0)
        answer = bench.fetch(f"http://me:pw@127.0.0.1:{server.port}/t/tk-1/c/noarch/x")

    assert answer.error is None
    assert [r.path for r in server.requests] == ["/t/tk-1/c/noarch/x"]


HANDLER = """
from conda_kernel.model.credentials import Header
from conda_kernel.model.secret import Secret


class HeaderAuth:
    def __init__(self, kernel):
        pass

    def credentials(self, channel, url):
        return Header("X-Key", Secret(f"for {channel.name}"))


class WrongAuth(HeaderAuth):
    def credentials(self, channel, url):
        return "me:pw"


class FailingAuth(HeaderAuth):
    def credentials(self, channel, url):
        raise RuntimeError("the bottom fell out")
"""
PROBE = """
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.fetching import FetchRequest
from conda_kernel.model.result import Result


class Probe:
    def __init__(self, kernel):
        self.kernel = kernel

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("url")
        parser.add_argument("target")

    def run(self, arguments):
        request = FetchRequest(arguments.url, arguments.target)
        (answer,) = self.kernel.driver(DOWNLOADERS).fetch([request])
        return Result({"error": str(answer.error)})
"""


def test_a_handler_of_another_distribution_is_asked_and_named_when_it_fails(tmp_path: Path, folder: str) -> None:
    names = {"header": "HeaderAuth", "wrong": "WrongAuth", "failing": "FailingAuth"}
    points = {
        AUTH_HANDLERS.group: {name: f"third:{target}" for name, target in names.items()},
        "conda.subcommands": {"probe": "probe:Probe"},
    }
    path = install(tmp_path / "third", "conda-third", modules={"third": HANDLER, "probe": PROBE}, entry_points=points)
    told = {}
    with ChannelServer(folder, {"/": RequireHeader("X-Key", "for http://127.0.0.1/c")}) as server:
        server.rules["/"] = RequireHeader("X-Key", f"for {server.url}/c")
        for name in names:
            (tmp_path / ".condarc").write_text(
                f"channel_settings:\n  - channel: {server.url}/c\n    auth: {name}\nremote_max_retries: 0\n"
            )
            conda = Conda(tmp_path, path=(path,))
            told[name] = str(conda("probe", f"{server.url}/c/noarch/x", str(tmp_path / "x"), "--json").json())

    assert told["header"] == "{'error': 'None'}"
    assert "conda-third 1.0" in told["wrong"]
    assert "it answered with str" in told["wrong"]
    assert "RuntimeError: the bottom fell out" in told["failing"]
    assert len(server.requests) == 1
