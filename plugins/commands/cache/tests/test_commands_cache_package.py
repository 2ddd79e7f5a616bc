"""`conda package` in a real process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer


class Home:
    """An environment with two packages, and files of nobody."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        builder = ChannelBuilder(str(folder / "channel"))
        builder.add("word", "1.0", subdir="noarch", files={"share/word": "word\n", "lib/a.py": ""})
        builder.add("speech", "1.0", subdir="noarch", files={"share/speech": "speech\n"})
        environ = {"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1"}
        self.conda = Conda(folder, environ=environ, server=server)
        self.prefix = folder / "env"
        self.run("create", "word", "speech", "-y")
        (self.prefix / "share" / "own").write_text("mine", encoding="utf-8")
        (self.prefix / "lib" / "__pycache__").mkdir(exist_ok=True)
        (self.prefix / "lib" / "__pycache__" / "a.cpython-312.pyc").touch()

    def run(self, command: str, *words: str, status: int = 0, stdin: str | None = None) -> Ended:
        ended = self.conda(command, "-p", str(self.prefix), *words, stdin=stdin)
        assert ended.status == status, ended.stdout + ended.stderr
        return ended

    def document(self, *words: str, status: int = 0) -> dict[str, Any]:
        document = self.run("package", *words, "--json", status=status).json()
        assert isinstance(document, dict)
        return document


@pytest.fixture
def home(tmp_path: Path, fork_server: ForkServer | None) -> Home:
    return Home(tmp_path, fork_server)


def test_the_owner_of_a_file_is_told(home: Home) -> None:
    word, own = str(home.prefix / "share" / "word"), str(home.prefix / "share" / "own")
    ended = home.conda("package", "--which", word)
    assert ended.stdout.split() == [word, "word-1.0-0"]
    document = home.document("--which", word, own, status=1)
    assert document == {"success": False, "packages": {word: ["word-1.0-0"], own: []}}


def test_a_path_through_a_link_has_the_same_owner(home: Home, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(home.prefix)
    ended = home.conda("package", "--which", str(tmp_path / "way" / "share" / "word"))
    assert ended.stdout.endswith("word-1.0-0\n")


def test_a_file_outside_of_environments_is_an_error(home: Home, tmp_path: Path) -> None:
    ended = home.conda("package", "--which", str(tmp_path / "channel"))
    assert ended.status == 1
    assert "lies in no environment" in ended.stderr


def test_files_that_no_package_owns_are_listed(home: Home) -> None:
    assert home.run("package", "--untracked").stdout == "share/own\n"
    assert home.document("--untracked")["untracked_files"] == ["share/own"]


def test_files_that_no_package_owns_are_deleted_after_a_question_whose_default_is_no(home: Home) -> None:
    own = home.prefix / "share" / "own"
    home.run("package", "--reset", stdin="\n", status=1)
    home.document("--reset", status=1)
    assert "share/own" in home.run("package", "--reset", "--dry-run").stdout
    assert own.exists()
    home.run("package", "--reset", "-y")
    assert not own.exists()
    assert (home.prefix / "share" / "word").exists()
    assert (home.prefix / "conda-meta" / "history").exists()


def test_nothing_is_deleted_in_a_frozen_environment_or_in_the_middle_of_a_change(home: Home) -> None:
    frozen, journal = home.prefix / "conda-meta" / "frozen", home.prefix / "conda-meta" / "journal"
    frozen.touch()
    home.run("package", "--reset", "-y", status=1)
    frozen.unlink()
    journal.touch()
    assert "not brought to its end" in home.run("package", "--reset", "-y", status=1).stderr
    assert (home.prefix / "share" / "own").exists()


def test_something_has_to_be_asked_for(home: Home) -> None:
    home.run("package", status=2)
