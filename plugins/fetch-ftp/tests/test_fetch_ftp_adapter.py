"""FTP requests against a real server on the loopback interface, and against servers that misbehave."""

from __future__ import annotations

import ftplib
import hashlib
import os
import socket
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from conda_fetch_ftp.adapter import FtpAdapter
from conda_kernel.errors import CondaError, FetchError
from conda_kernel.hookspecs import DOWNLOADERS, FETCH_ADAPTERS
from conda_kernel.model.credentials import Basic, Bearer, Credential
from conda_kernel.model.fetching import AdapterRequest, Downloaded, FetchRequest
from conda_kernel.model.secret import Secret
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.kernels import make_kernel

with warnings.catch_warnings():
    # On Python 3.11 it uses modules that are deprecated there.
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

BODY = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(BODY).hexdigest()


class Served:
    """A folder behind a server, for everybody and for the user `me`."""

    def __init__(self, folder: str, **settings: Any) -> None:
        authorizer = DummyAuthorizer()
        authorizer.add_anonymous(folder)
        authorizer.add_user("me", "p@ss w:rd", folder)
        handler = type(
            "Handler",
            (FTPHandler,),
            {"authorizer": authorizer, "banner": "ready", "auth_failed_timeout": 0, **settings},
        )
        self._server = FTPServer(("127.0.0.1", 0), handler)
        self.url = f"ftp://127.0.0.1:{self._server.address[1]}"
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ending.is_set():
            self._server.serve_forever(timeout=0.02, blocking=False, handle_exit=False)

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()
        self._server.close_all()


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> str:
    folder = tmp_path / "served" / "c" / "noarch"
    folder.mkdir(parents=True)
    (folder / "a.conda").write_bytes(BODY)
    (folder / "a b%.txt").write_bytes(b"content")
    return str(tmp_path / "served")


@pytest.fixture(name="server")
def _server(folder: str) -> Iterator[Served]:
    server = Served(folder)
    yield server
    server.stop()


@pytest.fixture(name="adapter")
def _adapter(tmp_path: Path) -> FtpAdapter:
    return FtpAdapter(make_kernel(tmp_path, settings={"remote_connect_timeout_secs": 5, "remote_read_timeout_secs": 5}))


def answer(adapter: FtpAdapter, url: str, *credentials: Credential, offset: int = 0) -> tuple[int, bytes]:
    with adapter.open(AdapterRequest(url, offset, {}, credentials)) as response:
        return response.status, b"".join(response.chunks())


def failure(adapter: FtpAdapter, url: str, *credentials: Credential) -> FetchError:
    with pytest.raises(FetchError) as caught:
        answer(adapter, url, *credentials)
    assert not isinstance(caught.value.__context__, ftplib.Error)
    return caught.value


def test_a_file_is_read(adapter: FtpAdapter, server: Served) -> None:
    with adapter.open(AdapterRequest(f"{server.url}/c/noarch/a.conda")) as response:
        assert (response.status, response.headers) == (200, {"content-length": str(len(BODY))})
        assert b"".join(response.chunks()) == BODY


def test_a_path_is_decoded(adapter: FtpAdapter, server: Served) -> None:
    assert answer(adapter, f"{server.url}/c/noarch/a%20b%25.txt") == (200, b"content")


def test_a_file_is_read_from_an_offset_on(adapter: FtpAdapter, server: Served) -> None:
    begin = len(BODY) - 10
    with adapter.open(AdapterRequest(f"{server.url}/c/noarch/a.conda", begin)) as response:
        assert (response.status, b"".join(response.chunks())) == (206, BODY[-10:])
        assert response.headers["content-range"] == f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}"
    assert answer(adapter, f"{server.url}/c/noarch/a.conda", offset=len(BODY)) == (416, b"")


def test_a_server_that_cannot_go_on_begins_anew(adapter: FtpAdapter, folder: str) -> None:
    commands = {name: entry for name, entry in FTPHandler.proto_cmds.items() if name != "REST"}
    server = Served(folder, proto_cmds=commands)
    try:
        assert answer(adapter, f"{server.url}/c/noarch/a.conda", offset=7) == (200, BODY)
    finally:
        server.stop()


@pytest.mark.parametrize("path", ["missing", "c", "c/noarch/a.conda/below"])
def test_what_is_no_file_is_not_found(adapter: FtpAdapter, server: Served, path: str) -> None:
    assert answer(adapter, f"{server.url}/{path}") == (404, b"")


def test_a_login_is_shown(adapter: FtpAdapter, server: Served) -> None:
    good = Basic(Secret("me"), Secret("p@ss w:rd"))
    bad = Basic(Secret("me"), Secret("wrong"))

    assert answer(adapter, f"{server.url}/c/noarch/a.conda", good) == (200, BODY)
    assert answer(adapter, f"{server.url}/c/noarch/a.conda", bad) == (401, b"")


def test_a_token_cannot_be_shown(adapter: FtpAdapter) -> None:
    error = failure(adapter, "ftp://127.0.0.1/c/x", Bearer(Secret("tk")))

    assert error.fields["reason"] == "credentials"


@pytest.mark.parametrize(
    "url", ["ftp://h", "ftp://h/", "ftp://h/a%0D%0ADELE%20b", "ftp://h/%FF", "ftp:///x", "ftp://h:port/x"]
)
def test_no_command_can_be_smuggled_in_by_a_url(adapter: FtpAdapter, url: str) -> None:
    assert failure(adapter, url).fields["reason"] == "url"


def test_a_refused_connection_is_told(adapter: FtpAdapter, closed_port: int) -> None:
    error = failure(adapter, f"ftp://127.0.0.1:{closed_port}/x")

    assert (error.fields["reason"], error.fields["temporary"]) == ("refused", True)


class Scripted:
    """A server that says one line after the other, whatever it is asked, and then hangs up or is silent."""

    def __init__(self, *lines: bytes, silent: bool = False) -> None:
        self._lines = lines
        self._silent = silent
        self._done = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"ftp://127.0.0.1:{self._socket.getsockname()[1]}/c/x"
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            for number, line in enumerate(self._lines):
                if number:
                    connection.recv(1024)
                connection.sendall(line + b"\r\n")
            if self._silent:
                self._done.wait(20)
            elif self._lines:
                connection.recv(1024)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()


@pytest.mark.parametrize(
    ("lines", "reason", "temporary"),
    [
        ((b"220 ready", b"331 go on"), "connection", True),
        ((), "connection", True),
        ((b"hello",), "reply", False),
        ((b"220 ready", b"500 secret me"), "reply", False),
        ((b"220 ready", b"400 later"), "reply", True),
        ((b"220 ready", b"331 go on", b"230 in", b"200 ok", b"213 5", b"227 nonsense"), "reply", False),
    ],
)
def test_a_server_that_misbehaves_is_told(
    adapter: FtpAdapter, lines: tuple[bytes, ...], reason: str, temporary: bool
) -> None:
    with Scripted(*lines) as server:
        error = failure(adapter, server.url)

    assert (error.fields["reason"], error.fields["temporary"]) == (reason, temporary)
    assert "secret" not in repr((str(error), error.hint, error.fields))


@pytest.mark.parametrize("line", [b"421 too many", b"530 not you"])
def test_a_server_that_turns_everybody_away_has_a_status(adapter: FtpAdapter, line: bytes) -> None:
    with Scripted(line) as server:
        assert answer(adapter, server.url) == ({b"421": 503, b"530": 401}[line[:3]], b"")


def test_a_silent_server_is_told(tmp_path: Path) -> None:
    adapter = FtpAdapter(make_kernel(tmp_path, settings={"remote_read_timeout_secs": 0.05}))
    with Scripted(b"220 ready", silent=True) as server:
        error = failure(adapter, server.url)

    assert (error.fields["reason"], error.fields["temporary"]) == ("timeout", True)


def fetched(tmp_path: Path, url: str, **fields: Any) -> Downloaded:
    kernel = make_kernel(tmp_path, settings={"remote_max_retries": 0})
    (outcome,) = kernel.driver(DOWNLOADERS).fetch([FetchRequest(url, str(tmp_path / "to" / "x"), **fields)])
    return outcome


def test_the_download_engine_resumes_by_ftp(tmp_path: Path, server: Served) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "x.partial").write_bytes(BODY[:1000])
    outcome = fetched(tmp_path, f"{server.url}/c/noarch/a.conda", size=len(BODY), sha256=SHA256)

    assert (outcome.error, outcome.sha256) == (None, SHA256)
    assert sorted(os.listdir(tmp_path / "to")) == ["x"]


def test_a_file_that_breaks_off_is_no_file(tmp_path: Path, folder: str) -> None:
    server = Served(folder, ftp_RETR=half_sent)
    try:
        outcome = fetched(tmp_path, f"{server.url}/c/noarch/a.conda")
    finally:
        server.stop()

    assert isinstance(outcome.error, CondaError)
    assert outcome.error.fields["reason"] == "truncated"
    assert os.listdir(tmp_path / "to") == []


def half_sent(handler: Any, file: str) -> Any:
    """Send the first half of a file only."""
    half = f"{file}.half"
    with open(file, "rb") as whole, open(half, "wb") as other:
        other.write(whole.read()[: len(BODY) // 2])
    return FTPHandler.ftp_RETR(handler, half)


def test_the_login_of_a_url_reaches_the_server_and_no_error(tmp_path: Path, server: Served) -> None:
    url = f"{server.url}/c/noarch/a.conda"
    good = fetched(tmp_path, url, access=Secret(url.replace("://", "://me:p%40ss%20w%3Ard@")))
    bad = fetched(tmp_path, url, access=Secret(url.replace("://", "://me:hunter2@")))

    assert good.error is None
    assert str(bad.error) == f"`{url}` does not accept the login or token that it was shown (status 401)"
    assert "hunter2" not in repr((bad, bad.error))


def test_a_channel_may_lie_on_an_ftp_server(tmp_path: Path, folder: str, server: Served) -> None:
    channel = ChannelBuilder(os.path.join(folder, "c"))
    channel.add("a", "1.0", noarch="generic", files={"share/a": "a"})
    channel.write()
    url = f"{server.url}/c".replace("://", "://me:p%40ss%20w%3Ard@")
    ended = Conda(tmp_path)("create", "-y", "-p", os.fspath(tmp_path / "env"), "-c", url, "a")

    assert ended.status == 0, ended.stderr
    assert (tmp_path / "env" / "share" / "a").read_text() == "a"


def test_the_scheme_has_the_adapter(tmp_path: Path) -> None:
    assert make_kernel(tmp_path).find(FETCH_ADAPTERS, "ftp").distribution == "conda-fetch-ftp"
