"""Logins out of a keyring."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from keyring.errors import KeyringLocked

from conda_auth_keyring.keyring_store import KeyringAuth, KeyringUnusable
from conda_kernel.hookspecs import AUTH_HANDLERS
from conda_kernel.model.channel import Channel
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.credentials import Basic
from conda_kernel.model.secret import Secret
from conda_testing.kernels import make_kernel

CHANNEL = Channel("c", "https://h.example/c")
URL = "https://h.example/c/noarch/x"


class Login(NamedTuple):
    username: str
    password: str


class FakeKeyring:
    """A keyring in memory; `asked` is what was looked for."""

    def __init__(self, logins: dict[str, Login]) -> None:
        self.logins = logins
        self.asked: list[tuple[str, str | None]] = []

    def get_password(self, service_name: str, username: str) -> str | None:
        found = self.get_credential(service_name, username)
        return found.password if found is not None else None

    def get_credential(self, service_name: str, username: str | None) -> Login | None:
        self.asked.append((service_name, username))
        found = self.logins.get(service_name)
        return found if found is not None and username in (None, found.username) else None


class LockedKeyring(FakeKeyring):
    def get_credential(self, service_name: str, username: str | None) -> Login | None:
        raise KeyringLocked("locked since https://me:hunter2@h.example/")


def asked(tmp_path: Path, store: FakeKeyring, channel: Channel = CHANNEL, url: str = URL) -> Basic | None:
    return KeyringAuth(make_kernel(tmp_path), store=store).credentials(channel, url)


@pytest.mark.parametrize("service", ["https://h.example/c", "https://h.example", "h.example"])
def test_a_login_is_kept_for_a_channel_or_its_server(tmp_path: Path, service: str) -> None:
    found = asked(tmp_path, FakeKeyring({service: Login("me", "pw")}))

    assert found == Basic(Secret("me"), Secret("pw"))


def test_the_login_of_the_channel_counts_before_that_of_the_server(tmp_path: Path) -> None:
    store = FakeKeyring({"https://h.example/c": Login("me", "channel"), "h.example": Login("me", "server")})

    assert asked(tmp_path, store) == Basic(Secret("me"), Secret("channel"))


def test_the_user_of_the_url_is_looked_for(tmp_path: Path) -> None:
    channel = Channel.parse("https://me%40home@h.example/c", ChannelSettings())
    store = FakeKeyring({"https://h.example/c": Login("you", "1"), "h.example": Login("me@home", "2")})

    assert asked(tmp_path, store, channel) == Basic(Secret("me@home"), Secret("2"))
    assert {user for _, user in store.asked} == {"me@home"}


def test_a_login_for_a_mere_host_is_not_shown_in_the_clear(tmp_path: Path) -> None:
    store = FakeKeyring({"h.example": Login("me", "pw")})

    assert asked(tmp_path, store, Channel("c", "http://h.example/c"), "http://h.example/c/x") is None


def test_a_keyring_that_does_not_answer_is_told_without_a_secret(tmp_path: Path) -> None:
    with pytest.raises(KeyringUnusable, match="the keyring of the system does not answer: locked since") as caught:
        asked(tmp_path, LockedKeyring({}))

    assert "hunter2" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_the_handler_is_found_by_name(tmp_path: Path) -> None:
    assert make_kernel(tmp_path).find(AUTH_HANDLERS, "keyring").distribution == "conda-auth-keyring"
