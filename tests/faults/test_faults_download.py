"""Servers that misbehave, and what a user then sees and finds on the disk: real commands, real servers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.server import (
    SERVE,
    Answer,
    Call,
    ChannelServer,
    Drop,
    First,
    Hold,
    Redirect,
    Request,
    RequireToken,
    Respond,
    Rule,
    Serve,
    Truncate,
    WrongLength,
    require_basic,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conda_testing.fork_server import ForkServer

ARCHIVE = "a-1.0-0.conda"
PACKAGE = f"/c/noarch/{ARCHIVE}"
INDEX = "/c/noarch/repodata"
SHARD = "/c/noarch/shards/"
CONTENT = os.urandom(300_000)


class EveryOther(NamedTuple):
    """Drops every other connection."""

    def answer(self, call: Call) -> Answer:
        """Return the file or nothing."""
        return Drop().answer(call) if call.seen % 2 == 0 else SERVE.answer(call)


class Replaced(NamedTuple):
    """Serves the file with its first byte changed."""

    def answer(self, call: Call) -> Answer:
        """Return what is not the file."""
        answer = SERVE.answer(call)
        return answer._replace(body=bytes([answer.body[0] ^ 1]) + answer.body[1:])


class Bench:
    """A channel behind a server, and an executable that neither waits nor tries again."""

    def __init__(self, folder: Path, server: ChannelServer, fork_server: ForkServer | None) -> None:
        self.server = server
        self._fork_server = fork_server
        self.prefix = os.fspath(folder / "env")
        self.home = os.fspath(folder / "home")
        self.environ = {
            "CONDA_REMOTE_MAX_RETRIES": "0",
            "CONDA_REMOTE_BACKOFF_FACTOR": "0",
            "CONDA_SAFETY_CHECKS": "warn",
        }

    def words(self, url: str = "") -> list[str]:
        """Return the command line that makes an environment out of the channel."""
        return ["create", "-y", "-p", self.prefix, "-c", url or f"{self.server.url}/c", "a"]

    def create(self, url: str = "", **environ: str) -> Ended:
        return Conda(self.home, environ={**self.environ, **environ}, server=self._fork_server)(*self.words(url))

    def started(self) -> subprocess.Popen[str]:
        """Return a process that makes the environment."""
        conda = Conda(self.home, environ=self.environ)
        words = [sys.executable, conda.file, *self.words()]
        return subprocess.Popen(words, env=conda.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def asked(self, path: str) -> list[Request]:
        """Return the requests for paths that begin so."""
        return [request for request in self.server.requests if request.path.startswith(path)]

    def left(self) -> list[str]:
        """Return what the cache has of the package, what is unfinished, and the environment if there is one."""
        folder = os.path.join(self.home, ".conda", "pkgs")
        names = {name for name in os.listdir(folder) if name.startswith("a-")} if os.path.isdir(folder) else set()
        for _, _, files in os.walk(self.home):
            names.update(name for name in files if name.endswith(".partial"))
        return sorted(names) + ["env"] * os.path.exists(self.prefix)


@pytest.fixture
def bench(tmp_path: Path, fork_server: ForkServer | None) -> Iterator[Bench]:
    channel = ChannelBuilder(os.fspath(tmp_path / "served" / "c"))
    channel.add("a", "1.0", noarch="generic", files={"share/a": CONTENT})
    channel.write()
    (tmp_path / "home").mkdir()
    with ChannelServer(os.fspath(tmp_path / "served")) as server:
        yield Bench(tmp_path, server, fork_server)


def check_that_it_can_be_repeated(bench: Bench) -> None:
    bench.server.rules.clear()
    made = bench.create()
    assert made.status == 0, made.stderr
    assert bench.left() == ["a-1.0-0", ARCHIVE, "env"]


def patience(rule: Rule) -> dict[str, str]:
    """Return settings that give up soon where the server is silent, and only there: a busy machine is slow too."""
    return {"CONDA_REMOTE_READ_TIMEOUT_SECS": "0.3"} if isinstance(rule, Hold) else {}


PACKAGE_CASES: dict[str, tuple[Rule, str, str, bool]] = {
    "401": (Respond(401), "`{url}` needs a login (status 401)", "give a login in the URL of the channel", False),
    "403": (Respond(403), "access to `{url}` is refused (status 403)", "check that your login may read", False),
    "404": (Respond(404), "`{url}` is not there (status 404)", "a package may also have been removed", False),
    "429": (Respond(429), "the server of `{url}` is asked too often (status 429)", "fetch_threads", False),
    "500": (Respond(500), "the server of `{url}` has a problem (status 500)", "the server's fault", False),
    "503": (Respond(503), "the server of `{url}` has a problem (status 503)", "the server's fault", False),
    "304": (Respond(304), "the server answered `{url}` with status 304", "a proxy may answer", False),
    "dropped": (Drop(), "the connection to `127.0.0.1` for `{url}` broke", "check the connection", False),
    "truncated": (Truncate(50_000), "the connection broke off in the middle of `{url}`", "", True),
    "too long": (WrongLength(10**6), "`{url}` has the size 1000000 bytes instead of", "tell the owners", False),
    "too short": (WrongLength(1000), "`{url}` has the size 1000 bytes instead of", "tell the owners", False),
    "replaced": (Replaced(), "`{url}` has the sha256 ", "tell the owners", False),
    "slow": (Hold(50_000), "the host `127.0.0.1` was silent for too long", "remote_read_timeout_secs", True),
    "silent": (Hold(), "the host `127.0.0.1` was silent for too long", "remote_read_timeout_secs", False),
    "circle": (Redirect("/c/noarch/"), "`{url}` is redirected more than 10 times", "tell the owners", False),
    "elsewhere": (Redirect("file:///etc/"), "`{url}`, or where it leads to, is no URL", "check how the URL", False),
}


@pytest.mark.parametrize("case", PACKAGE_CASES)
def test_a_package_that_does_not_come(bench: Bench, case: str) -> None:
    rule, told, advice, is_kept = PACKAGE_CASES[case]
    bench.server.rules["/c/noarch/a-"] = rule
    if case == "circle":
        bench.server.rules["/c/noarch/a-"] = Redirect("/c/noarch/a-")
    ended = bench.create(**patience(rule))

    assert ended.status == 5
    assert told.format(url=f"{bench.server.url}{PACKAGE}") in ended.stderr
    assert advice in ended.stderr
    assert "Traceback" not in ended.stderr
    assert bench.left() == [f"{ARCHIVE}.partial"] * is_kept
    check_that_it_can_be_repeated(bench)
    assert bench.asked(PACKAGE)[-1].headers.get("range", "").startswith("bytes=") == is_kept


INDEX_CASES: dict[str, tuple[Rule, str, str]] = {
    "401": (Respond(401), "needs a login (status 401)", "give a login in the URL of the channel"),
    "403": (Respond(403), "is refused (status 403)", "check that your login may read"),
    "404": (Respond(404), "the channel `{url}` has no index", "check its name and your login"),
    "429": (Respond(429), "is asked too often (status 429)", "wait a few minutes"),
    "500": (Respond(500), "has a problem (status 500)", "the server's fault"),
    "304": (Respond(304), "with status 304", "a proxy may answer in its place"),
    "dropped": (Drop(), "the connection to `127.0.0.1`", "check the connection"),
    "truncated": (Truncate(20), "broke off", ""),
    "too long": (WrongLength(10**6), "broke off", ""),
    "too short": (WrongLength(20), "{url}", ""),
    "slow": (Hold(20), "was silent for too long", "remote_read_timeout_secs"),
    "circle": (Redirect("/c/"), "is redirected more than 10 times", "tell the owners of the channel"),
    "no index": (Respond(200, {}, b"<html>please log in</html>"), "{url}", ""),
}


@pytest.mark.parametrize("case", INDEX_CASES)
def test_an_index_that_does_not_come(bench: Bench, case: str) -> None:
    rule, told, advice = INDEX_CASES[case]
    bench.server.rules["/c/"] = rule
    ended = bench.create(**patience(rule))

    assert ended.status == 5
    assert told.format(url=f"{bench.server.url}/c") in ended.stderr
    assert advice in ended.stderr
    assert "Traceback" not in ended.stderr
    assert bench.left() == []
    check_that_it_can_be_repeated(bench)


def test_a_channel_and_a_package_that_are_missing_are_told_apart(bench: Bench) -> None:
    bench.server.rules["/c/noarch/a-"] = Respond(404)
    package = bench.create()
    channel = bench.create(f"{bench.server.url}/other")

    assert "a-1.0-0.conda` is not there (status 404)" in package.stderr
    assert "the channel `" in channel.stderr
    assert "has no index" in channel.stderr


def test_a_refused_connection(bench: Bench, closed_port: int) -> None:
    ended = bench.create(f"http://127.0.0.1:{closed_port}/c")

    assert "error: the host `127.0.0.1` refuses connections for `" in ended.stderr
    assert "check host and port" in ended.stderr
    assert bench.left() == []


def test_a_server_that_speaks_no_tls(bench: Bench) -> None:
    ended = bench.create(bench.server.url.replace("http:", "https:") + "/c")

    assert "error: no secure connection for `https://127.0.0.1:" in ended.stderr
    assert "truststore" in ended.stderr
    assert bench.left() == []


def test_a_proxy_that_is_not_there(bench: Bench, closed_port: int) -> None:
    ended = bench.create(HTTP_PROXY=f"http://me:hunter2@127.0.0.1:{closed_port}")

    assert "error: the proxy on the way to `" in ended.stderr
    assert "proxy_servers" in ended.stderr
    assert "hunter2" not in ended.stderr
    assert bench.left() == []


def test_a_server_that_drops_every_other_connection(bench: Bench) -> None:
    bench.server.rules["/c/"] = EveryOther()
    ended = bench.create(CONDA_REMOTE_MAX_RETRIES="5", CONDA_REPODATA_THREADS="1", CONDA_FETCH_THREADS="1")

    assert ended.status == 0, ended.stderr
    assert bench.left() == ["a-1.0-0", ARCHIVE, "env"]


def test_a_server_that_asks_for_patience(bench: Bench) -> None:
    bench.server.rules["/c/noarch/a-"] = First(2, Respond(429, {"Retry-After": "0"}))
    ended = bench.create(CONDA_REMOTE_MAX_RETRIES="3", CONDA_REMOTE_BACKOFF_FACTOR="60")

    assert ended.status == 0, ended.stderr


def test_a_token_that_expires_on_the_way(bench: Bench) -> None:
    bench.server.rules["/t/"] = RequireToken("tk-1")
    bench.server.rules["/t/tk-1/c/noarch/a-"] = Respond(401)
    ended = bench.create(f"{bench.server.url}/t/tk-1/c")

    assert "does not accept the login or token that it was shown (status 401)" in ended.stderr
    assert "a token may have expired: get a new one" in ended.stderr
    assert "tk-1" not in ended.stderr
    assert bench.left() == []


def test_no_credential_goes_along_to_another_host(bench: Bench, tmp_path: Path) -> None:
    bench.server.rules["/t/"] = RequireToken("tk-1", then=require_basic("me", "hunter2"))
    with ChannelServer(os.fspath(tmp_path / "served")) as other:
        bench.server.rules["/t/tk-1/c/noarch/a-"] = Redirect(f"{other.url}/t/tk-1/c/noarch/a-")
        ended = bench.create(bench.server.url.replace("//", "//me:hunter2@") + "/t/tk-1/c")

    assert ended.status == 0, ended.stderr
    assert [request.path for request in other.requests] == [PACKAGE]
    assert "authorization" not in other.requests[0].headers
    assert "hunter2" not in str(other.requests)


def test_no_credential_goes_to_the_host_that_an_index_names(tmp_path: Path, fork_server: ForkServer | None) -> None:
    with ChannelServer(os.fspath(tmp_path / "served")) as other:
        channel = ChannelBuilder(os.fspath(tmp_path / "served" / "c"), info={"base_url": f"{other.url}/c/noarch/"})
        channel.add("a", "1.0", noarch="generic")
        channel.write()
        (tmp_path / "home").mkdir()
        rules = {"/": RequireToken("tk-1", then=require_basic("me", "hunter2"))}
        with ChannelServer(os.fspath(tmp_path / "served"), rules) as server:
            bench = Bench(tmp_path, server, fork_server)
            ended = bench.create(server.url.replace("//", "//me:hunter2@") + "/t/tk-1/c")

    assert ended.status == 0, ended.stderr
    assert [request.path for request in other.requests] == [PACKAGE]
    assert "authorization" not in other.requests[0].headers
    assert PACKAGE not in [request.path for request in server.requests]


def test_an_index_that_has_not_changed_is_not_sent_again(bench: Bench) -> None:
    for _ in range(2):
        assert bench.create(CONDA_LOCAL_REPODATA_TTL="0").status == 0

    (brought,) = (request for request in bench.asked(INDEX) if request.status == 200)
    again = [request for request in bench.asked(INDEX) if request.status == 304]
    assert [request.path for request in again] == [brought.path]


def test_an_index_is_not_asked_for_before_it_expires(bench: Bench) -> None:
    bench.server.rules["/c/"] = Serve({"Cache-Control": "max-age=3600"})
    assert bench.create().status == 0
    asked = len(bench.asked(INDEX))
    assert bench.create().status == 0
    assert len(bench.asked(INDEX)) == asked

    bench.server.rules["/c/"] = Serve({"Cache-Control": "max-age=0"})
    assert bench.create(CONDA_LOCAL_REPODATA_TTL="0").status == 0
    assert bench.create().status == 0
    assert len(bench.asked(INDEX)) > asked + 1


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)]
)
@pytest.mark.parametrize("place", [PACKAGE, INDEX])
def test_an_end_in_the_middle_leaves_no_half_of_a_name(
    bench: Bench, place: str, number: signal.Signals, status: int
) -> None:
    hold = bench.server.rules[place] = Hold(50)
    with bench.started() as process:
        assert hold.reached.wait(30)
        process.send_signal(number)
        _, told = process.communicate(timeout=30)

    assert process.returncode == status
    assert "Traceback" not in told
    assert ("interrupted" in told) == (number == signal.SIGINT)
    left = bench.left()
    assert all(name.endswith(".partial") for name in left)
    assert number != signal.SIGINT or set(left) <= {f"{ARCHIVE}.partial"}
    bench.server.rules.clear()
    assert bench.create().status == 0
    assert {ARCHIVE, "a-1.0-0", "env"} <= set(bench.left())


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits for the size of files")
@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_end_in_the_midst_of_shards_loses_at_most_those(tmp_path: Path, number: signal.Signals) -> None:
    channel = ChannelBuilder(os.fspath(tmp_path / "served" / "c"))
    channel.add("a", "1.0", noarch="generic", depends=["b"])
    channel.add("b", "1.0", noarch="generic")
    channel.write_shards()
    (tmp_path / "home").mkdir()
    with ChannelServer(os.fspath(tmp_path / "served")) as server:
        bench = Bench(tmp_path, server, None)
        hold = Hold(5)
        server.rules[SHARD] = First(1, SERVE, hold)
        with bench.started() as process:
            assert hold.reached.wait(30)
            process.send_signal(number)
            process.communicate(timeout=30)
        first, _ = bench.asked(SHARD)
        kept = [*(tmp_path / "home").glob(".conda/pkgs/cache/*/sharded/shards/*")]
        server.rules.clear()
        server.requests.clear()
        bench.create()

    again = [request.path for request in bench.asked(SHARD)]
    assert [path.suffix for path in kept] == [".pack"] * (number == signal.SIGINT)
    assert (first.path in again) == (number != signal.SIGINT)
    assert len(again) == (1 if number == signal.SIGINT else 2)


def test_a_disk_that_is_full(bench: Bench) -> None:
    conda = Conda(bench.home, environ=bench.environ)
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY)); "
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited, conda.file, *bench.words()],
        env=conda.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert f"error: cannot write `{bench.home}/.conda/pkgs/{ARCHIVE}`: file too large" in ended.stderr
    assert "free some space, or set `pkgs_dirs` to a folder on another disk" in ended.stderr
    assert set(bench.left()) <= {f"{ARCHIVE}.partial"}
    check_that_it_can_be_repeated(bench)


def failures(bench: Bench) -> Iterator[tuple[str, Ended]]:
    """Yield a name for each kind of failure, and how a command ended because of it."""
    closed = "http://127.0.0.1:9"
    yield "name resolution", bench.create("http://no-such-host.invalid/c")
    yield "refused", bench.create(f"{closed}/c")
    yield "TLS", bench.create(bench.server.url.replace("http:", "https:") + "/c")
    yield "proxy", bench.create(HTTP_PROXY=closed)
    yield "404 of a channel", bench.create(f"{bench.server.url}/other")
    yield "no such scheme", bench.create("gopher://127.0.0.1/c")
    rules: dict[str, Rule] = {str(status): Respond(status) for status in (401, 403, 404, 429, 503)}
    rules.update({"truncated": Truncate(50_000), "wrong checksum": Replaced(), "silent": Hold(), "dropped": Drop()})
    for name, rule in rules.items():
        bench.server.rules["/c/noarch/a-"] = rule
        yield name, bench.create(**patience(rule))


def test_every_kind_of_failure_has_words_and_advice_of_its_own(bench: Bench) -> None:
    told: dict[str, str] = {}
    for kind, ended in failures(bench):
        assert ended.status != 0, kind
        error, separator, hint = ended.stderr.partition("\n\nhint: ")
        assert separator, f"no advice on {kind}: {ended.stderr}"
        assert hint.strip()
        words = re.sub(r"`[^`]*`|\d+ of \d+|[0-9a-f]{64}", "…", error[error.index("error: ") :].splitlines()[0])
        assert words not in told.values(), f"{kind} reads like {[other for other in told if told[other] == words]}"
        told[kind] = words
    assert len(told) == 15
