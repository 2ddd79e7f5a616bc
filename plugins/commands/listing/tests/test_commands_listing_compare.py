"""`conda compare` in a real process."""

from __future__ import annotations

from pathlib import Path

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.fork_server import ForkServer


class Home:
    """Environments `a` with `word 1.0` and `speech`, and `b` with `word 2.0` and `alone`."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        builder = ChannelBuilder(str(folder / "channel"))
        for version in ("1.0", "2.0"):
            builder.add("word", version, subdir="noarch", files={"share/word": version})
        builder.add("speech", "1.0", subdir="noarch", files={"share/speech": ""})
        builder.add("alone", "1.0", subdir="noarch", files={"share/alone": ""})
        self.channel = builder.write()
        self.conda = Conda(folder, environ={"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1"}, server=server)
        self.folder = folder
        for name, packages in {"a": ("word=1", "speech"), "b": ("word=2", "alone")}.items():
            assert self.conda("create", "-n", name, *packages, "-y").status == 0

    def compared(self, name: str, other: str) -> tuple[int, list[object]]:
        """Return status and document of a comparison, whose lines people see too."""
        ended = self.conda("compare", "-n", name, other, "--json")
        document = ended.json()
        assert isinstance(document, list), ended.stdout
        people = self.conda("compare", "-n", name, other)
        assert people.stdout.splitlines() == document
        assert people.status == ended.status
        return ended.status, document

    def file(self, *lines: str) -> str:
        path = self.folder / "packages.txt"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return str(path)


@pytest.fixture
def home(tmp_path: Path, fork_server: ForkServer | None) -> Home:
    return Home(tmp_path, fork_server)


def test_a_list_of_specs_is_fulfilled_or_not(home: Home) -> None:
    status, lines = home.compared("a", home.file("# what there is to be", "word", "speech >=1"))
    assert (status, len(lines)) == (0, 1)
    status, lines = home.compared("a", home.file("word=2", "alone"))
    assert status == 1
    assert lines == [
        "alone not found",
        f"word found but mismatch. Specification pkg: word=2, Running pkg: {home.channel}/noarch::word-1.0-0",
    ]


def test_two_environments_are_compared_in_both_directions(home: Home) -> None:
    status, lines = home.compared("a", "b")
    assert status == 1
    assert [str(line).split(".")[0] for line in lines] == [
        "alone not found",
        "speech found but not expected",
        "word found but mismatch",
    ]
    assert home.compared("a", "a")[0] == 0
    assert home.compared("a", str(home.folder / ".conda" / "envs" / "a"))[0] == 0


def test_an_environment_is_like_the_explicit_file_that_was_made_of_it(home: Home) -> None:
    listed = home.conda("list", "-n", "a", "--explicit", "--sha256").stdout
    assert home.compared("a", home.file(listed))[0] == 0
    status, lines = home.compared("b", home.file(listed))
    assert (status, len(lines)) == (1, 3)


def test_another_digest_is_a_difference(home: Home) -> None:
    url = f"{home.channel}/noarch/word-1.0-0.conda#{'0' * 64}"
    speech = f"{home.channel}/noarch/speech-1.0-0.conda"
    status, lines = home.compared("a", home.file("@EXPLICIT", url, speech))
    assert (status, len(lines)) == (1, 1)


@pytest.mark.parametrize("other", ["nothing", "./nothing", "environment.yml", "bad name"])
def test_what_cannot_be_compared_is_an_error(home: Home, other: str) -> None:
    (home.folder / "environment.yml").touch()
    place = str(home.folder / other) if other.endswith(".yml") else other
    ended = home.conda("compare", "-n", "a", place)
    assert ended.status == 1
    assert other in ended.stderr


def test_a_line_that_is_no_spec_is_an_error(home: Home) -> None:
    assert home.conda("compare", "-n", "a", home.file("word ==")).status == 1


def test_an_environment_that_is_not_there_is_an_error(home: Home) -> None:
    assert home.conda("compare", "-n", "nothing", "a").status == 1
