"""A real HTTP server on the loopback interface that serves a folder and misbehaves where rules say so."""

from __future__ import annotations

import base64
import contextlib
import email.utils
import hashlib
import os
import re
import socket
import socketserver
import ssl
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from conda_testing.secure_connection import is_agreed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_PATIENCE = 30.0


class Request(NamedTuple):
    """One request that the server has seen; header names are lower-case, `status` is 0 when it got no answer."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int


class Answer(NamedTuple):
    """What is sent: `length` is the length announced (-1: the true one), `sent` the bytes sent (-1: all of them).

    Status 0 closes the connection without a word. With a `hold`, the sender waits for it after `held_after` bytes
    of the body (-1: before the head).
    """

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
    length: int = -1
    sent: int = -1
    hold: Hold | None = None
    held_after: int = -1


class Call(NamedTuple):
    """A request as a rule sees it: `rest` is the path below the rule's prefix, `seen` the number of earlier ones."""

    method: str
    path: str
    rest: str
    headers: Mapping[str, str]
    seen: int
    folder: str


class Rule(Protocol):
    """Anything that answers a call."""

    def answer(self, call: Call) -> Answer:
        """Return the answer to a call."""


class Serve(NamedTuple):
    """Serves the file, with what a good server offers unless switched off; `headers` are added (`Cache-Control`)."""

    headers: Mapping[str, str] = {}
    ranges: bool = True
    etag: bool = True
    last_modified: bool = True

    def answer(self, call: Call) -> Answer:
        """Return the file, a part of it (206), 304, 404, or 416 for a range that is not in it."""
        found = _file_below(call.folder, call.path)
        if found is None:
            return Answer(404, {}, b"not found\n")
        with open(found, "rb") as file:
            body = file.read()
        headers = self._validators(body, os.path.getmtime(found)) | dict(self.headers)
        if _is_unchanged(call.headers, headers):
            return Answer(304, headers)
        if not self.ranges:
            return Answer(200, headers, body)
        return _ranged(call.headers, headers | {"Accept-Ranges": "bytes"}, body)

    def _validators(self, body: bytes, modified: float) -> dict[str, str]:
        """Return the headers by which a client asks again later."""
        found = {"Content-Type": "application/octet-stream"}
        if self.etag:
            found["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.last_modified:
            found["Last-Modified"] = email.utils.formatdate(modified, usegmt=True)
        return found


SERVE = Serve()
"""The rule of paths that no other rule names."""


class Respond(NamedTuple):
    """Answers with a status, headers (`Retry-After`) and body of its own."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def answer(self, call: Call) -> Answer:
        """Return what was told."""
        return Answer(self.status, self.headers, self.body)


class Redirect(NamedTuple):
    """Sends the client to `location`, to which the path below the rule's prefix is added."""

    location: str
    status: int = 302

    def answer(self, call: Call) -> Answer:
        """Return the redirection."""
        return Answer(self.status, {"Location": self.location + urllib.parse.quote(call.rest)})


class Truncate(NamedTuple):
    """Closes the connection after `after` bytes of a body whose full length was announced."""

    after: int
    then: Rule = SERVE

    def answer(self, call: Call) -> Answer:
        """Return an answer that breaks off."""
        return self.then.answer(call)._replace(sent=self.after)


class WrongLength(NamedTuple):
    """Announces `length` as the length of the body and sends the whole body all the same."""

    length: int
    then: Rule = SERVE

    def answer(self, call: Call) -> Answer:
        """Return an answer whose `Content-Length` lies."""
        return self.then.answer(call)._replace(length=self.length)


class Drop(NamedTuple):
    """Closes the connection without an answer."""

    def answer(self, call: Call) -> Answer:
        """Return no answer."""
        return Answer(0)


class First(NamedTuple):
    """Follows `rule` for the first `times` requests below the prefix and `then` for later ones."""

    times: int
    rule: Rule
    then: Rule = SERVE

    def answer(self, call: Call) -> Answer:
        """Return the answer of the rule whose turn it is."""
        if call.seen < self.times:
            return self.rule.answer(call)
        return self.then.answer(call._replace(seen=call.seen - self.times))


class RequireHeader(NamedTuple):
    """Answers 401 (or `status`) with `challenge` headers unless the request carries a header of this value."""

    name: str
    value: str
    status: int = 401
    challenge: Mapping[str, str] = {}
    then: Rule = SERVE

    def answer(self, call: Call) -> Answer:
        """Return the refusal or the answer."""
        if call.headers.get(self.name.lower()) != self.value:
            return Answer(self.status, self.challenge, b"no access\n")
        return self.then.answer(call)


class RequireToken(NamedTuple):
    """Serves `/t/<token>/path` as `/path` and answers 401 (or `status`) to a path without that token."""

    token: str
    status: int = 401
    then: Rule = SERVE

    def answer(self, call: Call) -> Answer:
        """Return the refusal or the answer for the path without the token."""
        part = f"/t/{self.token}/"
        if part not in call.path:
            return Answer(self.status, {}, b"no access\n")
        path, rest = call.path.replace(part, "/", 1), call.rest.replace(part[1:], "", 1)
        return self.then.answer(call._replace(path=path, rest=rest))


class Hold:
    """Waits, before the head or after `after` bytes of the body, until the test calls `release`.

    `reached` is set when the server has come that far. Leaving the server's context releases everything.
    """

    def __init__(self, after: int = -1, then: Rule = SERVE) -> None:
        """Begin with the gate closed."""
        self.after = after
        self.then = then
        self.reached = threading.Event()
        self._released = threading.Event()

    def answer(self, call: Call) -> Answer:
        """Return an answer that waits."""
        return self.then.answer(call)._replace(hold=self, held_after=self.after)

    def release(self) -> None:
        """Let this answer, and later ones, go on."""
        self._released.set()

    def wait(self) -> None:
        """Wait until released; raises RuntimeError after half a minute, so that a broken test ends and fails."""
        self.reached.set()
        if not self._released.wait(_PATIENCE):
            raise RuntimeError(f"nobody released the answer in {_PATIENCE:.0f} seconds")


def require_basic(user: str, password: str, then: Rule = SERVE) -> RequireHeader:
    """Return the rule that asks for a user name and password (RFC 7617)."""
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    challenge = {"WWW-Authenticate": 'Basic realm="channel"'}
    return RequireHeader("Authorization", f"Basic {credentials}", challenge=challenge, then=then)


class ChannelServer:
    """Serves `folder` inside a `with` block at `url`, which has no slash at the end; over TLS when given a context.

    `rules` maps path prefixes (`/linux-64/`) to rules; the longest that fits is followed, without one the file
    is served. It may be changed while the server runs. `requests` lists what was asked, in the order of arrival;
    a request is in the list before its answer is sent. `connections` counts those that were made. Leaving the block
    raises what went wrong in a rule.
    """

    def __init__(
        self, folder: str, rules: Mapping[str, Rule] | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Take a free port of 127.0.0.1; connections are answered once the `with` block is entered."""
        self.folder = folder
        self.tls = tls
        self.rules: dict[str, Rule] = dict(rules or {})
        self.requests: list[Request] = []
        self.connections = 0
        self._seen: dict[str, int] = {}
        self._holds: list[Hold] = []
        self._ending = False
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="channel server")

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The URL of the folder."""
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release what is held, close every connection and wait until all threads have ended."""
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            self._ending = True
            for hold in self._holds:
                hold.release()
        self._server.end_connections()
        self._server.server_close()
        if error is None and self._server.failures:
            raise self._server.failures[0]

    def asked(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a request and put the request into the list."""
        plain = urllib.parse.unquote(path.partition("?")[0])
        with self._lock:
            if self._ending:
                return Answer(0)
            prefix = max((prefix for prefix in self.rules if plain.startswith(prefix)), key=len, default="")
            seen = self._seen.get(prefix, 0)
            self._seen[prefix] = seen + 1
            call = Call(method, plain, plain[len(prefix) :], headers, seen, self.folder)
            answer = self.rules.get(prefix, SERVE).answer(call)
            self.requests.append(Request(method, path, headers, answer.status))
            if answer.hold is not None:
                self._holds.append(answer.hold)
        return answer


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """The socket and the threads below a `ChannelServer`, one thread for each connection."""

    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, owner: ChannelServer) -> None:
        """Listen on a free port of the loopback interface."""
        self.owner = owner
        self.failures: list[BaseException] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        """Return the next connection, secure where that is wanted; its thread shakes hands."""
        connection, address = super().get_request()
        self.owner.connections += 1
        if self.owner.tls is not None:
            return self.owner.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address
        return connection, address

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Remember the connection, so that it can be ended, and start its thread."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._connections.add(request)
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Answer a connection; a client that does not trust us, or that we do not trust, gets no answer."""
        if isinstance(request, ssl.SSLSocket) and not is_agreed(request):
            self.shutdown_request(request)
            return
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Forget and close a connection."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep what a rule raised; a client that left early is no error."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, (ConnectionError, ssl.SSLError)):
            self.failures.append(error)

    def end_connections(self) -> None:
        """Close connections that clients keep open, so that the threads that read from them end."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection: asks the owner of the server for each answer and sends it."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer with head and body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the head alone."""
        self._answer(with_body=False)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  (the name that the base class gives)
        """Keep quiet: `ChannelServer.requests` is the log."""

    def _answer(self, *, with_body: bool) -> None:
        """Send what the owner answers."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.owner.asked(self.command, self.path, headers)
        if answer.hold is not None and answer.held_after < 0:
            answer.hold.wait()
        if answer.status == 0:
            self.close_connection = True
            return
        self._send_head(answer)
        if with_body and answer.status not in (204, 304):
            self._send_body(answer)

    def _send_head(self, answer: Answer) -> None:
        """Send status and headers."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(answer.length if answer.length >= 0 else len(answer.body)))
        self.end_headers()

    def _send_body(self, answer: Answer) -> None:
        """Send the body as far as it is to be sent; close the connection when the head has lied about its length."""
        body = answer.body if answer.sent < 0 else answer.body[: answer.sent]
        if answer.hold is not None and answer.held_after >= 0:
            self.wfile.write(body[: answer.held_after])
            answer.hold.wait()
            body = body[answer.held_after :]
        self.wfile.write(body)
        is_short = 0 <= answer.sent < len(answer.body)
        if is_short or answer.length not in (-1, len(answer.body)):
            self.close_connection = True


def _file_below(folder: str, path: str) -> str | None:
    """Return the file that a path names, None when there is none or the path leaves the folder."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    found = os.path.join(folder, *parts)
    return found if ".." not in parts and os.path.isfile(found) else None


def _is_unchanged(asked: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Return whether the client has this file already (RFC 9110, 13.1): tags are compared first, then dates."""
    if "if-none-match" in asked:
        tags = {tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")}
        return "ETag" in headers and bool(tags & {"*", headers["ETag"].removeprefix("W/")})
    if "if-modified-since" not in asked or "Last-Modified" not in headers:
        return False
    known = email.utils.parsedate_tz(asked["if-modified-since"])
    modified = email.utils.parsedate_tz(headers["Last-Modified"])
    return known is not None and modified is not None and modified[:6] <= known[:6]


def _ranged(asked: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Answer:
    """Return the part of a body that the client asked for (RFC 9110, 14), or all of it."""
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.get("range", ""))
    validator = asked.get("if-range")
    stale = validator is not None and validator not in (headers.get("ETag"), headers.get("Last-Modified"))
    if wanted is None or wanted.group() == "bytes=-" or stale:
        return Answer(200, headers, body)
    first, last = wanted.groups()
    start = int(first) if first else max(0, len(body) - int(last))
    end = min(int(last) + 1, len(body)) if first and last else len(body)
    if start >= end:
        return Answer(416, {**headers, "Content-Range": f"bytes */{len(body)}"})
    return Answer(206, {**headers, "Content-Range": f"bytes {start}-{end - 1}/{len(body)}"}, body[start:end])
