"""Logins out of URLs and out of `.netrc`."""

from __future__ import annotations

from pathlib import Path

import pytest

from conda_auth_basic.basic import BasicAuth
from conda_auth_basic.netrc_file import LoginFileUnusable, NetrcAuth
from conda_kernel.hookspecs import AUTH_HANDLERS
from conda_kernel.model.channel import Channel
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.credentials import Basic
from conda_kernel.model.secret import Secret
from conda_testing.kernels import make_kernel

NO_CHANNEL = Channel("c", "https://h.example/c")


def login(user: str, password: str) -> Basic:
    return Basic(Secret(user), Secret(password))


def of_netrc(tmp_path: Path, text: str, url: str = "https://h.example/c/x") -> Basic | None:
    (tmp_path / ".netrc").write_text(text, encoding="utf-8")
    return NetrcAuth(make_kernel(tmp_path)).credentials(NO_CHANNEL, url)


@pytest.mark.parametrize("name", ["basic", "netrc"])
def test_the_handlers_are_found_by_name(tmp_path: Path, name: str) -> None:
    kernel = make_kernel(tmp_path)

    assert kernel.find(AUTH_HANDLERS, name).distribution == "conda-auth-basic"
    assert kernel.driver(AUTH_HANDLERS, name).credentials(NO_CHANNEL, "https://h.example/c/x") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:pw@h.example/c", login("me", "pw")),
        ("https://me%40home:p%3Aw%2F@h.example/c", login("me@home", "p:w/")),
        ("https://me@h.example/c", login("me", "")),
        ("https://h.example/t/tk-1/c", None),
        ("https://h.example/c", None),
    ],
)
def test_the_login_of_a_channel_is_that_of_its_url(tmp_path: Path, text: str, expected: Basic | None) -> None:
    channel = Channel.parse(text, ChannelSettings())

    assert BasicAuth(make_kernel(tmp_path)).credentials(channel, "https://h.example/c/x") == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h.example/c/x", login("me", "pw")),
        ("https://H.example:443/c/x", login("me", "pw")),
        ("https://h.example:8443/c/x", login("other", "port")),
        ("https://h.example:9/c/x", login("me", "pw")),
        ("https://sub.h.example/c/x", None),
        ("https://[::1]/c/x", login("six", "6")),
    ],
)
def test_the_login_of_a_host_is_found(tmp_path: Path, url: str, expected: Basic | None) -> None:
    text = (
        "machine h.example login me password pw\nmachine h.example:8443 login other password port\n"
        "machine [::1] login six password 6\n"
    )

    assert of_netrc(tmp_path, text, url) == expected


def test_a_login_for_every_host_is_shown_to_none(tmp_path: Path) -> None:
    assert of_netrc(tmp_path, "default login me password pw\n") is None


def test_a_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "logins").write_text("machine h.example login me password pw\n")
    kernel = make_kernel(tmp_path, environ={"NETRC": str(tmp_path / "logins")})

    assert NetrcAuth(kernel).credentials(NO_CHANNEL, "https://h.example/c/x") == login("me", "pw")


def test_the_name_of_the_file_on_windows_is_known(tmp_path: Path) -> None:
    (tmp_path / "_netrc").write_text("machine h.example login me password pw\n")

    assert NetrcAuth(make_kernel(tmp_path)).credentials(NO_CHANNEL, "https://h.example/c/x") == login("me", "pw")


@pytest.mark.parametrize("text", ["machine h.example\nhunter2\n", "hunter2"])
def test_a_file_that_cannot_be_understood_is_named_without_its_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(LoginFileUnusable, match=r"\.netrc` cannot be understood \(line \d\)") as caught:
        of_netrc(tmp_path, text)

    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert "hunter2" not in repr((str(caught.value), caught.value.fields))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".netrc").mkdir()

    with pytest.raises(LoginFileUnusable, match="cannot be read: is a directory"):
        NetrcAuth(make_kernel(tmp_path)).credentials(NO_CHANNEL, "https://h.example/c/x")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(LoginFileUnusable):
        NetrcAuth(make_kernel(tmp_path, environ={"NETRC": str(tmp_path / ".netrc")})).credentials(
            NO_CHANNEL, "https://h.example/c/x"
        )


def test_a_file_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, environ={"NETRC": str(tmp_path / "nowhere")})

    with pytest.raises(LoginFileUnusable, match="no such file"):
        NetrcAuth(kernel).credentials(NO_CHANNEL, "https://h.example/c/x")
