"""The list of a user's environments is read and written, whatever lies in its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conda_kernel.model.environments_txt import add, drop, listed

if TYPE_CHECKING:
    from pathlib import Path


class Home:
    """A home with the list in it."""

    def __init__(self, folder: Path) -> None:
        self.environ = {"HOME": os.fspath(folder)}
        self.file = folder / ".conda" / "environments.txt"

    def write(self, text: str) -> None:
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(text)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_paths_are_listed_and_other_lines_are_not(home: Home) -> None:
    home.write("/a/../b/\n\nrelative\n/with\0nul\n  /c \n")
    assert listed(home.environ) == ("/b", "/c")


def test_without_a_list_or_a_home_there_are_none(home: Home) -> None:
    assert listed(home.environ) == ()
    assert listed({}) == ()


def test_a_list_that_cannot_be_read_has_none(home: Home) -> None:
    home.file.mkdir(parents=True)
    assert listed(home.environ) == ()


def test_a_path_is_added_once(home: Home) -> None:
    assert add("/a", home.environ)
    assert add("/b", home.environ)
    assert not add("/a", home.environ)
    assert home.file.read_text() == "/a\n/b\n"
    assert [file.name for file in home.file.parent.iterdir()] == ["environments.txt"]


def test_a_path_that_would_be_two_lines_is_not_added(home: Home) -> None:
    assert not add("/a\n/b", home.environ)
    assert not add("/a", {})
    assert not home.file.exists()


def test_paths_are_dropped_and_other_lines_stay(home: Home) -> None:
    home.write("/a\n/b\nodd\n/c\n")
    drop(("/a", "/c"), home.environ)
    assert home.file.read_text() == "/b\nodd\n"


def test_nothing_is_written_when_nothing_is_dropped(home: Home) -> None:
    home.write("/a\n\n")
    before = home.file.stat()
    drop(("/b",), home.environ)
    assert (home.file.read_text(), home.file.stat().st_ino) == ("/a\n\n", before.st_ino)


def test_there_may_be_nothing_to_drop_from(home: Home) -> None:
    drop(("/a",), home.environ)
    drop(("/a",), {})
    assert not home.file.exists()


def test_a_place_that_cannot_be_written_hinders_nothing(home: Home) -> None:
    home.file.mkdir(parents=True)
    assert not add("/a", home.environ)
    drop(("/a",), home.environ)
    assert [file.name for file in home.file.parent.iterdir()] == ["environments.txt"]


def test_what_cannot_take_the_place_is_not_left_behind(home: Home) -> None:
    home.write("/a\n")
    home.file.with_name(f"environments.txt.{os.getpid()}").mkdir()
    assert not add("/b", home.environ)
    assert home.file.read_text() == "/a\n"


def test_bytes_that_are_no_text_are_kept(home: Home) -> None:
    home.write("")
    home.file.write_bytes(b"/\xff\n")
    assert add("/a", home.environ)
    assert home.file.read_bytes() == b"/\xff\n/a\n"
