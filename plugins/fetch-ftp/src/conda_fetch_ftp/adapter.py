"""Reads `ftp:` URLs, as if an HTTP server answered."""

from __future__ import annotations

import ftplib
from urllib.parse import unquote_to_bytes, urlsplit

from conda_fetch_ftp.failures import connection_failure, no_ftp_url, unsupported_credential
from conda_kernel.model.credentials import Basic
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.settings import CONNECT_TIMEOUT, READ_TIMEOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.fetching import AdapterRequest

CHUNK = 1 << 17
"""Bytes that are handed on at once, at most."""

ANONYMOUS = ("anonymous", "anonymous@")

_STATUSES = {"421": 503, "425": 503, "450": 503, "451": 503, "530": 401, "532": 401, "550": 404, "553": 404}


class Place(NamedTuple):
    """What a URL names: host, port, and the path from the folder on in which a login begins."""

    host: str
    port: int
    path: str


class FtpAdapter:
    """Answers for files of FTP servers: 200, 206 from an offset on, 401, 404, or 503 where a server is busy.

    A login is a `Basic` credential; without one it is the anonymous one. Each file has a connection of its own.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._connect_timeout = kernel.context[CONNECT_TIMEOUT]
        self._read_timeout = kernel.context[READ_TIMEOUT]

    def open(self, request: AdapterRequest) -> FtpResponse:
        """Return the file of a URL; raise `FetchError` when the server does not answer."""
        place = _place(request.url)
        user, password = _login(request)
        client = ftplib.FTP(encoding="utf-8")  # noqa: S321 - whoever names a channel by `ftp:` has chosen
        try:
            client.connect(place.host, place.port, timeout=self._connect_timeout)
            if client.sock is not None:
                client.sock.settimeout(self._read_timeout)
            client.timeout = self._read_timeout
            client.login(user, password)
            return _answer(client, place, request)
        except ftplib.error_reply as error:
            failure = connection_failure(error, request.url)
        except (ftplib.error_temp, ftplib.error_perm) as error:
            status = _STATUSES.get(str(error)[:3])
            if status is not None:
                client.close()
                return FtpResponse(request.url, client, None, status, {})
            failure = connection_failure(error, request.url)
        except (ftplib.Error, OSError, EOFError, ValueError) as error:
            failure = connection_failure(error, request.url)
        except BaseException:
            client.close()
            raise
        client.close()
        # Raised out here: what a server says may repeat the login.
        raise failure


class FtpResponse:
    """The content of a file, or the news that there is none; closed at the end of its `with` block."""

    def __init__(
        self, url: str, client: ftplib.FTP, data: socket.socket | None, status: int, headers: Mapping[str, str]
    ) -> None:
        self.status = status
        self.headers = headers
        self._url = url
        self._client = client
        self._data = data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        self._client.close()

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the file; raise `FetchError` when they break off."""
        while self._data is not None:
            try:
                chunk = self._data.recv(CHUNK)
                if not chunk:
                    self._close()
                    # Only now the server says whether that was all.
                    self._client.voidresp()
            except (ftplib.Error, OSError, EOFError) as error:
                failure = connection_failure(error, self._url, during_transfer=True)
            else:
                if chunk:
                    yield chunk
                continue
            raise failure

    def _close(self) -> None:
        data, self._data = self._data, None
        if data is not None:
            data.close()


def _place(url: str) -> Place:
    parts = urlsplit(url)
    try:
        port = parts.port or ftplib.FTP_PORT
        path = unquote_to_bytes(parts.path.removeprefix("/")).decode("utf-8")
    except ValueError:
        raise no_ftp_url(url) from None
    if not parts.hostname or not path or any(ord(letter) < 32 for letter in path):
        raise no_ftp_url(url)
    return Place(parts.hostname, port, path)


def _login(request: AdapterRequest) -> tuple[str, str]:
    login = ANONYMOUS
    for credential in request.credentials:
        if not isinstance(credential, Basic):
            raise unsupported_credential(request.url)
        login = credential.user.reveal(), credential.password.reveal()
    return login


def _answer(client: ftplib.FTP, place: Place, request: AdapterRequest) -> FtpResponse:
    client.voidcmd("TYPE I")
    total = _size(client, place.path)
    if request.offset and total is not None and request.offset >= total:
        return FtpResponse(request.url, client, None, 416, {})
    offset = request.offset
    try:
        data, announced = client.ntransfercmd(f"RETR {place.path}", offset or None)
    except ftplib.error_perm as error:
        if not offset or str(error)[:3] not in ("500", "501", "502", "504"):
            raise
        offset = 0
        data, announced = client.ntransfercmd(f"RETR {place.path}")
    length = total - offset if total is not None else announced
    headers = {"content-length": str(length)} if length is not None else {}
    if offset:
        headers["content-range"] = f"bytes {offset}-{total - 1 if total else ''}/{total or '*'}"
    return FtpResponse(request.url, client, data, 206 if offset else 200, headers)


def _size(client: ftplib.FTP, path: str) -> int | None:
    """Return the size of a file in bytes; `None` where the server does not tell."""
    try:
        return client.size(path)
    except ftplib.error_perm as error:
        if str(error)[:3] == "550":
            raise
        return None
