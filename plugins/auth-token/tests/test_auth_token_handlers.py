"""Tokens out of URLs, and those that are stored for a server."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from conda_auth_token.bearer import BearerAuth
from conda_auth_token.stored_tokens import StoredTokenUnusable, token_folder
from conda_auth_token.token import TokenAuth
from conda_kernel.hookspecs import AUTH_HANDLERS
from conda_kernel.model.channel import Channel
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.credentials import Bearer, PathToken
from conda_kernel.model.secret import Secret
from conda_testing.kernels import make_kernel

NO_CHANNEL = Channel("c", "https://h.example/c")


class Stored:
    """A folder of stored tokens, and the handlers that read it."""

    def __init__(self, tmp_path: Path) -> None:
        self._kernel = make_kernel(tmp_path, environ={"BINSTAR_CONFIG_DIR": str(tmp_path / "config")})
        self.folder = tmp_path / "config" / "data"
        self.folder.mkdir(parents=True)

    def store(self, url: str, token: str) -> Path:
        path = self.folder / f"{quote_plus(url)}.token"
        path.write_text(token)
        return path

    def token(self, url: str, channel: Channel = NO_CHANNEL) -> PathToken | None:
        return TokenAuth(self._kernel).credentials(channel, url)

    def bearer(self, url: str, channel: Channel = NO_CHANNEL) -> Bearer | None:
        return BearerAuth(self._kernel).credentials(channel, url)


@pytest.fixture(name="stored")
def _stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path)


@pytest.mark.parametrize("name", ["token", "bearer"])
def test_the_handlers_are_found_by_name(tmp_path: Path, name: str) -> None:
    kernel = make_kernel(tmp_path)

    assert kernel.find(AUTH_HANDLERS, name).distribution == "conda-auth-token"
    assert kernel.driver(AUTH_HANDLERS, name).credentials(NO_CHANNEL, "https://h.example/c/x") is None


def test_the_token_of_the_url_goes_where_it_stood(stored: Stored) -> None:
    stored.store("https://h.example", "stored")
    channel = Channel.parse("https://h.example/a/t/tk-1/c", ChannelSettings())

    assert stored.token("https://h.example/a/c/x", channel) == PathToken(Secret("tk-1"), 1)
    assert stored.bearer("https://h.example/a/c/x", channel) == Bearer(Secret("tk-1"))


@pytest.mark.parametrize(
    ("place", "url", "expected"),
    [
        ("https://h.example", "https://h.example/c/x", 0),
        ("https://h.example/", "https://h.example/c/x", 0),
        ("https://h.example/conda", "https://h.example/conda/c/x", 1),
        ("https://h.example/conda", "https://h.example/condas/c/x", None),
        ("https://h.example", "https://h.example.evil/c/x", None),
        ("https://h.example", "http://h.example/c/x", None),
        ("https://h.example", "https://h.example:8443/c/x", None),
        ("https://api.h.example", "https://conda.h.example/c/x", 0),
        ("https://h.example/api", "https://h.example/conda/c/x", 1),
        ("no url", "https://h.example/c/x", None),
    ],
)
def test_a_stored_token_is_for_the_channels_of_its_server(
    stored: Stored, place: str, url: str, expected: int | None
) -> None:
    stored.store(place, "tk-2\n")

    assert stored.token(url) == (PathToken(Secret("tk-2"), expected) if expected is not None else None)
    assert stored.bearer(url) == (Bearer(Secret("tk-2")) if expected is not None else None)


def test_the_longest_place_counts(stored: Stored) -> None:
    stored.store("https://h.example", "short")
    stored.store("https://h.example/conda", "long")

    assert stored.token("https://h.example/conda/c/x") == PathToken(Secret("long"), 1)


@pytest.mark.parametrize("text", ["", "hunter2 hunter2", "a/../b\x00", "x" * 5000, "größe"])
def test_a_file_without_a_token_is_named_without_its_words(stored: Stored, text: str) -> None:
    path = stored.store("https://h.example", text)

    with pytest.raises(StoredTokenUnusable) as caught:
        stored.token("https://h.example/c/x")
    assert str(caught.value) == f"`{path}` holds no token"


def test_a_token_that_cannot_be_read_is_named(stored: Stored) -> None:
    (stored.folder / f"{quote_plus('https://h.example')}.token").mkdir()

    with pytest.raises(StoredTokenUnusable, match="cannot be read: is a directory"):
        stored.token("https://h.example/c/x")


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the folder has another name there")
def test_the_folder_is_where_the_client_keeps_it() -> None:
    assert token_folder({}) is None
    assert token_folder({"HOME": "/h"}) == "/h/.local/share/binstar"
    assert token_folder({"HOME": "/h", "XDG_DATA_HOME": "/d"}) == "/d/binstar"
    assert token_folder({"HOME": "/h", "BINSTAR_CONFIG_DIR": "/b"}) == "/b/data"
