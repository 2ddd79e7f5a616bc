"""The channel server, asked by the standard library's client."""

from __future__ import annotations

import base64
import http.client
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from conda_testing.server import (
    Answer,
    Call,
    ChannelServer,
    Drop,
    First,
    Hold,
    Redirect,
    RequireHeader,
    RequireToken,
    Respond,
    Serve,
    Truncate,
    WrongLength,
    require_basic,
)

BODY = b"0123456789"
MODIFIED = "Wed, 01 Jan 2020 00:00:00 GMT"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> str:
    """Return a folder with one file, last modified in 2020."""
    file = tmp_path / "noarch" / "a b.bin"
    file.parent.mkdir()
    file.write_bytes(BODY)
    os.utime(file, (1_577_836_800, 1_577_836_800))
    return str(tmp_path)


class Reply(NamedTuple):
    """What a client has received."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def connect(server: ChannelServer) -> http.client.HTTPConnection:
    """Return a connection that gives up on a server that has stopped answering."""
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)


def ask(
    server: ChannelServer, path: str = "/noarch/a%20b.bin", headers: Mapping[str, str] = {}, method: str = "GET"
) -> Reply:
    """Send one request on a connection of its own."""
    connection = connect(server)
    try:
        connection.request(method, path, headers=dict(headers))
        response = connection.getresponse()
        return Reply(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def test_a_file_is_served_with_its_validators(folder: str) -> None:
    with ChannelServer(folder) as server:
        reply = ask(server)
    assert (reply.status, reply.body) == (200, BODY)
    assert (reply.headers["Last-Modified"], reply.headers["Accept-Ranges"]) == (MODIFIED, "bytes")
    assert reply.headers["ETag"].startswith('"')


def test_head_sends_no_body(folder: str) -> None:
    with ChannelServer(folder) as server:
        reply = ask(server, method="HEAD")
    assert (reply.status, reply.headers["Content-Length"], reply.body) == (200, "10", b"")


@pytest.mark.parametrize("path", ["/", "/noarch", "/nothing", "/noarch/../noarch/a%20b.bin", "/%2e%2e/etc/passwd"])
def test_what_is_no_file_of_the_folder_is_not_found(folder: str, path: str) -> None:
    with ChannelServer(folder) as server:
        assert ask(server, path).status == 404


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, BODY, "bytes 0-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-4", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=-", 200, BODY, None),
        ("bytes=0-1,4-5", 200, BODY, None),
        ("lines=0-1", 200, BODY, None),
    ],
)
def test_a_range_is_served(folder: str, asked: str, status: int, body: bytes, content_range: str | None) -> None:
    with ChannelServer(folder) as server:
        reply = ask(server, headers={"Range": asked})
    assert (reply.status, reply.body, reply.headers.get("Content-Range")) == (status, body, content_range)


def test_a_range_of_another_version_gives_the_whole_file(folder: str) -> None:
    with ChannelServer(folder) as server:
        tag = ask(server).headers["ETag"]
        assert ask(server, headers={"Range": "bytes=5-", "If-Range": tag}).status == 206
        assert ask(server, headers={"Range": "bytes=5-", "If-Range": MODIFIED}).status == 206
        assert ask(server, headers={"Range": "bytes=5-", "If-Range": '"other"'})[::2] == (200, BODY)


def test_a_server_may_know_no_ranges_and_no_validators(folder: str) -> None:
    rule = Serve(headers={"Cache-Control": "max-age=5"}, ranges=False, etag=False, last_modified=False)
    with ChannelServer(folder, {"/": rule}) as server:
        headers = {"Range": "bytes=5-", "If-None-Match": "*", "If-Modified-Since": MODIFIED}
        reply = ask(server, headers=headers)
    assert (reply.status, reply.body, reply.headers["Cache-Control"]) == (200, BODY, "max-age=5")
    assert reply.headers.keys().isdisjoint({"ETag", "Last-Modified", "Accept-Ranges"})


def test_an_unchanged_file_is_not_sent_again(folder: str) -> None:
    with ChannelServer(folder) as server:
        tag = ask(server).headers["ETag"]
        for headers in (
            {"If-None-Match": tag},
            {"If-None-Match": f'"other", W/{tag}'},
            {"If-None-Match": "*"},
            {"If-Modified-Since": MODIFIED},
        ):
            reply = ask(server, headers=headers)
            assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", tag)


def test_a_changed_file_is_sent_again(folder: str) -> None:
    with ChannelServer(folder) as server:
        tag = ask(server).headers["ETag"]
        Path(folder, "noarch", "a b.bin").write_bytes(b"new")
        for headers in (
            {"If-None-Match": tag},
            {"If-None-Match": tag, "If-Modified-Since": "Wed, 01 Jan 2100 00:00:00 GMT"},
            {"If-Modified-Since": MODIFIED},
            {"If-Modified-Since": "yesterday"},
        ):
            assert ask(server, headers=headers)[::2] == (200, b"new")


def test_requests_are_listed_in_the_order_of_arrival(folder: str) -> None:
    with ChannelServer(folder) as server:
        ask(server, "/noarch/a%20b.bin?x=1", {"X-Test": "yes"})
        ask(server, "/nothing", method="HEAD")
    first, second = server.requests
    assert (first.method, first.path, first.headers["x-test"], first.status) == (
        "GET",
        "/noarch/a%20b.bin?x=1",
        "yes",
        200,
    )
    assert second[:2] + second[3:] == ("HEAD", "/nothing", 404)


def test_a_status_is_answered_with_its_headers(folder: str) -> None:
    with ChannelServer(folder, {"/noarch/": Respond(503, {"Retry-After": "7"}, b"later")}) as server:
        reply = ask(server)
    assert (reply.status, reply.headers["Retry-After"], reply.body) == (503, "7", b"later")


def test_the_longest_prefix_counts(folder: str) -> None:
    rules = {"/": Respond(500), "/noarch/a": Respond(501), "/noarch/": Respond(502)}
    with ChannelServer(folder, rules) as server:
        assert [ask(server, path).status for path in ("/x", "/noarch/a%20b.bin", "/noarch/b")] == [500, 501, 502]


def test_rules_may_change_while_the_server_runs(folder: str) -> None:
    with ChannelServer(folder) as server:
        before = ask(server).status
        server.rules["/noarch/"] = Respond(403)
        assert (before, ask(server).status) == (200, 403)


def test_a_truncated_body_breaks_off(folder: str) -> None:
    with ChannelServer(folder, {"/": Truncate(4)}) as server, pytest.raises(http.client.IncompleteRead) as broken:
        ask(server)
    assert (broken.value.partial, broken.value.expected) == (b"0123", 6)


def test_a_length_that_is_too_small_is_announced(folder: str) -> None:
    with ChannelServer(folder, {"/": WrongLength(3)}) as server:
        assert ask(server).body == b"012"


def test_a_length_that_is_too_large_is_announced(folder: str) -> None:
    with ChannelServer(folder, {"/": WrongLength(99)}) as server, pytest.raises(http.client.IncompleteRead) as broken:
        ask(server)
    assert broken.value.partial == BODY


def test_a_connection_is_dropped_as_often_as_asked(folder: str) -> None:
    with ChannelServer(folder, {"/": First(2, Drop())}) as server:
        for _ in range(2):
            with pytest.raises(http.client.RemoteDisconnected):
                ask(server)
        assert ask(server).body == BODY
    assert [request.status for request in server.requests] == [0, 0, 200]


def test_rules_take_turns(folder: str) -> None:
    rule = First(1, Respond(503), First(2, Respond(429)))
    with ChannelServer(folder, {"/": rule}) as server:
        assert [ask(server).status for _ in range(5)] == [503, 429, 429, 200, 200]


def test_a_redirect_keeps_the_path_below_the_prefix(folder: str) -> None:
    with ChannelServer(folder, {"/old/": Redirect("http://elsewhere/new/", 301)}) as server:
        reply = ask(server, "/old/a%20b.bin")
    assert (reply.status, reply.headers["Location"]) == (301, "http://elsewhere/new/a%20b.bin")


def test_basic_credentials_are_asked_for(folder: str) -> None:
    with ChannelServer(folder, {"/": require_basic("me", "p:ü")}) as server:
        refused = ask(server)
        right = base64.b64encode("me:p:ü".encode()).decode()
        wrong = base64.b64encode(b"me:other").decode()
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="channel"')
        assert ask(server, headers={"Authorization": f"Basic {wrong}"}).status == 401
        assert ask(server, headers={"Authorization": f"Basic {right}"}).body == BODY


def test_a_header_is_asked_for(folder: str) -> None:
    with ChannelServer(folder, {"/": RequireHeader("X-Key", "k", 403)}) as server:
        assert (ask(server).status, ask(server, headers={"x-key": "k"}).status) == (403, 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/t/tk-1/noarch/a%20b.bin", 200),
        ("/t/tk-2/noarch/a%20b.bin", 401),
        ("/t/tk-1x/noarch/a%20b.bin", 401),
        ("/noarch/a%20b.bin", 401),
    ],
)
def test_a_token_is_asked_for_in_the_path(folder: str, path: str, status: int) -> None:
    with ChannelServer(folder, {"/": RequireToken("tk-1")}) as server:
        assert ask(server, path).status == status


def test_a_redirect_behind_a_token_does_not_pass_the_token_on(folder: str) -> None:
    rule = RequireToken("tk-1", then=Redirect("http://elsewhere/"))
    with ChannelServer(folder, {"/": rule}) as server:
        assert ask(server, "/t/tk-1/noarch/x").headers["Location"] == "http://elsewhere/noarch/x"


@pytest.mark.parametrize("after", [-1, 0, 4])
def test_an_answer_is_held_until_it_is_released(folder: str, after: int) -> None:
    hold = Hold(after)
    replies: list[Reply] = []
    with ChannelServer(folder, {"/": hold}) as server:
        client = threading.Thread(target=lambda: replies.append(ask(server)))
        client.start()
        assert hold.reached.wait(20)
        assert (replies, len(server.requests)) == ([], 1)
        hold.release()
        client.join(20)
    assert [reply.body for reply in replies] == [BODY]


def test_a_held_body_has_been_sent_in_part(folder: str) -> None:
    hold = Hold(4)
    with ChannelServer(folder, {"/": hold}) as server:
        connection = connect(server)
        connection.request("GET", "/noarch/a%20b.bin")
        response = connection.getresponse()
        begun = response.read(4)
        connection.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            response.read(1)
        connection.close()
    assert begun == b"0123"


def test_leaving_ends_held_answers_and_open_connections(folder: str) -> None:
    hold = Hold()
    with ChannelServer(folder, {"/held": hold}) as server:
        idle, held = connect(server), connect(server)
        idle.request("GET", "/nothing")
        idle.getresponse().read()
        held.request("GET", "/held")
        assert hold.reached.wait(20)
    idle.close()
    held.close()
    left = {thread.name for thread in threading.enumerate()}
    assert not [name for name in left if name == "channel server" or "process_request_thread" in name]


def test_many_clients_are_served_at_once(folder: str) -> None:
    replies: list[Reply] = []
    first = Hold()
    with ChannelServer(folder, {"/": First(1, first)}) as server:
        waiting = threading.Thread(target=lambda: replies.append(ask(server)))
        waiting.start()
        assert first.reached.wait(20)
        assert ask(server).body == BODY
        first.release()
        waiting.join(20)
    assert [reply.body for reply in replies] == [BODY]


def test_a_connection_serves_several_requests(folder: str) -> None:
    with ChannelServer(folder) as server:
        connection = connect(server)
        bodies = []
        for _ in range(3):
            connection.request("GET", "/noarch/a%20b.bin")
            socket = connection.sock
            bodies.append(connection.getresponse().read())
            assert connection.sock is socket
        connection.close()
    assert bodies == [BODY] * 3


class Broken:
    """A rule with a mistake in it."""

    def answer(self, call: Call) -> Answer:
        """Raise."""
        raise LookupError(call.path)


def ask_and_get_nothing(server: ChannelServer) -> None:
    """Send a request that gets no answer."""
    with pytest.raises(http.client.RemoteDisconnected):
        ask(server, "/x")


def test_a_mistake_in_a_rule_is_raised_on_leaving(folder: str) -> None:
    with pytest.raises(LookupError, match="/x"), ChannelServer(folder, {"/": Broken()}) as server:
        ask_and_get_nothing(server)


def test_an_error_of_the_test_is_not_hidden_by_one_of_the_server(folder: str) -> None:
    def fail() -> None:
        with ChannelServer(folder, {"/": Broken()}) as server:
            ask_and_get_nothing(server)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()


def test_a_client_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(20_000_000))
    with ChannelServer(str(tmp_path)) as server:
        connection = connect(server)
        connection.request("GET", "/large")
        begun = connection.getresponse().read(10)
        connection.close()
    assert len(begun) == 10
    assert [request.status for request in server.requests] == [200]
