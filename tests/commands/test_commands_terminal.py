"""Questions and progress of real commands, on a real terminal and where there is none."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.pseudo_terminal import Person, Seen
from conda_testing.server import ChannelServer, Hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMPT = "Proceed ([y]/n)? "
END_OF_INPUT, INTERRUPT = "\x04", "\x03"
BAR = "━"
DOWNLOAD = "word-1.0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a channel, whose one package is large enough to be broken off in its middle."""
    above = tmp_path_factory.mktemp("served")
    builder = ChannelBuilder(os.fspath(above / "channel"))
    builder.add("word", "1.0", noarch="generic", files={"share/word": os.urandom(300_000)})
    builder.write()
    return os.fspath(above)


@pytest.fixture
def server(folder: str) -> Iterator[ChannelServer]:
    with ChannelServer(folder) as running:
        yield running


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path, {})


def words(folder: str, tmp_path: Path) -> tuple[str, ...]:
    """Return the command that makes an environment of the channel in its folder."""
    return ("create", "-p", os.fspath(tmp_path / "env"), "-O", "-c", f"file://{folder}/channel", "word")


def answered(person: Person, command: tuple[str, ...], answer: str) -> Seen:
    """Run a command and type an answer when it asks, once."""
    given: list[str] = []

    def type_it(terminal: int, shown: str) -> None:
        if PROMPT in shown and not given:
            given.append(answer)
            os.write(terminal, answer.encode())

    seen = person.run(*command, meanwhile=type_it)
    assert given, seen.shown
    return seen


@pytest.mark.parametrize("answer", ["y\n", "yes\n", "\n", "  YES \n", "perhaps\ny\n"])
def test_a_yes_changes_what_was_asked_about(person: Person, folder: str, tmp_path: Path, answer: str) -> None:
    seen = answered(person, words(folder, tmp_path), answer)
    assert seen.status == 0, seen.shown
    assert ("Invalid choice: perhaps" in seen.shown) == answer.startswith("perhaps")
    assert (tmp_path / "env" / "share" / "word").exists()


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        ("n\n", 1, "error:"),
        ("No\n", 1, "error:"),
        (END_OF_INPUT, 1, "nobody answers"),
        (INTERRUPT, 130, "interrupted"),
    ],
    ids=["n", "no", "the end of input", "Ctrl-C"],
)
def test_anything_else_changes_nothing(
    person: Person, folder: str, tmp_path: Path, answer: str, status: int, told: str
) -> None:
    seen = answered(person, words(folder, tmp_path), answer)
    assert seen.status == status, seen.shown
    assert told in seen.shown.partition(PROMPT)[2]
    assert "Traceback" not in seen.shown
    assert not (tmp_path / "env").exists()


def progress(
    person: Person, server: ChannelServer, tmp_path: Path, *more: str, columns: int = 80, **environ: str
) -> Seen:
    """Make an environment from the server, which holds the package until half of it was shown."""
    hold = server.rules["/channel/noarch/word-"] = Hold(150_000)

    def go_on(_: int, shown: str) -> None:
        if DOWNLOAD in shown.rpartition("will be INSTALLED")[2].rpartition("?25l")[2]:
            hold.release()

    def seen() -> Seen:
        url = f"{server.url}/channel"
        command = ("create", "-y", "-p", os.fspath(tmp_path / "env"), "-O", "-c", url, "word", *more)
        return person.run(*command, columns=columns, meanwhile=go_on, **environ)

    if more or environ.get("TERM") == "dumb":
        hold.release()
    return seen()


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_progress_is_drawn_and_gone_in_the_end(
    person: Person, server: ChannelServer, tmp_path: Path, columns: int
) -> None:
    seen = progress(person, server, tmp_path, columns=columns)
    assert seen.status == 0, seen.shown
    assert "\x1b[?25l" in seen.shown
    assert seen.shown.rindex("\x1b[?25l") < seen.shown.rindex("\x1b[?25h"), "the cursor is given back"
    if columns >= 80:
        assert BAR in seen.shown
        assert re.search(r"\d / \d+\.\d kB|B / \d+\.\d kB", seen.shown)
    assert BAR not in seen.left
    assert "Downloading" not in seen.left
    assert (tmp_path / "env" / "share" / "word").exists()


def test_progress_has_no_colours_for_who_wants_none(person: Person, server: ChannelServer, tmp_path: Path) -> None:
    assert re.search(r"\x1b\[[0-9;]+m", progress(person, server, tmp_path, NO_COLOR="").shown)
    (tmp_path / "again").mkdir()
    plain = Person(tmp_path / "again", {})
    assert not re.search(r"\x1b\[[0-9;]*m", progress(plain, server, tmp_path / "again", NO_COLOR="1").shown)


@pytest.mark.parametrize("more", [("--quiet",), ("--json",), ()], ids=["quiet", "json", "dumb"])
def test_no_progress_is_drawn_where_none_is_wanted(
    person: Person, server: ChannelServer, tmp_path: Path, more: tuple[str, ...]
) -> None:
    seen = progress(person, server, tmp_path, *more, TERM="xterm" if more else "dumb")
    assert seen.status == 0, seen.shown
    assert "\x1b" not in seen.shown
    assert BAR not in seen.shown
    if more == ("--json",):
        assert json.loads(seen.shown)["success"] is True


def test_without_a_terminal_nothing_is_drawn(server: ChannelServer, tmp_path: Path) -> None:
    command = ("create", "-y", "-p", os.fspath(tmp_path / "env"), "-O", "-c", f"{server.url}/channel", "word")
    ended = Conda(tmp_path, environ={"TERM": "xterm"})(*command)
    assert ended.status == 0
    assert "\x1b" not in ended.stdout + ended.stderr
    assert BAR not in ended.stdout + ended.stderr


def test_an_interrupted_download_gives_the_cursor_back(person: Person, server: ChannelServer, tmp_path: Path) -> None:
    hold = server.rules["/channel/noarch/word-"] = Hold(150_000)
    typed: list[str] = []

    def interrupt(terminal: int, _: str) -> None:
        if hold.reached.is_set() and not typed:
            typed.append(INTERRUPT)
            os.write(terminal, INTERRUPT.encode())

    url = f"{server.url}/channel"
    seen = person.run("create", "-y", "-p", os.fspath(tmp_path / "env"), "-O", "-c", url, "word", meanwhile=interrupt)
    assert seen.status == 130, seen.shown
    assert seen.shown.rindex("\x1b[?25l") < seen.shown.rindex("\x1b[?25h")
    assert "interrupted" in seen.left
    assert "Traceback" not in seen.shown
    assert BAR not in seen.left
    assert not (tmp_path / "env").exists()
