"""The download engine against a real server: what comes, what the errors say, what is left on the disk."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conda_fetch.engine import Engine
from conda_kernel.errors import ChecksumMismatch, FetchError, HttpError, PluginNotFound
from conda_kernel.kernel import Kernel
from conda_kernel.model.event import Advanced, Event, Finished, Started, Told
from conda_kernel.model.fetching import Downloaded, FetchRequest
from conda_kernel.model.secret import Secret
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import (
    ChannelServer,
    Drop,
    First,
    Hold,
    Redirect,
    Respond,
    Rule,
    Serve,
    Truncate,
    WrongLength,
    require_basic,
)

BODY = bytes(range(256)) * 2048
SHA256 = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
NOW = 1_800_000_000.0


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder to serve, with one file."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "a.conda").write_bytes(BODY)
    return folder


class Bench:
    """An engine that never sleeps, and what it was asked to wait."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.kernel: Kernel = make_kernel(folder, settings=settings)
        self.pauses: list[float] = []
        self.engine = Engine(self.kernel, pause=lambda event, seconds: self.pauses.append(seconds), clock=lambda: NOW)
        self.target = str(folder / "pkgs" / "a.conda")

    def request(self, server: ChannelServer, **fields: Any) -> FetchRequest:
        return FetchRequest(f"{server.url}/a.conda", fields.pop("target", self.target), **fields)

    def fetch(self, server: ChannelServer, **fields: Any) -> Downloaded:
        (answer,) = self.engine.fetch([self.request(server, **fields)])
        return answer

    def resumable(self, server: ChannelServer, **fields: Any) -> Downloaded:
        return self.fetch(server, **{"size": len(BODY), "sha256": SHA256, **fields})

    def left(self) -> list[str]:
        folder = os.path.dirname(self.target)
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def begin(self, content: bytes) -> None:
        """Leave an unfinished file, as an earlier process did."""
        os.makedirs(os.path.dirname(self.target))
        Path(f"{self.target}.partial").write_bytes(content)

    def arrival(self, task: str, done: int) -> threading.Event:
        """Return what is set when so many bytes are written; to be asked for before the download begins."""
        arrived = threading.Event()
        tell = self.engine._tell

        def watch(event: Event) -> None:
            tell(event)
            if event == Advanced(task, done):
                arrived.set()

        self.engine._tell = watch
        return arrived

    @property
    def events(self) -> list[object]:
        assert isinstance(self.kernel.reporter, RecordingReporter)
        return list(self.kernel.reporter.events)


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, remote_max_retries=3, remote_backoff_factor=1)


def error_of(answer: Downloaded, kind: type[FetchError] = FetchError) -> FetchError:
    assert isinstance(answer.error, kind)
    assert answer.path is None
    return answer.error


def test_a_file_comes_whole_with_its_digest(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        answer = bench.fetch(server)

    assert (answer.path, answer.error, answer.size, answer.sha256) == (bench.target, None, len(BODY), SHA256)
    assert Path(bench.target).read_bytes() == BODY
    assert answer.headers["last-modified"]
    assert bench.left() == ["a.conda"]


def test_a_downloaded_file_follows_the_umask(folder: Path, bench: Bench) -> None:
    before = os.umask(0o027)
    try:
        with ChannelServer(str(folder)) as server:
            bench.fetch(server)
    finally:
        os.umask(before)

    assert stat.S_IMODE(os.stat(bench.target).st_mode) == 0o640


def test_a_file_without_a_target_comes_into_memory(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        answer = bench.fetch(server, target=None, sha256=SHA256, size=len(BODY))

    assert (answer.path, answer.content, answer.size, answer.sha256) == (None, BODY, len(BODY), SHA256)
    assert (answer.error, bench.left()) == (None, [])


def test_what_comes_into_memory_is_begun_anew_when_it_breaks_off(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": First(1, Truncate(1000))}) as server:
        answer = bench.fetch(server, target=None, sha256=SHA256, size=len(BODY))

    assert answer.content == BODY
    assert (bench.pauses, [request.headers.get("range") for request in server.requests]) == ([1], [None, None])


@pytest.mark.parametrize("announced", [{"sha256": "0" * 64}, {"md5": "0" * 32}, {"size": 7}, {"largest": 999}], ids=str)
def test_what_comes_into_memory_is_checked(folder: Path, bench: Bench, announced: dict[str, Any]) -> None:
    with ChannelServer(str(folder)) as server:
        answer = bench.fetch(server, target=None, **announced)

    assert error_of(answer).fields["reason"] == ("too large" if "largest" in announced else "checksum")
    assert answer.content is None


def test_a_file_whose_md5_alone_is_known_comes_into_memory(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        answer = bench.fetch(server, target=None, md5=MD5)

    assert (answer.content, answer.sha256) == (BODY, SHA256)


def test_progress_is_told_in_bytes(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        bench.fetch(server, name="a 1.0")

    events = bench.events
    assert events[0] == Started("download 1", "a 1.0", len(BODY), "bytes")
    assert events[-2:] == [Advanced("download 1", len(BODY)), Finished("download 1")]


def test_several_files_come_at_once(folder: Path, bench: Bench) -> None:
    held = [Hold() for _ in range(3)]
    with ChannelServer(str(folder), {f"/{number}": rule for number, rule in enumerate(held)}) as server:
        for number in range(3):
            (folder / f"{number}").write_bytes(b"x")
        requests = [FetchRequest(f"{server.url}/{number}", f"{bench.target}.{number}") for number in range(3)]
        answers = bench.engine.fetch(requests)
        first = threading.Thread(target=release_last_when_all_are_reached, args=(held,))
        first.start()
        order = [next(answers).request.url[-1]]
        first.join()
        held[0].release()
        held[1].release()
        order += [answer.request.url[-1] for answer in answers]

    assert order[0] == "2"
    assert sorted(order) == ["0", "1", "2"]


def release_last_when_all_are_reached(held: list[Hold]) -> None:
    if all(rule.reached.wait(20) for rule in held):
        held[-1].release()


def test_more_small_files_come_at_once(folder: Path, bench: Bench) -> None:
    held = [Hold(then=Respond(200)) for _ in range(12)]
    with ChannelServer(str(folder), {f"/{number}": rule for number, rule in enumerate(held)}) as server:
        requests = [
            FetchRequest(f"{server.url}/{number}", f"{bench.target}.{number}", is_small=True) for number in range(12)
        ]
        releasing = threading.Thread(target=release_all_when_all_are_reached, args=(held,))
        releasing.start()
        answers = list(bench.engine.fetch(requests))
        releasing.join()

    assert [answer.error for answer in answers] == [None] * 12
    assert all(rule.reached.is_set() for rule in held)


def release_all_when_all_are_reached(held: list[Hold]) -> None:
    if all(rule.reached.wait(20) for rule in held):
        for rule in held:
            rule.release()


@pytest.mark.parametrize("settings", [{"fetch_threads": 1}, {"default_threads": 1}])
def test_no_more_files_at_once_than_the_settings_say(folder: Path, tmp_path: Path, settings: dict[str, object]) -> None:
    bench = Bench(tmp_path, **settings)
    with ChannelServer(str(folder)) as server:
        requests = [bench.request(server, target=f"{bench.target}{number}") for number in range(4)]
        answers = list(bench.engine.fetch(requests))

    assert [answer.request for answer in answers] == requests


def test_one_that_fails_stops_no_other(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        missing = FetchRequest(f"{server.url}/missing", bench.target + ".missing")
        unknown = FetchRequest("gopher://h/x", bench.target + ".unknown")
        nothing = FetchRequest("no url", bench.target + ".nothing")
        answers = {a.request: a for a in bench.engine.fetch([missing, unknown, nothing, bench.request(server)])}

    assert isinstance(answers[missing].error, HttpError)
    refused = answers[unknown].error
    assert isinstance(refused, PluginNotFound)
    assert f"`{unknown.url}` cannot be fetched: no '" in str(refused)
    assert "check how the URL begins" in refused.hint
    assert str(answers[nothing].error) == "`no url` is not a URL"
    assert bench.left() == ["a.conda"]


def test_nothing_is_asked_for_nothing(bench: Bench) -> None:
    assert list(bench.engine.fetch([])) == []


@pytest.mark.parametrize("status", [413, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_ever_later(folder: Path, bench: Bench, status: int) -> None:
    with ChannelServer(str(folder), {"/": First(3, Respond(status))}) as server:
        answer = bench.fetch(server)

    assert answer.path == bench.target
    assert bench.pauses == [1.0, 2.0, 4.0]


def test_retries_are_told_to_those_who_want_to_know(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": First(1, Respond(503))}) as server:
        bench.fetch(server)

    told = [event for event in bench.events if isinstance(event, Told)]
    url = f"{server.url}/a.conda"
    assert told == [Told(f"the server of `{url}` has a problem (status 503); trying again in 1 s (1 of 3)", level=1)]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("86400", 120.0),
        ("Fri, 15 Jan 2027 08:00:05 GMT", 5.0),
        ("Fri, 15 Jan 2021 08:00:05 GMT", 0.0),
        ("soon", 1.0),
        ("Fri, 99 Jan 2027", 1.0),
    ],
)
def test_a_server_may_say_how_long_to_wait(folder: Path, bench: Bench, header: str, seconds: float) -> None:
    with ChannelServer(str(folder), {"/": First(1, Respond(429, {"Retry-After": header}))}) as server:
        answer = bench.fetch(server)

    assert (answer.path, bench.pauses) == (bench.target, [seconds])


def test_a_server_that_stays_busy_is_given_up(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": Respond(503)}) as server:
        error = error_of(bench.fetch(server), HttpError)

    assert error.fields["status"] == 503
    assert (len(server.requests), bench.left()) == (4, [])


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "`{url}` needs a login (status 401)"),
        (403, "access to `{url}` is refused (status 403)"),
        (404, "`{url}` is not there (status 404)"),
        (410, "`{url}` is not there (status 410)"),
        (418, "the server answered `{url}` with status 418"),
        (206, "the server answered `{url}` with status 206"),
        (304, "the server answered `{url}` with status 304"),
    ],
)
def test_a_refusal_is_not_asked_again(folder: Path, bench: Bench, status: int, told: str) -> None:
    with ChannelServer(str(folder), {"/": Respond(status)}) as server:
        error = error_of(bench.fetch(server), HttpError)

    assert str(error) == told.format(url=f"{server.url}/a.conda")
    assert error.fields["status"] == status
    assert (len(server.requests), bench.pauses, bench.left()) == (1, [], [])


PROBLEM = {"Content-Type": "application/problem+json; charset=utf-8"}


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        (PROBLEM, b'{"title": "no", "detail": "blocked by \\u001b[31mpolicy\\n7", "message": "x"}', "blocked by "),
        ({"Content-Type": "application/json"}, b'{"reason": "the quota is used up"}', "the quota is used up"),
        ({"Content-Type": "application/json"}, b'{"message": "see https://u:hunter2@h/t/tk/"}', "see https://<hidden>"),
        ({"Content-Type": "text/html"}, b"<h1>forbidden</h1>", ""),
        ({"Content-Type": "application/json"}, b"[" * 10_000, ""),
        ({"Content-Type": "application/json"}, b"\xff", ""),
        ({"Content-Type": "application/json"}, b'["forbidden"]', ""),
        ({"Content-Type": "application/json"}, b'{"message": {"text": 1}, "detail": " "}', ""),
        ({"Content-Type": "application/json"}, b'{"message": "' + b"x" * 100_000 + b'"}', ""),
        ({"Content-Type": "application/json"}, b'{"message": "' + b"x" * 1000 + b'"}', "x" * 300),
    ],
)
def test_what_a_server_says_about_a_refusal_is_told(
    folder: Path, bench: Bench, headers: dict[str, str], body: bytes, words: str
) -> None:
    with ChannelServer(str(folder), {"/": Respond(403, headers, body)}) as server:
        error = error_of(bench.fetch(server), HttpError)

    told = str(error).partition("(status 403)")[2]
    assert told.startswith(f"; the server says: {words}" if words else "")
    assert bool(told) == bool(words)
    assert told.isprintable()
    assert len(told) < 400
    assert "hunter2" not in told


@pytest.mark.parametrize("said", ["hunter 2 is wrong", "no hunter%202", "not Basic bWU6aHVudGVyIDI="])
def test_a_server_that_repeats_the_password_is_not_quoted(folder: Path, bench: Bench, said: str) -> None:
    refusal = Respond(401, PROBLEM, f'{{"detail": "{said}"}}'.encode())
    with ChannelServer(str(folder), {"/": refusal}) as server:
        access = Secret(server.url.replace("//", "//me:hunter%202@") + "/a.conda")
        error = error_of(bench.fetch(server, access=access), HttpError)

    assert str(error) == f"`{server.url}/a.conda` does not accept the login or token that it was shown (status 401)"
    assert error.fields["is_identified"] is True


def test_a_refusal_removes_what_was_begun(folder: Path, bench: Bench) -> None:
    bench.begin(BODY[:1000])
    with ChannelServer(str(folder), {"/": Respond(404)}) as server:
        error_of(bench.resumable(server), HttpError)

    assert bench.left() == []


def test_an_optional_file_may_be_missing(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": Respond(404)}) as server:
        answer = bench.fetch(server, optional=True)

    assert (answer.missing, answer.error, answer.path) == (True, None, None)


def test_a_file_that_has_not_changed_is_not_sent(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        first = bench.fetch(server)
        os.unlink(bench.target)
        by_tag = bench.fetch(server, etag=first.headers["etag"])
        by_date = bench.fetch(server, modified=first.headers["last-modified"])
        changed = bench.fetch(server, etag='"another"')

    assert [(a.unchanged, a.path) for a in (by_tag, by_date)] == [(True, None)] * 2
    assert by_tag.headers["etag"] == first.headers["etag"]
    assert changed.path == bench.target


def test_credentials_go_to_the_server_and_into_no_text(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": require_basic("me", "s3cret")}) as server:
        host = server.url.removeprefix("http://")
        good = bench.fetch(server, access=Secret(f"http://me:s3cret@{host}/a.conda"))
        bad = bench.fetch(server, access=Secret(f"http://me:wr0ng@{host}/a.conda"))

    assert good.path == bench.target
    assert "does not accept the login or token that it was shown (status 401)" in str(error_of(bad))
    assert "s3cret" not in repr((good, bad, bench.events))


def test_a_body_that_breaks_off_goes_on_where_it_ended(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": First(2, Truncate(200_000))}) as server:
        answer = bench.resumable(server)

    assert answer.path == bench.target
    assert Path(bench.target).read_bytes() == BODY
    assert [request.headers.get("range") for request in server.requests][:2] == [None, "bytes=200000-"]
    assert bench.left() == ["a.conda"]


def test_a_body_that_breaks_off_is_begun_anew_when_nothing_is_known_of_it(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": First(1, Truncate(200_000))}) as server:
        answer = bench.fetch(server)

    assert Path(answer.path or "").read_bytes() == BODY
    assert all("range" not in request.headers for request in server.requests)


def test_a_body_that_always_breaks_off_is_kept_for_the_next_time(folder: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path, remote_max_retries=0)
    with ChannelServer(str(folder), {"/": Truncate(1000)}) as server:
        error = error_of(bench.resumable(server))
        assert bench.left() == ["a.conda.partial"]
        assert Path(f"{bench.target}.partial").read_bytes() == BODY[:1000]
        server.rules.clear()
        answer = bench.resumable(server)

    assert error.fields["reason"] == "truncated"
    assert "broke off" in str(error)
    assert answer.path == bench.target
    assert server.requests[-1].headers["range"] == "bytes=1000-"


def test_a_truncated_body_leaves_nothing_when_it_cannot_be_resumed(folder: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path, remote_max_retries=1, remote_backoff_factor=0)
    with ChannelServer(str(folder), {"/": Truncate(1000)}) as server:
        error = error_of(bench.fetch(server))

    assert error.fields["reason"] == "truncated"
    assert (bench.left(), len(server.requests)) == ([], 2)


def test_a_server_without_ranges_sends_everything_again(folder: Path, bench: Bench) -> None:
    bench.begin(BODY[:1000])
    with ChannelServer(str(folder), {"/": Serve(ranges=False)}) as server:
        answer = bench.resumable(server)

    assert answer.path == bench.target
    assert Path(bench.target).read_bytes() == BODY


def test_an_answer_from_another_offset_is_not_appended(folder: Path, bench: Bench) -> None:
    bench.begin(BODY[:1000])
    elsewhere = Respond(206, {"Content-Range": f"bytes 0-9/{len(BODY)}"}, BODY[:10])
    with ChannelServer(str(folder), {"/": First(1, elsewhere)}) as server:
        answer = bench.resumable(server)

    assert Path(answer.path or "").read_bytes() == BODY
    assert (bench.pauses, len(server.requests)) == ([], 2)


def test_a_range_that_is_refused_begins_anew(folder: Path, bench: Bench) -> None:
    bench.begin(BODY[:1000])
    with ChannelServer(str(folder), {"/": First(1, Respond(416))}) as server:
        answer = bench.resumable(server)

    assert Path(answer.path or "").read_bytes() == BODY


def test_a_complete_unfinished_file_needs_no_server(folder: Path, bench: Bench) -> None:
    bench.begin(BODY)
    with ChannelServer(str(folder)) as server:
        answer = bench.resumable(server)

    assert (answer.path, answer.sha256, server.requests) == (bench.target, SHA256, [])


@pytest.mark.parametrize("begun", [b"garbage", b"\0" * len(BODY), b"\0" * (len(BODY) + 1)], ids=len)
def test_a_spoiled_unfinished_file_is_fetched_once_more_from_the_start(
    folder: Path, bench: Bench, begun: bytes
) -> None:
    bench.begin(begun)
    with ChannelServer(str(folder)) as server:
        answer = bench.resumable(server)

    assert Path(answer.path or "").read_bytes() == BODY
    assert bench.pauses == []


def test_a_wrong_checksum_after_resuming_is_tried_again_only_once(folder: Path, bench: Bench) -> None:
    bench.begin(b"garbage")
    with ChannelServer(str(folder)) as server:
        error = error_of(bench.resumable(server, sha256="0" * 64), ChecksumMismatch)

    assert error.fields["actual_checksum"] == SHA256
    assert (len(server.requests), bench.left()) == (2, [])


@pytest.mark.parametrize(
    ("announced", "kind", "expected", "actual"),
    [
        ({"sha256": "0" * 64}, "sha256", "0" * 64, SHA256),
        ({"md5": "0" * 32}, "md5", "0" * 32, MD5),
        ({"sha256": SHA256, "size": 7}, "size", 7, len(BODY)),
    ],
)
def test_what_is_not_as_announced_is_refused(
    folder: Path, bench: Bench, announced: dict[str, Any], kind: str, expected: object, actual: object
) -> None:
    with ChannelServer(str(folder)) as server:
        error = error_of(bench.fetch(server, **announced), ChecksumMismatch)

    fields = ("checksum_type", "expected_checksum", "actual_checksum")
    assert tuple(error.fields[name] for name in fields) == (kind, expected, actual)
    assert str(error).startswith(f"`{server.url}/a.conda` has the {kind} {actual}")
    assert error.hint
    assert (len(server.requests), bench.left()) == (1, [])


def test_md5_is_not_looked_at_where_sha256_is_known(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        answer = bench.fetch(server, sha256=SHA256.upper(), md5="0" * 32)

    assert answer.path == bench.target


def test_md5_is_looked_at_where_sha256_is_not_known(folder: Path, bench: Bench) -> None:
    bench.begin(BODY[:5])
    with ChannelServer(str(folder)) as server:
        answer = bench.fetch(server, md5=MD5, size=len(BODY))

    assert (answer.path, answer.sha256) == (bench.target, SHA256)


def test_a_file_longer_than_announced_is_refused_before_it_comes(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": WrongLength(10 * len(BODY))}) as server:
        error = error_of(bench.resumable(server), ChecksumMismatch)

    assert error.fields["checksum_type"] == "size"
    assert not any(isinstance(event, Started) for event in bench.events)
    assert bench.left() == []


@pytest.mark.parametrize("rule", [Serve(), Truncate(10**9), WrongLength(10**9)])
def test_a_file_that_is_larger_than_it_may_be_is_given_up_at_once(folder: Path, bench: Bench, rule: Rule) -> None:
    with ChannelServer(str(folder), {"/": rule}) as server:
        error = error_of(bench.fetch(server, largest=len(BODY) - 1))

    assert error.fields["reason"] == "too large"
    assert (bench.left(), len(server.requests)) == ([], 1)


def test_a_body_that_comes_too_slowly_is_given_up(folder: Path, bench: Bench) -> None:
    seconds = itertools.count(step=2.0)
    engine = Engine(bench.kernel, clock=lambda: next(seconds))
    with ChannelServer(str(folder)) as server:
        answers = [*engine.fetch([bench.request(server, longest=3.0)]), *engine.fetch([bench.request(server)])]

    assert str(error_of(answers[0])) == f"`{server.url}/a.conda` takes more than 3 seconds to come"
    assert answers[1].sha256 == SHA256


def test_a_redirect_that_is_not_to_be_followed_is_an_error(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/old": Redirect("/a.conda")}) as server:
        request = FetchRequest(f"{server.url}/old", bench.target, follows_redirects=False, optional=True)
        (answer,) = bench.engine.fetch([request])

    assert error_of(answer, HttpError).fields["status"] == 302
    assert bench.left() == []


def test_a_file_may_be_as_large_as_it_may_be(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        assert bench.fetch(server, largest=len(BODY)).size == len(BODY)


def test_a_dropped_connection_is_tried_again(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder), {"/": First(1, Drop())}) as server:
        answer = bench.fetch(server)

    assert (answer.path, bench.pauses) == (bench.target, [1.0])


def test_a_closed_generator_leaves_nothing_half_named(folder: Path, bench: Bench) -> None:
    hold = Hold(after=1000)
    with ChannelServer(str(folder), {"/slow": hold}) as server:
        (folder / "slow").write_bytes(BODY)
        slow = FetchRequest(f"{server.url}/slow", f"{bench.target}.slow")
        answers = bench.engine.fetch([slow, bench.request(server)])
        arrived = bench.arrival("download 1", 1000)
        quick = next(answers)
        assert arrived.wait(20)
        assert [name for name in bench.left() if name.endswith(".partial")]
        close(answers)
        left = bench.left()

    assert quick.path == bench.target
    assert left == ["a.conda"]


def test_a_closed_generator_keeps_what_can_be_resumed(folder: Path, bench: Bench) -> None:
    hold = Hold(after=300_000)
    with ChannelServer(str(folder), {"/slow": hold}) as server:
        (folder / "slow").write_bytes(BODY)
        slow = FetchRequest(f"{server.url}/slow", f"{bench.target}.slow", sha256=SHA256, size=len(BODY))
        answers = bench.engine.fetch([slow, bench.request(server)])
        arrived = bench.arrival("download 1", 300_000)
        next(answers)
        assert arrived.wait(20)
        close(answers)

        assert bench.left() == ["a.conda", "a.conda.slow.partial"]


def test_the_end_of_the_command_leaves_nothing_half_named(folder: Path, bench: Bench) -> None:
    arrived = bench.arrival("download 1", 1000)
    with ChannelServer(str(folder), {"/": Hold(1000)}) as server:
        waiting = threading.Thread(target=bench.fetch, args=[server])
        waiting.start()
        assert arrived.wait(30)
        (left,) = bench.left()
        bench.kernel.end()

        assert left.endswith(".partial")
        assert bench.left() == []
    waiting.join()
    assert bench.left() == []


def test_no_file_is_begun_after_the_end(folder: Path, bench: Bench) -> None:
    hold = Hold()
    with ChannelServer(str(folder), {"/": hold}) as server:
        answers: list[Downloaded] = []
        waiting = threading.Thread(target=lambda: answers.append(bench.fetch(server)))
        waiting.start()
        assert hold.reached.wait(30)
        bench.kernel.end()
        hold.release()
        waiting.join()

    assert "was cancelled" in str(error_of(answers[0]))
    assert bench.left() == []


def test_an_interrupted_download_begins_no_further_one(folder: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fetch_threads=1)
    with ChannelServer(str(folder)) as server:
        requests = [bench.request(server, target=f"{bench.target}{number}") for number in range(50)]
        answers = bench.engine.fetch(requests)
        next(answers)
        close(answers)

    assert len(server.requests) < 50
    assert not [name for name in bench.left() if name.endswith(".partial")]


def test_a_wait_between_attempts_ends_when_nobody_waits_for_the_result(folder: Path, tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, settings={"remote_backoff_factor": 120})
    waiting = threading.Event()

    def pause(cancelled: threading.Event, seconds: float) -> None:
        waiting.set()
        assert cancelled.wait(20)

    engine = Engine(kernel, pause=pause)
    with ChannelServer(str(folder), {"/a": Respond(503)}) as server:
        (folder / "b").write_bytes(b"b")
        requests = [FetchRequest(f"{server.url}/{name}", str(tmp_path / "to" / name)) for name in ("a", "b")]
        answers = engine.fetch(requests)
        next(answers)
        assert waiting.wait(20)
        close(answers)

    assert len([request for request in server.requests if request.path == "/a"]) == 1


def close(answers: Iterator[Downloaded]) -> None:
    """End a generator as Ctrl-C does."""
    finish: Callable[[], None] = answers.close  # type: ignore[attr-defined] # the contract promises an iterator only
    finish()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to this user")
def test_a_folder_that_cannot_be_written_to_is_named(folder: Path, bench: Bench) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    with ChannelServer(str(folder)) as server:
        error = error_of(bench.fetch(server, target=str(closed / "x")))

    assert str(error) == f"cannot write `{closed}/x`: permission denied"
    assert "pkgs_dirs" in error.hint


def test_a_target_in_a_file_is_an_error_that_names_it(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        error = error_of(bench.fetch(server, target=str(folder / "a.conda" / "x")))

    assert str(error).startswith(f"cannot write `{folder}/a.conda/x`: ")
    assert (error.fields["reason"], bench.pauses) == ("write", [])


def test_a_target_that_is_a_folder_leaves_nothing_beside_it(folder: Path, bench: Bench) -> None:
    os.makedirs(bench.target)
    with ChannelServer(str(folder)) as server:
        error = error_of(bench.fetch(server))

    assert error.fields["reason"] == "write"
    assert bench.left() == ["a.conda"]


def test_two_downloads_of_one_file_do_not_meet(folder: Path, bench: Bench) -> None:
    with ChannelServer(str(folder)) as server:
        same = bench.request(server, size=len(BODY), sha256=SHA256)
        answers = list(bench.engine.fetch([same] * 8))

    assert [(answer.path, answer.error) for answer in answers] == [(bench.target, None)] * 8
    assert Path(bench.target).read_bytes() == BODY
    assert bench.left() == ["a.conda"]
