"""Requests that the standard library makes, and which those are; what comes of them is what a session would bring."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from conda_fetch_http.adapter import HttpAdapter
from conda_fetch_http.direct import Route, route_of
from conda_kernel.errors import FetchError
from conda_kernel.model.fetching import AdapterRequest
from conda_testing.kernels import make_kernel
from conda_testing.server import ChannelServer, Redirect, Respond, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("http://h/x", Route("http", "h", 80, "/x")),
        ("https://h.example:8443/a/b-1!2.0_x.conda", Route("https", "h.example", 8443, "/a/b-1!2.0_x.conda")),
        ("https://127.0.0.1/", Route("https", "127.0.0.1", 443, "/")),
        ("http://h/a//..x/x..", Route("http", "h", 80, "/a//..x/x..")),
    ],
)
def test_what_is_sent_as_it_is_written_goes_directly(url: str, route: Route) -> None:
    assert route_of(url, {"a": "b c\td"}) == route


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "ftp://h/x",
        "HTTP://h/x",
        "http://H/x",
        "http://me@h/x",
        "http://[::1]/x",
        "http://h:/x",
        "http://h:0/x",
        "http://h:65536/x",
        "http://h:123456/x",
        "http://h./x",
        "http://h..h/x",
        "http://.h/x",
        "http://-h/x",
        "http://h_h/x",
        "http://hé/x",
        f"http://{'y' * 64}/x",
        "http://h/é",
        "http://h/a b",
        "http://h/%41",
        "http://h/x?q",
        "http://h/x#f",
        "http://h/.",
        "http://h/a/../x",
        "http://h/x\n",
        "http://h/x\r\nX-Evil: 1",
        "http://h\\@evil/x",
    ],
)
def test_whatever_needs_thought_does_not(url: str) -> None:
    assert route_of(url, {}) is None


@pytest.mark.parametrize("value", ["", " a", "a ", "a\nb", "a\r\nb", "größe", "a\x00", "\x7f"])
def test_a_header_that_needs_thought_does_not(value: str) -> None:
    assert route_of("http://h/x", {"a": "b", "c": value}) is None


def heard(adapter: HttpAdapter, url: str) -> object:
    """Return all that comes of a request."""
    received: list[bytes] = []
    try:
        with adapter.open(AdapterRequest(url)) as response:
            head = response.status, {**response.headers, "date": None}
            received.extend(response.chunks())
    except FetchError as error:
        return str(error), error.hint, error.fields, b"".join(received)
    return head, b"".join(received)


def both_ways(folder: Path, url: str) -> tuple[object, object]:
    direct, session = (HttpAdapter(make_kernel(folder)) for _ in range(2))
    session._direct = None
    return heard(direct, url), heard(session, url)


@contextmanager
def saying(words: bytes) -> Iterator[str]:
    """Serve the same bytes to whoever asks, and yield the URL."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(words)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/c/x"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "words",
    [
        OK + b"Content-Length: 3\r\n\r\nabc",
        OK + b"Content-Length: 3\r\n\r\nabcdef",
        OK + b"Content-Length: 5\r\n\r\nabc",
        OK + b"Content-Length: 0\r\n\r\n",
        OK + b"\r\nuntil the end",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3;name=value\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nab",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        OK + b"X-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n",
        OK + b"X-A: gr\xc3\xb6\xc3\x9fe\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\na",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 70\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://h:port/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: ftp://h/x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.0 200 OK\r\n\r\nold",
        b"HTTP/1.1 99 No Status\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"<html>no head</html>\r\n\r\n",
        b"",
        b"\r\n\r\n",
        OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        OK + b"".join(b"X-%d: y\r\n" % number for number in range(101)) + b"\r\n",
        b"HTTP/1.1 200 " + b"y" * 70_000 + b"\r\n\r\n",
        OK + b"no colon\r\n\r\nabc",
    ],
    ids=lambda words: words[:60].decode("latin-1").replace("\r\n", "|"),
)
def test_whatever_a_server_says_is_understood_in_the_same_way(words: bytes, tmp_path: Path) -> None:
    with saying(words) as url:
        direct, session = both_ways(tmp_path, url)

    assert direct == session


@pytest.mark.parametrize(
    "rule", [Respond(200, {"Set-Cookie": "a=1"}, b"x"), Redirect("/c/"), Redirect("/%63/"), Redirect("http://[::1]:1/")]
)
def test_whatever_a_server_does_ends_in_the_same_way(rule: Rule, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "x").write_bytes(b"0123456789")
    with ChannelServer(str(tmp_path), {"/old/": rule}) as server:
        direct, session = both_ways(tmp_path, f"{server.url}/old/x")

    assert direct == session


ASKER = """
import sys
from conda_fetch_http.adapter import HttpAdapter
from conda_kernel.model.fetching import AdapterRequest
from conda_testing.kernels import make_kernel

folder, *urls = sys.argv[1:]
adapter = HttpAdapter(make_kernel(folder))
for url in urls:
    with adapter.open(AdapterRequest(url)) as response:
        print(response.status, "requests" in sys.modules or "urllib3" in sys.modules)
"""


def test_what_goes_directly_does_not_wait_for_the_library_of_sessions(tmp_path: Path) -> None:
    rules: dict[str, Rule] = {"/old": Redirect("/new"), "/new": Respond(200), "/gone": Respond(404)}
    with ChannelServer(str(tmp_path), rules) as server:
        urls = [f"{server.url}/{name}" for name in ("old", "new", "gone", "new?q")]
        asked = subprocess.run([sys.executable, "-c", ASKER, tmp_path, *urls], check=True, capture_output=True)

    assert asked.stdout.decode().splitlines() == ["200 False", "200 False", "404 False", "200 True"]


def test_a_cookie_that_came_directly_goes_with_the_next_request(tmp_path: Path) -> None:
    adapter = HttpAdapter(make_kernel(tmp_path))
    cookie = {"Set-Cookie": "a=1; Path=/; Expires=Wed, 01 Jan 2098 00:00:00 GMT"}
    with ChannelServer(str(tmp_path), {"/": Respond(200, cookie, b"x")}) as server:
        for name in ("x", "y", "y?q"):
            heard(adapter, f"{server.url}/c/{name}")

    assert [request.headers.get("cookie") for request in server.requests] == [None, "a=1", "a=1"]


def test_a_cookie_that_a_session_has_earned_goes_with_the_next_request(tmp_path: Path) -> None:
    adapter = HttpAdapter(make_kernel(tmp_path))
    with ChannelServer(str(tmp_path), {"/": Respond(200, {"Set-Cookie": "a=1; Path=/"}, b"x")}) as server:
        for name in ("x?q", "x"):
            heard(adapter, f"{server.url}/c/{name}")

    assert [request.headers.get("cookie") for request in server.requests] == [None, "a=1"]
