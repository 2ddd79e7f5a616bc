"""Downloads from mirrored channels: real servers that hold the same files, or should."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conda_fetch.engine import Engine
from conda_kernel.errors import ChecksumMismatch, HttpError
from conda_kernel.model.event import Warned
from conda_kernel.model.fetching import Downloaded, FetchRequest
from conda_kernel.model.secret import Secret
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import (
    ChannelServer,
    Drop,
    RequireToken,
    Respond,
    Rule,
    Serve,
    Truncate,
    WrongLength,
    require_basic,
)

BODY = bytes(range(256)) * 512
SHA256 = hashlib.sha256(BODY).hexdigest()
NOW = 1_800_000_000.0


class Pair:
    """A channel with two mirrors, of which the first may misbehave, and an engine that never sleeps."""

    def __init__(self, folder: Path, first: ChannelServer, second: ChannelServer) -> None:
        self.folder = folder
        self.first, self.second = first, second
        self.pauses: list[float] = []
        self.places = [f"{first.url}/c", f"{second.url}/mirror/c"]
        self.begin()

    def begin(self, *places: str, **settings: object) -> None:
        mirrored = {"mirrored_channels": {"c": list(places) or self.places}}
        self.kernel = make_kernel(self.folder, settings={"remote_max_retries": 2, **mirrored, **settings})
        self.engine = Engine(self.kernel, pause=lambda event, seconds: self.pauses.append(seconds), clock=lambda: NOW)

    def fetch(self, path: str = "noarch/a.conda", **fields: Any) -> Downloaded:
        request = FetchRequest(f"{self.first.url}/c/{path}", str(self.folder / "pkgs" / "a.conda"), **fields)
        (answer,) = self.engine.fetch([request])
        return answer

    def warnings(self) -> list[str]:
        assert isinstance(self.kernel.reporter, RecordingReporter)
        return [event.text for event in self.kernel.reporter.events if isinstance(event, Warned)]

    def asked(self) -> tuple[int, int]:
        return len(self.first.requests), len(self.second.requests)

    def left(self) -> list[str]:
        return sorted(os.listdir(self.folder / "pkgs")) if (self.folder / "pkgs").is_dir() else []


@pytest.fixture(name="pair")
def _pair(tmp_path: Path) -> Iterator[Pair]:
    for place in ("first/c/noarch", "second/mirror/c/noarch"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.conda").write_bytes(BODY)
    with ChannelServer(str(tmp_path / "first")) as first, ChannelServer(str(tmp_path / "second")) as second:
        yield Pair(tmp_path, first, second)


def test_the_first_mirror_is_asked_alone_while_it_answers(pair: Pair) -> None:
    answer = pair.fetch(sha256=SHA256, size=len(BODY))
    assert (answer.error, answer.size) == (None, len(BODY))
    assert pair.asked() == (1, 0)


FAILURES: dict[str, Rule] = {
    "dropped": Drop(),
    "truncated": Truncate(1000),
    "shorter than announced": WrongLength(len(BODY) + 1),
    **{str(status): Respond(status, {"Retry-After": "60"}) for status in (429, 500, 501, 502, 503, 504)},
}


@pytest.mark.parametrize("case", FAILURES)
def test_another_mirror_is_asked_at_once_when_one_fails(pair: Pair, case: str) -> None:
    pair.first.rules["/c/"] = FAILURES[case]
    answer = pair.fetch()

    assert (answer.error, answer.sha256, answer.request.url) == (None, SHA256, f"{pair.first.url}/c/noarch/a.conda")
    assert (pair.asked(), pair.pauses) == ((1, 1), [])
    assert pair.left() == ["a.conda"]
    (warned,) = pair.warnings()
    assert f"`{pair.first.url}/c/noarch/a.conda`" in warned
    assert warned.endswith("another mirror is asked")


def test_a_mirror_that_is_not_there_is_told_of_once_and_asked_last_from_then_on(pair: Pair, closed_port: int) -> None:
    dead = f"http://127.0.0.1:{closed_port}/c"
    pair.begin(dead, *pair.places)
    requests = [FetchRequest(f"{dead}/noarch/a.conda", str(pair.folder / "pkgs" / f"{number}")) for number in range(9)]
    for _ in range(2):
        assert [answer.error for answer in pair.engine.fetch(requests)] == [None] * 9

    (warned,) = pair.warnings()
    assert "refuses connections" in warned
    assert pair.asked() == (18, 0)


def test_wrong_content_of_one_mirror_is_not_taken(pair: Pair) -> None:
    pair.first.rules["/c/"] = Respond(200, {}, BODY[::-1])
    answer = pair.fetch(sha256=SHA256, size=len(BODY))

    assert (answer.error, answer.sha256) == (None, SHA256)
    (warned,) = pair.warnings()
    assert f"`{pair.first.url}/c/noarch/a.conda` has the sha256" in warned
    assert pair.left() == ["a.conda"]


def test_wrong_content_of_every_mirror_is_an_error_and_nothing_is_left(pair: Pair) -> None:
    for server in (pair.first, pair.second):
        server.rules["/"] = Respond(200, {}, BODY[::-1])
    answer = pair.fetch(sha256=SHA256, size=len(BODY))

    assert isinstance(answer.error, ChecksumMismatch)
    assert f"`{pair.second.url}/mirror/c/noarch/a.conda` has the sha256" in str(answer.error)
    assert pair.left() == []


def test_what_broke_off_at_one_mirror_goes_on_at_the_next(pair: Pair) -> None:
    pair.first.rules["/c/"] = Truncate(1000)
    answer = pair.fetch(sha256=SHA256, size=len(BODY))

    assert (answer.error, answer.sha256) == (None, SHA256)
    assert pair.second.requests[0].headers["range"] == "bytes=1000-"


def test_what_broke_off_is_begun_anew_where_a_mirror_has_no_ranges(pair: Pair) -> None:
    pair.first.rules["/c/"] = Truncate(1000)
    pair.second.rules["/mirror/"] = Serve(ranges=False)
    assert pair.fetch(sha256=SHA256, size=len(BODY)).sha256 == SHA256


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_of_a_package_is_not_taken_to_another_mirror(pair: Pair, status: int) -> None:
    pair.first.rules["/c/"] = Respond(status)
    answer = pair.fetch()
    assert isinstance(answer.error, HttpError)
    assert answer.error.fields["status"] == status
    assert pair.asked() == (1, 0)


def test_an_index_that_one_mirror_lacks_is_looked_for_at_the_next(pair: Pair) -> None:
    pair.first.rules["/c/"] = Respond(404)
    assert pair.fetch(optional=True).sha256 == SHA256
    assert pair.warnings() == []


def test_an_index_is_missing_when_those_that_answer_lack_it(pair: Pair) -> None:
    pair.first.rules["/c/"] = Respond(503)
    pair.second.rules["/mirror/"] = Respond(404)
    assert pair.fetch(optional=True).missing
    pair.begin(*reversed(pair.places))
    request = FetchRequest(f"{pair.places[1]}/noarch/a.conda", str(pair.folder / "x"), optional=True)
    (answer,) = pair.engine.fetch([request])
    assert answer.missing
    assert pair.pauses == []


def test_when_all_fail_they_are_asked_again_later(pair: Pair) -> None:
    pair.first.rules["/c/"] = Respond(503)
    pair.second.rules["/mirror/"] = Respond(503, {"Retry-After": "7"})
    answer = pair.fetch()

    assert isinstance(answer.error, HttpError)
    assert pair.asked() == (3, 3)
    assert len(pair.pauses) == 2
    assert len(pair.warnings()) == 2


def test_every_mirror_gets_its_own_credentials_and_no_others(pair: Pair) -> None:
    first, second = pair.first, pair.second
    first.rules["/"] = require_basic("me", "first-pw", then=Respond(503))
    second.rules["/"] = RequireToken("tk-2")
    pair.begin(f"http://me:first-pw@127.0.0.1:{first.port}/c", f"http://127.0.0.1:{second.port}/t/tk-2/mirror/c")
    assert pair.fetch().sha256 == SHA256

    (asked,) = first.requests
    assert (asked.status, asked.path) == (503, "/c/noarch/a.conda")
    (asked,) = second.requests
    assert (asked.path, asked.headers.get("authorization")) == ("/t/tk-2/mirror/c/noarch/a.conda", None)
    assert not any(secret in text for text in pair.warnings() for secret in ("first-pw", "tk-2"))


def test_a_login_of_the_command_line_is_for_the_mirror_that_it_names(pair: Pair) -> None:
    pair.first.rules["/"] = require_basic("me", "typed", then=Respond(503))
    access = Secret(f"http://me:typed@127.0.0.1:{pair.first.port}/c/noarch/a.conda")
    assert pair.fetch(access=access).sha256 == SHA256
    assert pair.first.requests[0].status == 503
    assert "authorization" not in pair.second.requests[0].headers


def test_a_condition_is_for_the_first_mirror_alone(pair: Pair) -> None:
    first = pair.fetch(optional=True)
    etag = first.headers["etag"]
    assert pair.fetch(etag=etag, optional=True).unchanged
    pair.first.rules["/c/"] = Respond(503)
    answer = pair.fetch(etag=etag, modified=first.headers["last-modified"], optional=True)

    assert (answer.unchanged, answer.sha256) == (False, SHA256)
    assert not {"if-none-match", "if-modified-since"} & pair.second.requests[0].headers.keys()
    assert not {"etag", "last-modified"} & answer.headers.keys()


def test_a_mirror_on_this_machine_is_read_without_the_network(pair: Pair) -> None:
    pair.begin(pair.places[0], (pair.folder / "second" / "mirror" / "c").as_uri(), offline=True)
    assert pair.fetch().sha256 == SHA256
    assert (pair.asked(), pair.warnings()) == ((0, 0), [])


def test_what_lies_beside_the_channel_has_no_mirror(pair: Pair) -> None:
    pair.first.rules["/"] = Respond(503)
    request = FetchRequest(f"{pair.first.url}/cc/noarch/a.conda", str(pair.folder / "x"))
    (answer,) = pair.engine.fetch([request])
    assert isinstance(answer.error, HttpError)
    assert pair.asked() == (3, 0)


@pytest.mark.parametrize("form", ["flat", "sharded"])
def test_an_environment_is_made_from_the_mirror_that_answers(tmp_path: Path, form: str) -> None:
    builder = ChannelBuilder(os.fspath(tmp_path / "second" / "c"))
    builder.add("a", "1.0", noarch="generic", depends=["b"], files={"share/a": b"a"})
    builder.add("b", "1.0", noarch="generic")
    if form == "flat":
        builder.write()
    else:
        builder.write_shards()
    (tmp_path / "first").mkdir()
    (tmp_path / "home").mkdir()
    down = {"/": Respond(503)}
    with ChannelServer(str(tmp_path / "first"), down) as first, ChannelServer(str(tmp_path / "second")) as second:
        (tmp_path / "home" / ".condarc").write_text(
            f"channels: [team]\nmirrored_channels: {{team: ['{first.url}/c', '{second.url}/c']}}\n"
        )
        ended = Conda(tmp_path / "home")("create", "-y", "-p", os.fspath(tmp_path / "env"), "a")

    assert ended.status == 0, ended.stderr
    assert ended.stderr.count("another mirror is asked") == 1
    (path,) = (tmp_path / "env" / "conda-meta").glob("a-*.json")
    record = json.loads(path.read_text())
    assert record["url"] == f"{first.url}/c/noarch/a-1.0-0.conda"
    assert str(second.port) not in path.read_text()


def test_a_denied_mirror_denies_the_channel(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".condarc").write_text(
        "channels: [team]\nmirrored_channels: {team: ['https://a.invalid/c', 'https://b.invalid/c']}\n"
        "denylist_channels: ['https://b.invalid/c']\n"
    )
    ended = Conda(tmp_path / "home")("search", "a")
    assert ended.status == 1
    assert "`team` is denied by `denylist_channels`" in ended.stderr


def test_a_mirror_that_is_no_url_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".condarc").write_text("channels: [team]\nmirrored_channels: {team: ['http://[::1/c']}\n")
    ended = Conda(tmp_path / "home")("search", "a")
    assert ended.status == 1
    assert "`mirrored_channels`" in ended.stderr
