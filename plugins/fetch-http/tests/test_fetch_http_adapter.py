"""HTTP requests against real servers on the loopback interface."""

from __future__ import annotations

import base64
import gc
import importlib
import logging
import os
import platform
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conda_fetch_http.adapter import HttpAdapter
from conda_fetch_http.address import Address
from conda_fetch_http.failures import connection_failure
from conda_fetch_http.identity import user_agent
from conda_kernel.errors import FetchError, SettingError
from conda_kernel.hookspecs import DOWNLOADERS, ERROR_HINTS, FETCH_ADAPTERS, REQUEST_HEADERS, SESSION_HEADERS
from conda_kernel.kernel import Kernel
from conda_kernel.model.credentials import Basic, Bearer, Credential, Header, PathToken
from conda_kernel.model.event import Warned
from conda_kernel.model.fetching import AdapterRequest, FetchRequest
from conda_kernel.model.secret import Secret
from conda_kernel.plugin import Plugin
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import (
    ChannelServer,
    Drop,
    Hold,
    Redirect,
    RequireToken,
    Respond,
    Rule,
    Truncate,
    require_basic,
)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> str:
    (tmp_path / "served" / "c").mkdir(parents=True)
    (tmp_path / "served" / "c" / "x").write_bytes(b"0123456789")
    return str(tmp_path / "served")


@pytest.fixture(name="adapter", params=["direct", "session"])
def _adapter(tmp_path: Path, request: pytest.FixtureRequest) -> HttpAdapter:
    """Both ways have to be the same to whoever asks."""
    return one_way(HttpAdapter(make_kernel(tmp_path)), request.param)


def one_way(adapter: HttpAdapter, way: str) -> HttpAdapter:
    """Return the adapter, which makes all requests in sessions, or only those that have to be."""
    if way == "session":
        adapter._direct = None
    return adapter


WAYS = pytest.mark.parametrize("way", ["direct", "session"])


def answer(adapter: HttpAdapter, request: AdapterRequest) -> tuple[int, bytes]:
    with adapter.open(request) as response:
        return response.status, b"".join(response.chunks())


def failure(adapter: HttpAdapter, request: AdapterRequest) -> FetchError:
    with pytest.raises(FetchError) as caught:
        answer(adapter, request)
    return caught.value


def with_login(url: str, user: str, password: str) -> AdapterRequest:
    return AdapterRequest(url, credentials=(Basic(Secret(user), Secret(password)),))


def test_a_file_is_asked_for_as_it_is(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as server:
        request = AdapterRequest(f"{server.url}/c/x", headers={"if-none-match": '"1"'})
        with adapter.open(request) as response:
            found = response.status, response.headers["content-length"], b"".join(response.chunks())

    headers = server.requests[0].headers
    assert found == (200, "10", b"0123456789")
    assert (headers["accept-encoding"], headers["if-none-match"]) == ("identity", '"1"')
    assert "authorization" not in headers


def test_the_user_agent_says_who_asks(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as server:
        answer(adapter, AdapterRequest(f"{server.url}/c/x"))

    products = server.requests[0].headers["user-agent"].split(" ")
    assert [product.partition("/")[0] for product in products][:3] == ["conda", "CPython", "Linux"]
    assert all(product.partition("/")[2] for product in products)


def test_the_user_agent_names_python_and_the_system_as_python_does() -> None:
    products = dict(product.split("/") for product in user_agent().split(" "))
    library, version = platform.libc_ver()
    assert products[platform.python_implementation()] == platform.python_version()
    assert products[platform.system()] == platform.release()
    assert products.get(library, "") == version
    release = platform.freedesktop_os_release()
    assert products[release["ID"]] == release.get("VERSION_ID", "unknown")


PLUGIN = """
from conda_kernel.model.credentials import Header
from conda_kernel.model.secret import Secret

def headers(host):
    if host.startswith("localhost"):
        raise RuntimeError("not for this one")
    given = {"X-Team": host, "Host": "evil", "accept": "text/plain", "Sec-X": "1", "x-split": "a\\r\\nb"}
    return tuple(Header(name, Secret(value)) for name, value in given.items())
"""


def test_plugins_add_headers_for_a_host_and_break_no_request(folder: str, tmp_path: Path) -> None:
    module = tmp_path / "headers_for_tests.py"
    module.write_text(PLUGIN)
    plugin = Plugin(
        SESSION_HEADERS.group, "team", "headers_for_tests:headers", distribution="conda-team", version="1.0"
    )
    kernel = make_kernel(tmp_path, plugins=[plugin])
    adapter = HttpAdapter(kernel)
    sys.path.insert(0, str(tmp_path))
    try:
        with ChannelServer(folder) as other:
            to_other = Redirect(f"http://localhost:{other.port}/c/")
            with ChannelServer(folder, {"/old/": to_other}) as server:
                for _ in range(2):
                    assert answer(adapter, AdapterRequest(f"{server.url}/old/x")) == (200, b"0123456789")
    finally:
        sys.path.remove(str(tmp_path))

    sent, elsewhere = server.requests[0].headers, other.requests[0].headers
    assert (sent["x-team"], sent["host"], sent["accept"]) == (server.url[7:], server.url[7:], "text/plain")
    assert "x-team" not in elsewhere
    assert not {"sec-x", "x-split"} & sent.keys()
    assert isinstance(kernel.reporter, RecordingReporter)
    warned = [event.text for event in kernel.reporter.events if isinstance(event, Warned)]
    assert [text.split("`")[1] for text in warned[:3]] == ["host", "sec-x", "x-split"]
    assert "conda-team 1.0" in warned[3]
    assert len(warned) == 4


def in_folders(kernel: Kernel, folder: str, *paths: str) -> list[dict[str, str]]:
    """Return the headers of the team that requests for files below a folder are made with."""
    adapter = HttpAdapter(kernel)
    with ChannelServer(folder) as server:
        for path in paths:
            answer(adapter, AdapterRequest(f"{server.url}{path}"))
    return [
        {name: value for name, value in asked.headers.items() if name.startswith("x-")} for asked in server.requests
    ]


def test_the_settings_add_headers_for_a_host_or_a_part_of_it(folder: str, tmp_path: Path) -> None:
    places = {"127.0.0.1": ["X-Wide: 1", "X-Both: wide"], "127.0.0.1/c/deep": ["X-Both: deep: 2"], "h": ["X-No: 1"]}
    kernel = make_kernel(tmp_path, settings={"request_headers": places})
    assert in_folders(kernel, folder, "/c/x", "/c/deep/x", "/c/deeper/x", "/x") == [
        {"x-wide": "1", "x-both": "wide"},
        {"x-wide": "1", "x-both": "deep: 2"},
        {"x-wide": "1", "x-both": "wide"},
        {"x-wide": "1", "x-both": "wide"},
    ]


def test_a_setting_of_headers_may_name_the_port(folder: str, tmp_path: Path) -> None:
    with ChannelServer(folder) as other:
        places = {f"127.0.0.1:{other.port}": ["X-Port: 1"], "localhost": ["X-Name: 1"]}
        adapter = HttpAdapter(make_kernel(tmp_path, settings={"request_headers": places}))
        to_other = {"/here/": Redirect(f"{other.url}/c/"), "/named/": Redirect(f"http://localhost:{other.port}/c/")}
        with ChannelServer(folder, to_other) as server:
            answer(adapter, AdapterRequest(f"{server.url}/here/x"))
            answer(adapter, AdapterRequest(f"{server.url}/named/x"))

    assert [asked.headers.get("x-port") for asked in (*server.requests, *other.requests)] == [None, None, "1", None]
    assert [asked.headers.get("x-name") for asked in (*server.requests, *other.requests)] == [None, None, None, "1"]


@pytest.mark.parametrize(
    "places", [{"https://h.example": ["X-A: 1"]}, {"/path": ["X-A: 1"]}, {"h.example": ["no header"]}, {"h": 3}]
)
def test_a_setting_of_headers_that_cannot_be_is_told(folder: str, tmp_path: Path, places: object) -> None:
    kernel = make_kernel(tmp_path, settings={"request_headers": places})
    with pytest.raises(SettingError, match=r"`request_headers` cannot be .*: expected"):
        in_folders(kernel, folder, "/c/x")


FOLDER_PLUGIN = """
from conda_kernel.model.credentials import Header
from conda_kernel.model.secret import Secret

asked = []

def headers(folder, host):
    asked.append(folder)
    given = {"X-Folder": folder, "Cookie": "1", "range": "bytes=0-0", "User-Agent": "someone"}
    return tuple(Header(name, Secret(value)) for name, value in given.items())
"""


def test_plugins_add_headers_for_a_folder_and_never_learn_the_token(folder: str, tmp_path: Path) -> None:
    module = tmp_path / "folder_headers_for_tests.py"
    module.write_text(FOLDER_PLUGIN)
    targets = {
        REQUEST_HEADERS.group: "folder_headers_for_tests:headers",
        SESSION_HEADERS.group: "conda_fetch_http.identity:user_agent_header",
    }
    plugins = [
        Plugin(group, "team", target, distribution="conda-team", version="1.0") for group, target in targets.items()
    ]
    adapter = HttpAdapter(make_kernel(tmp_path, plugins=plugins))
    token = (PathToken(Secret("tk-1"), 0),)
    sys.path.insert(0, str(tmp_path))
    try:
        with ChannelServer(folder) as other:
            to_other = Redirect(f"http://localhost:{other.port}/c/")
            with ChannelServer(folder, {"/t/tk-1/c/": RequireToken("tk-1"), "/t/tk-1/old/": to_other}) as server:
                for _ in range(2):
                    assert answer(adapter, AdapterRequest(f"{server.url}/c/x", 3, credentials=token))[0] == 206
                answer(adapter, AdapterRequest(f"{server.url}/old/x", credentials=token))
        asked = importlib.import_module("folder_headers_for_tests").asked
    finally:
        sys.path.remove(str(tmp_path))

    assert [each.headers["x-folder"] for each in (*server.requests, *other.requests)] == ["/c", "/c", "/old", "/c"]
    assert asked == ["/c", "/old", "/c"]
    first = server.requests[0].headers
    assert (first["range"], first["user-agent"], first.get("cookie")) == ("bytes=3-", "someone", None)


def test_a_part_is_asked_for(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as server, adapter.open(AdapterRequest(f"{server.url}/c/x", offset=7)) as response:
        found = response.status, response.headers["content-range"], b"".join(response.chunks())

    assert found == (206, "bytes 7-9/10", b"789")


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br"])
def test_a_body_comes_as_it_was_sent_whatever_it_is_encoded_with(
    folder: str, adapter: HttpAdapter, encoding: str
) -> None:
    with ChannelServer(folder, {"/": Respond(200, {"Content-Encoding": encoding}, b"no such stream")}) as server:
        assert answer(adapter, AdapterRequest(f"{server.url}/c/x")) == (200, b"no such stream")


@WAYS
def test_connections_are_closed_at_the_end(folder: str, tmp_path: Path, way: str) -> None:
    kernel = make_kernel(tmp_path)
    adapter = one_way(HttpAdapter(kernel), way)
    login = (Basic(Secret("me"), Secret("pw")),)
    with ChannelServer(folder) as server:
        for credentials in ((), login):
            answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=credentials))
        before = connections_to(server)
        kernel.end()
        assert (len(before), connections_to(server)) == ({"direct": 1, "session": 2}[way], [])


def connections_to(server: ChannelServer) -> list[socket.socket]:
    """Return the sockets of this process that are connected to a server."""
    found = []
    for each in gc.get_objects():
        if isinstance(each, socket.socket) and each.fileno() >= 0:
            try:
                found += [each] if each.getpeername()[1] == server.port else []
            except OSError:
                continue
    return found


def test_each_thread_has_a_connection_of_its_own_while_it_reads(folder: str, adapter: HttpAdapter) -> None:
    held = [Hold(after=2), Hold(after=2)]
    with ChannelServer(folder, {"/c/x": held[0], "/c/y": held[1]}) as server:
        Path(folder, "c", "y").write_bytes(b"0123456789")
        with (
            adapter.open(AdapterRequest(f"{server.url}/c/x")) as one,
            adapter.open(AdapterRequest(f"{server.url}/c/y")) as other,
        ):
            held[1].release()
            assert b"".join(other.chunks()) == b"0123456789"
            held[0].release()
            assert b"".join(one.chunks()) == b"0123456789"
        assert server.connections == 2
        server.rules.clear()
        with (
            adapter.open(AdapterRequest(f"{server.url}/c/x")) as one,
            adapter.open(AdapterRequest(f"{server.url}/c/y")) as other,
        ):
            assert b"".join(one.chunks()) == b"".join(other.chunks())
    assert server.connections == 2


def test_a_connection_is_used_again(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as server:
        for _ in range(3):
            answer(adapter, AdapterRequest(f"{server.url}/c/x"))

    assert (server.connections, len(server.requests)) == (1, 3)


def test_hosts_that_are_asked_in_turn_have_a_connection_each(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as one, ChannelServer(folder) as other:
        for _ in range(3):
            for server in (one, other, other):
                assert answer(adapter, AdapterRequest(f"{server.url}/c/x")) == (200, b"0123456789")

    assert [(each.connections, len(each.requests)) for each in (one, other)] == [(1, 3), (1, 6)]


@pytest.mark.parametrize(
    "rule", [Respond(404, body=b"not here"), Respond(304), Redirect("/c/")], ids=["404", "304", "redirect"]
)
def test_a_connection_is_used_again_after_an_answer_that_nobody_reads(
    folder: str, adapter: HttpAdapter, rule: Rule
) -> None:
    with ChannelServer(folder, {"/old/": rule}) as server:
        for name in ("old", "c", "old", "c"):
            with adapter.open(AdapterRequest(f"{server.url}/{name}/x")):
                pass

    assert server.connections == 1


def test_a_long_answer_that_nobody_wants_is_not_waited_for(folder: str, adapter: HttpAdapter) -> None:
    hold = Hold(5, Respond(404, {}, b"x" * 100_000))
    with ChannelServer(folder, {"/": hold}) as server, adapter.open(AdapterRequest(f"{server.url}/c/x")) as response:
        assert response.status == 404


def test_cookies_stay_with_the_credentials_that_have_earned_them(folder: str, adapter: HttpAdapter) -> None:
    login = with_login("", "me", "hunter2").credentials
    with ChannelServer(folder, {"/c/": Respond(200, {"Set-Cookie": "session=1; Path=/"}, b"")}) as server:
        for credentials in (login, login, ()):
            answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=credentials))

    assert [request.headers.get("cookie") for request in server.requests] == [None, "session=1", None]


def test_a_cookie_that_a_file_has_earned_goes_with_the_next_of_its_folder(folder: str, adapter: HttpAdapter) -> None:
    rules: dict[str, Rule] = {"/c/y": Respond(200, {"Set-Cookie": "session=1; Path=/c"}, b"")}
    with ChannelServer(folder, rules) as server:
        for name in ("x", "x", "y", "x"):
            answer(adapter, AdapterRequest(f"{server.url}/c/{name}"))

    assert [request.headers.get("cookie") for request in server.requests] == [None, None, None, "session=1"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("y", "/c/y"),
        ("1!2+3~4=5_6.7-8", "/c/1!2+3~4=5_6.7-8"),
        ("%41%2f", "/c/A%2F"),
        ("a b", "/c/a%20b"),
        ("é", "/c/%C3%A9"),
        ("..", "/"),
        (".", "/c/"),
        ("", "/c/"),
        ("y?q=x", "/c/y?q=x"),
        ("y#x", "/c/y"),
    ],
)
def test_a_file_is_asked_for_by_its_name_when_others_of_its_folder_were(
    folder: str, adapter: HttpAdapter, name: str, path: str
) -> None:
    with ChannelServer(folder, {"/": Respond(200)}) as server:
        for each in ("x", name, "x"):
            answer(adapter, AdapterRequest(f"{server.url}/c/{each}"))

    assert [request.path for request in server.requests] == ["/c/x", path, "/c/x"]


def test_hosts_without_a_folder_are_not_mistaken_for_each_other(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": Respond(200)}) as one, ChannelServer(folder, {"/": Respond(200)}) as other:
        for server in (one, other, one):
            answer(adapter, AdapterRequest(server.url))

    assert (len(one.requests), len(other.requests)) == (2, 1)


def test_files_of_a_folder_are_shown_their_own_credentials(folder: str, adapter: HttpAdapter) -> None:
    shown: list[tuple[Credential, ...]] = [
        (Basic(Secret("me"), Secret("pw")),),
        (Bearer(Secret("tk-1")),),
        (PathToken(Secret("tk-2")),),
        (),
    ]
    with ChannelServer(folder, {"/": Respond(200)}) as server:
        for _ in range(2):
            for number, credentials in enumerate(shown):
                answer(adapter, AdapterRequest(f"{server.url}/c/{number}", credentials=credentials))

    asked = [
        (request.path, (request.headers.get("authorization") or "").partition(" ")[0]) for request in server.requests
    ]
    assert asked == [("/c/0", "Basic"), ("/c/1", "Bearer"), ("/t/tk-2/c/2", ""), ("/c/3", "")] * 2


def test_a_login_is_sent_as_a_header(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": require_basic("me@home", "p:w/d")}) as server:
        url = f"{server.url}/c/x"
        assert answer(adapter, with_login(url, "me@home", "p:w/d")) == (200, b"0123456789")
        assert answer(adapter, AdapterRequest(url))[0] == 401


def test_a_redirect_on_the_same_host_keeps_the_login(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": require_basic("me", "pw")}) as server:
        server.rules["/old/"] = Redirect("/c/")
        url = f"{server.url}/old/x"
        assert answer(adapter, with_login(url, "me", "pw")) == (200, b"0123456789")
        server.rules["/old/"] = Redirect(f"{server.url}/c/")
        assert answer(adapter, with_login(url, "me", "pw")) == (200, b"0123456789")


def test_a_redirect_to_another_host_carries_neither_login_nor_token(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as other, ChannelServer(folder) as server:
        server.rules["/t/tk-1/"] = require_basic("me", "pw", then=Redirect(f"{other.url}/t/tk-1/"))
        credentials = Basic(Secret("me"), Secret("pw")), PathToken(Secret("tk-1"))
        found = answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=credentials))

    assert found == (200, b"0123456789")
    assert other.requests[0].path == "/c/x"
    assert "authorization" not in other.requests[0].headers


def test_a_login_does_not_come_back_after_another_host(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as other, ChannelServer(folder) as server:
        other.rules["/"] = Redirect(f"{server.url}/")
        server.rules["/away/"] = Redirect(f"{other.url}/")
        url = f"{server.url}/away/c/x"
        answer(adapter, with_login(url, "me", "pw"))

    assert "authorization" in server.requests[0].headers
    assert "authorization" not in server.requests[1].headers


def test_a_login_in_a_redirect_is_not_used(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder) as other, ChannelServer(folder) as server:
        server.rules["/"] = Redirect(f"http://a:b@127.0.0.1:{other.port}/")
        answer(adapter, AdapterRequest(f"{server.url}/c/x"))

    assert "authorization" not in other.requests[0].headers


def test_redirects_without_an_end_are_given_up(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": Redirect("/")}) as server:
        error = failure(adapter, AdapterRequest(f"{server.url}/c/x"))

    assert str(error) == f"`{server.url}/c/x` is redirected more than 10 times"
    assert len(server.requests) == 11


@pytest.mark.parametrize("target", ["file:///etc/", "ftp://127.0.0.1/", "http://[::1/", "http://a b/"])
def test_a_redirect_leads_to_no_other_scheme(folder: str, adapter: HttpAdapter, target: str) -> None:
    with ChannelServer(folder, {"/": Redirect(target)}) as server:
        error = failure(adapter, AdapterRequest(f"{server.url}/c/x"))

    assert error.fields["reason"] == "url"
    assert not error.fields["temporary"]


def test_a_refused_connection_is_told(folder: str, adapter: HttpAdapter, closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}/c/x"
    error = failure(adapter, AdapterRequest(url))

    assert str(error) == f"the host `127.0.0.1` refuses connections for `{url}`"
    assert (error.fields["reason"], error.fields["temporary"]) == ("refused", True)
    assert "--offline" in error.hint


def test_a_host_that_cannot_be_is_told(adapter: HttpAdapter) -> None:
    error = failure(adapter, AdapterRequest(f"http://{'y' * 64}.invalid/c/x"))

    assert error.fields["reason"] == "url"


def test_a_name_that_does_not_resolve_is_told(adapter: HttpAdapter) -> None:
    cause = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    error = connection_failure(wrapped(cause), "http://nowhere.invalid/c/x")
    late = connection_failure(wrapped(socket.gaierror(socket.EAI_AGAIN, "later")), "http://nowhere.invalid/c/x")

    assert str(error) == "the host `nowhere.invalid` of `http://nowhere.invalid/c/x` is not known"
    assert (error.fields["reason"], error.fields["temporary"]) == ("name resolution", False)
    assert late.fields["temporary"]
    assert "name of the channel" in error.hint


def wrapped(cause: Exception) -> Exception:
    """Return an exception as libraries chain them."""
    error = ConnectionError("outer")
    error.__cause__ = cause
    return error


def test_a_dropped_connection_is_told(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": Drop()}) as server:
        error = failure(adapter, AdapterRequest(f"{server.url}/c/x"))

    assert (error.fields["reason"], error.fields["temporary"]) == ("connection", True)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [(Drop, "connection"), (lambda: Truncate(0), "truncated"), (lambda: Hold(-1), "timeout")],
    ids=["drop", "truncate", "hold"],
)
@WAYS
def test_a_failure_of_a_server_that_has_answered_before_is_told_as_any_other(
    folder: str, tmp_path: Path, rule: Callable[[], Rule], reason: str, way: str
) -> None:
    adapter = one_way(HttpAdapter(make_kernel(tmp_path, settings={"remote_read_timeout_secs": 0.5})), way)
    with ChannelServer(folder) as server:
        request = AdapterRequest(f"{server.url}/c/x")
        answer(adapter, request)
        server.rules["/"] = rule()
        error = failure(adapter, request)
        server.rules.clear()
        assert answer(adapter, request) == (200, b"0123456789")

    assert (error.fields["reason"], error.fields["temporary"]) == (reason, True)
    # It may just have closed a connection that it had kept: then it is asked once more.
    assert len(server.requests) == (4 if (way, reason) == ("direct", "connection") else 3)


def test_a_connection_that_a_server_has_given_up_is_made_anew(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": Respond(200, {"Connection": "close"}, b"1")}) as server:
        for _ in range(3):
            assert answer(adapter, AdapterRequest(f"{server.url}/c/x")) == (200, b"1")

    assert len(server.requests) == 3


def test_a_redirect_of_a_server_that_has_answered_before_is_followed_without_credentials(
    folder: str, adapter: HttpAdapter
) -> None:
    with ChannelServer(folder) as other, ChannelServer(folder) as server:
        credentials = (Basic(Secret("me"), Secret("pw")),)
        for _ in range(2):
            answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=credentials))
        server.rules["/c/"] = Redirect(f"{other.url}/c/")
        for _ in range(2):
            assert answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=credentials))[0] == 200

    assert [request.headers["authorization"][:6] for request in server.requests] == ["Basic "] * 4
    assert ["authorization" in request.headers for request in other.requests] == [False, False]


def test_a_header_that_comes_twice_is_one(folder: str, adapter: HttpAdapter) -> None:
    with ChannelServer(folder, {"/": Respond(200, {"X-A": "1", "x-a": "2"}, b"")}) as server:
        for _ in range(2):
            with adapter.open(AdapterRequest(f"{server.url}/c/x")) as response:
                assert response.headers["x-a"] == "1, 2"


def test_a_body_that_breaks_off_is_told_after_what_has_come(folder: str, adapter: HttpAdapter) -> None:
    received: list[bytes] = []
    with (
        ChannelServer(folder, {"/": Truncate(4)}) as server,
        pytest.raises(FetchError) as caught,
        adapter.open(AdapterRequest(f"{server.url}/c/x")) as response,
    ):
        received.extend(response.chunks())

    assert b"".join(received) == b"0123"
    assert (caught.value.fields["reason"], caught.value.fields["temporary"]) == ("truncated", True)


@pytest.mark.parametrize("after", [-1, 4])
@WAYS
def test_a_silent_server_is_told(folder: str, tmp_path: Path, after: int, way: str) -> None:
    adapter = one_way(HttpAdapter(make_kernel(tmp_path, settings={"remote_read_timeout_secs": 0.05})), way)
    with ChannelServer(folder, {"/": Hold(after)}) as server:
        error = failure(adapter, AdapterRequest(f"{server.url}/c/x"))

    assert str(error) == "the host `127.0.0.1` was silent for too long"
    assert (error.fields["reason"], error.fields["temporary"]) == ("timeout", True)


def test_no_secret_is_in_an_error_nor_in_what_it_came_from(adapter: HttpAdapter, closed_port: int) -> None:
    place = f"127.0.0.1:{closed_port}"
    credentials = Basic(Secret("me"), Secret("pa55word")), PathToken(Secret("tk-1"))
    error = failure(adapter, AdapterRequest(f"http://{place}/c/x", credentials=credentials))

    assert (error.__cause__, error.__context__) == (None, None)
    assert "pa55word" not in repr((str(error), error.fields, error.hint))
    assert "tk-1" not in repr((str(error), error.fields, error.hint))


def test_a_proxy_of_the_environment_is_used(folder: str, tmp_path: Path) -> None:
    with ChannelServer(folder, {"http://": Respond(200, {}, b"by proxy")}) as proxy:
        adapter = HttpAdapter(make_kernel(tmp_path, environ={"HTTP_PROXY": proxy.url, "NO_PROXY": "localhost"}))
        assert answer(adapter, AdapterRequest("http://far.invalid/c/x")) == (200, b"by proxy")

    assert proxy.requests[0].path == "http://far.invalid/c/x"


def test_a_proxy_that_cannot_be_used_is_told(tmp_path: Path, closed_port: int) -> None:
    proxy = f"http://127.0.0.1:{closed_port}"
    adapter = HttpAdapter(make_kernel(tmp_path, environ={"https_proxy": proxy}))
    error = failure(adapter, AdapterRequest("https://far.invalid/c/x"))

    assert error.fields["reason"] == "proxy"
    assert str(error).startswith("the proxy on the way to `https://far.invalid/c/x` cannot be used")
    assert "HTTPS_PROXY" in error.hint


@pytest.mark.parametrize("status", [206, 304, 401, 403, 404, 407, 418, 429, 500, 503])
def test_there_is_advice_on_a_status(folder: str, tmp_path: Path, status: int) -> None:
    kernel = make_kernel(tmp_path, settings={"remote_max_retries": 0})
    with ChannelServer(folder, {"/": Respond(status)}) as server:
        (outcome,) = kernel.driver(DOWNLOADERS).fetch([FetchRequest(f"{server.url}/x", str(tmp_path / "x"))])
    assert outcome.error is not None

    (hint,) = kernel.call(ERROR_HINTS.on(type(outcome.error).__name__), error=outcome.error)
    assert hint


@pytest.mark.parametrize("known", ["", "import charset_normalizer as before\n"])
def test_the_library_is_loaded_without_what_guesses_encodings(known: str) -> None:
    code = f"""
{known}
import sys
import conda_fetch_http.sessions
assert ("charset_normalizer" in sys.modules) == {bool(known)}
import charset_normalizer
assert charset_normalizer.from_bytes(b"abc")
import requests
answer = requests.Response()
answer._content = b"abc"
assert answer.text == "abc"
"""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_both_schemes_have_the_adapter(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)

    assert [kernel.find(FETCH_ADAPTERS, scheme).distribution for scheme in ("http", "https")] == [
        "conda-fetch-http"
    ] * 2


def test_the_environment_of_the_process_does_not_count(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    os.chmod(tmp_path / "netrc", 0o600)
    with ChannelServer(folder) as server:
        assert answer(HttpAdapter(make_kernel(tmp_path)), AdapterRequest(f"{server.url}/c/x"))[0] == 200

    assert "authorization" not in server.requests[0].headers


def sent(folder: str, adapter: HttpAdapter, *credentials: Credential) -> Mapping[str, str]:
    """Return the headers that come with a request."""
    with ChannelServer(folder) as server:
        assert answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=credentials))[0] == 200
    return server.requests[0].headers


def test_a_token_is_sent_as_a_header(folder: str, adapter: HttpAdapter) -> None:
    assert sent(folder, adapter, Bearer(Secret("tk-1")))["authorization"] == "Bearer tk-1"


def test_a_header_of_any_name_is_sent(folder: str, adapter: HttpAdapter) -> None:
    assert sent(folder, adapter, Header("X-Key", Secret("k")))["x-key"] == "k"


def test_a_login_beyond_ascii_is_sent_as_utf_8(folder: str, adapter: HttpAdapter) -> None:
    header = sent(folder, adapter, Basic(Secret("größe"), Secret("пароль")))["authorization"]

    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "größe:пароль"


@pytest.mark.parametrize(
    ("place", "path"), [(0, "/t/tk-1/a/c/x"), (1, "/a/t/tk-1/c/x"), (9, "/a/c/x/t/tk-1"), (2, "/a/c/t/tk-1/x")]
)
def test_a_token_stands_at_its_place_in_the_path(folder: str, adapter: HttpAdapter, place: int, path: str) -> None:
    with ChannelServer(folder) as server:
        answer(adapter, AdapterRequest(f"{server.url}/a/c/x", credentials=(PathToken(Secret("tk-1"), place),)))

    assert server.requests[0].path == path


@pytest.mark.parametrize("text", ["tk\r\nX-Evil: 1", "größe€"])
def test_credentials_that_cannot_be_sent_are_told_without_them(folder: str, adapter: HttpAdapter, text: str) -> None:
    with ChannelServer(folder) as server:
        error = failure(adapter, AdapterRequest(f"{server.url}/c/x", credentials=(Bearer(Secret(text)),)))

    assert error.fields["reason"] == "credentials"
    assert text not in repr((str(error), error.hint, error.fields))
    assert server.requests == []


@pytest.mark.parametrize("credential", [Bearer(Secret("tk-1")), Header("X-Key", Secret("k"))])
def test_no_header_goes_along_to_another_host(folder: str, adapter: HttpAdapter, credential: Credential) -> None:
    with ChannelServer(folder) as other, ChannelServer(folder) as server:
        server.rules["/"] = Redirect(f"{other.url}/")
        answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=(credential,)))

    assert not {"authorization", "x-key"} & other.requests[0].headers.keys()


@pytest.mark.parametrize(
    ("target", "is_kept"),
    [
        ("/other", True),
        ("https://h.example/other", True),
        ("https://h.example:443/other", True),
        ("https://h.example:8443/other", False),
        ("http://h.example/other", False),
        ("//evil.example/other", False),
        ("https://h.example.evil.example/other", False),
        ("https://evil.example@h.example.evil/other", False),
        ("https://h.example@evil.example/other", False),
        ("https://h.example:0443/other", True),
        ("https://H.EXAMPLE/other", True),
    ],
)
def test_credentials_go_along_to_the_same_scheme_host_and_port_alone(target: str, is_kept: bool) -> None:
    login = Basic(Secret("me"), Secret("hunter2"))
    address = Address.of("https://h.example/c/x", (login, PathToken(Secret("tk-1"))))
    led = address.redirected(target)

    assert bool(led.headers) == is_kept
    assert "@" not in led.url


def test_credentials_are_in_no_text_of_an_address() -> None:
    credentials = Basic(Secret("me"), Secret("pa55word")), PathToken(Secret("tk-1"))
    address = Address.of("https://h.example/c/x", credentials)

    assert repr(address) == "Address(<hidden>)"
    assert str(address) == "Address(<hidden>)"


def test_what_the_library_logs_holds_no_token(folder: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    adapter = one_way(HttpAdapter(make_kernel(tmp_path)), "session")
    caplog.set_level(logging.DEBUG)
    with ChannelServer(folder, {"/": Respond(200, {"X": "1"}, b"x")}) as server:
        answer(adapter, AdapterRequest(f"{server.url}/c/x", credentials=(PathToken(Secret("tk-1")),)))

    assert "/t/<hidden>/c/x" in caplog.text
    assert "tk-1" not in caplog.text


def test_a_proxy_of_the_settings_counts_before_the_environment(folder: str, tmp_path: Path) -> None:
    with ChannelServer(folder, {"http://": Respond(200, {}, b"by proxy")}) as proxy:
        settings = {"proxy_servers": {"http": proxy.url, "https": None}}
        adapter = HttpAdapter(make_kernel(tmp_path, settings=settings, environ={"HTTP_PROXY": "http://127.0.0.1:9"}))
        assert answer(adapter, AdapterRequest("http://far.invalid/c/x")) == (200, b"by proxy")


def test_a_proxy_is_shown_the_login_of_its_url(folder: str, tmp_path: Path) -> None:
    with ChannelServer(folder, {"http://": Respond(200, {}, b"by proxy")}) as proxy:
        settings = {"proxy_servers": {"http://far.invalid": f"http://me:pw@127.0.0.1:{proxy.port}"}}
        adapter = HttpAdapter(make_kernel(tmp_path, settings=settings))
        answer(adapter, AdapterRequest("http://far.invalid/c/x"))

    assert proxy.requests[0].headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:pw").decode()


def test_a_proxy_that_wants_a_login_for_its_tunnel_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = f"http://me:hunter2@127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=refuse_tunnel, args=(listening,))
        thread.start()
        adapter = HttpAdapter(make_kernel(tmp_path, settings={"proxy_servers": {"https": proxy}}))
        error = failure(adapter, AdapterRequest("https://far.invalid/c/x"))
        thread.join()

    assert error.fields["reason"] == "proxy"
    assert "407" in str(error)
    assert error.hint.startswith("give the login of the proxy in `proxy_servers`")
    assert "hunter2" not in repr((str(error), error.hint, error.fields))


def refuse_tunnel(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("proxy", ["http://", "http://me:hunter2@127.0.0.1:port", "http://[::1", "http://h:99999"])
def test_a_proxy_that_cannot_be_one_is_told_at_once(tmp_path: Path, proxy: str) -> None:
    with pytest.raises(SettingError, match="that is no URL") as caught:
        HttpAdapter(make_kernel(tmp_path, settings={"proxy_servers": {"http": proxy}}))
    assert "hunter2" not in str(caught.value)


def test_a_kind_of_proxy_that_needs_another_library_is_told(tmp_path: Path) -> None:
    adapter = HttpAdapter(make_kernel(tmp_path, settings={"proxy_servers": {"http": "socks5://127.0.0.1:1"}}))

    error = failure(adapter, AdapterRequest("http://far.invalid/c/x"))

    assert error.fields["reason"] == "proxy"
    assert error.hint.startswith("install `pysocks`")
