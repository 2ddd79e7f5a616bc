"""Asks hosts with the standard library, for requests that need nothing of what sessions are there for."""

from __future__ import annotations

import re
import ssl
import threading
import weakref
from collections import defaultdict, deque
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from conda_fetch_http.address import USUAL_PORTS
from conda_fetch_http.answer import CHUNK, SHORT, Answer, BrokenOffError
from conda_fetch_http.idle import close_all
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPMessage, HTTPResponse

    from conda_fetch_http.answer import Timeouts
    from conda_fetch_http.verification import Trust

    Idle = deque[HTTPConnection]

_LAST_PORT = 65535

_parts = re.compile(
    r"(https?)://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?=[a-z0-9])|(?=[:/])))+)(?::([0-9]{1,5}))?"
    r"((?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9_.!~+=@,:;&$-]*)+)"
).fullmatch
"""A URL that is sent as it is written: nothing in it is to be quoted, resolved or told from the path."""

_fits = re.compile(r"[!-~]+(?:[ \t]+[!-~]+)*").fullmatch
"""The value of a header that leaves no doubt about how it is encoded."""


class Route(NamedTuple):
    """Where a request goes."""

    scheme: str
    host: str
    port: int
    path: str

    def beside(self, name: str) -> Route:
        """Return the route to another file of the folder, whose name is written as it is sent."""
        return self._replace(path=f"{self.path.rpartition('/')[0]}/{name}")


def route_of(url: str, headers: Mapping[str, str]) -> Route | None:
    """Return the route of a request; `None` for what is not sent as it is written."""
    parts = _parts(url)
    if parts is None or not all(map(_fits, headers.values())):
        return None
    scheme, host, port, path = parts.groups()
    number = int(port or USUAL_PORTS[scheme])
    return Route(scheme, host, number, path) if 0 < number <= _LAST_PORT else None


class DirectConnections:
    """Connections that hosts keep open, each used by one thread at a time.

    `trust` is of a file.
    """

    def __init__(self, trust: Trust, timeouts: Timeouts) -> None:
        self._trust = trust
        self._timeouts = timeouts
        self._idle: defaultdict[tuple[str, str, int], Idle] = defaultdict(deque)
        self._context: ssl.SSLContext | None = None
        self._making = threading.Lock()
        weakref.finalize(self, close_all, self._idle.values())

    def answer(self, route: Route, headers: Mapping[str, str]) -> DirectAnswer:
        """Return what the host answers; it is asked again where it had closed a connection that was kept.

        Raises `OSError`, `ValueError` or `HTTPException` when there is no answer.
        """
        idle = self._idle[route[:3]]
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                break
            try:
                return asked(connection, route.path, headers, idle)
            except ConnectionError:
                continue
        return asked(self._connected(route), route.path, headers, idle)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        close_all(self._idle.values())

    def _connected(self, route: Route) -> HTTPConnection:
        scheme, host, port, _ = route
        connection = (
            HTTPConnection(host, port, timeout=self._timeouts.connect)
            if scheme == "http"
            else HTTPSConnection(host, port, timeout=self._timeouts.connect, context=self._trusting())
        )
        try:
            connection.connect()
            connection.sock.settimeout(self._timeouts.read)
        except BaseException:
            connection.close()
            raise
        return connection

    def _trusting(self) -> ssl.SSLContext:
        """Return the context of all secure connections: to read the certificates takes longer than to ask."""
        with self._making:
            if self._context is None:
                self._context = ssl.create_default_context(cafile=self._trust.file)
                self._context.set_alpn_protocols(["http/1.1"])
            return self._context


class DirectAnswer(Answer):
    """What was received by such a connection."""

    def __init__(self, response: HTTPResponse, connection: HTTPConnection, idle: Idle) -> None:
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        super().__init__(response.status, headers)
        self._response = response
        self._connection = connection
        self._idle = idle

    def info(self) -> HTTPMessage:
        """Return all that stands in the head, as a jar of cookies asks for it."""
        return self._response.headers

    def read(self) -> bytes:
        """Return what has come of the body."""
        try:
            piece = self._response.read1(CHUNK)
        except (HTTPException, ConnectionError) as error:
            raise BrokenOffError from error
        if not piece and self._response.length:
            raise BrokenOffError
        return piece

    def end(self, *, ends_well: bool) -> None:
        """Let go of the connection; what little may be left of the body is read, so that it can be used again."""
        response = self._response
        try:
            if ends_well and response.length and response.length <= SHORT:
                response.read()
        except (HTTPException, OSError):
            ends_well = False
        is_free = response.isclosed() or response.length == 0
        response.close()
        if ends_well and is_free and not response.will_close:
            self._idle.append(self._connection)
        else:
            self._connection.close()


def asked(connection: HTTPConnection, path: str, headers: Mapping[str, str], idle: Idle) -> DirectAnswer:
    """Return the answer to a request; the connection is closed when there is none."""
    try:
        connection.request("GET", path, headers=headers)
        return DirectAnswer(connection.getresponse(), connection, idle)
    except BaseException:
        connection.close()
        raise
