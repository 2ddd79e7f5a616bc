"""`conda install --revision`: packages and wishes of an earlier time come back, in a real process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conda_kernel.model.prefix import Prefix
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer


class House:
    """An environment with four revisions: `word=1`; `speech`; `word=2` updated; `alone`, and `speech` removed."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.builder = ChannelBuilder(str(folder / "channel"))
        for version in ("1.0", "2.0", "10.0"):
            self.builder.add("word", version, subdir="noarch", files={"share/word": f"word {version}\n"})
        self.builder.add("speech", "1.0", depends=["word"], subdir="noarch", files={"share/speech": "speech\n"})
        self.builder.add("alone", "1.0", subdir="noarch", files={"share/alone": "alone\n"})
        self.channel = self.builder.write()
        self.conda = Conda(self.home, environ={"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1"}, server=server)
        self.prefix = self.home / ".conda" / "envs" / "x"
        self.run("create", "word=1")
        self.run("install", "speech")
        self.run("install", "word=2")
        self.run("install", "alone")
        self.run("remove", "speech")

    def run(self, command: str, *words: str, status: int = 0) -> Ended:
        ended = self.conda(command, "-n", "x", *words, "-y")
        assert ended.status == status, ended.stdout + ended.stderr
        return ended

    def installed(self) -> list[str]:
        return sorted(file.stem for file in (self.prefix / "conda-meta").glob("*.json"))

    def requested(self) -> list[str]:
        prefix = Prefix(str(self.prefix))
        names = [installed.name for installed in prefix.records()]
        return [str(spec) for spec in prefix.history().requested(names).values()]


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


@pytest.mark.parametrize(
    ("number", "packages", "requested"),
    [
        (0, ["word-1.0-0"], ["word=1"]),
        (1, ["speech-1.0-0", "word-1.0-0"], ["speech", "word=1"]),
        (2, ["speech-1.0-0", "word-2.0-0"], ["speech", "word=2"]),
        (3, ["alone-1.0-0", "speech-1.0-0", "word-2.0-0"], ["alone", "speech", "word=2"]),
    ],
)
def test_packages_and_wishes_of_a_revision_come_back(
    house: House, number: int, packages: list[str], requested: list[str]
) -> None:
    house.run("install", "--revision", str(number))
    assert house.installed() == packages
    assert house.requested() == requested
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8").startswith(f"word {1 if number < 2 else 2}")


def test_records_say_what_was_asked_for_at_the_time_also_of_packages_that_stay(house: House) -> None:
    def stated() -> dict[str, tuple[str, ...]]:
        return {each.name: each.requested_specs for each in Prefix(str(house.prefix)).records()}

    house.run("install", "speech", "word=2.0")
    assert stated() == {"alone": ("alone",), "speech": ("speech",), "word": ("word=2.0",)}
    house.run("install", "--revision", "3")
    assert stated() == {"alone": ("alone",), "speech": ("speech",), "word": ("word=2",)}
    assert house.requested() == ["alone", "speech", "word=2"]


def test_wishes_come_back_also_when_the_packages_are_the_same(house: House) -> None:
    house.run("install", "--revision", "1")
    house.run("remove", "speech")
    house.run("install", "word<2", "--force-reinstall")
    assert (house.installed(), house.requested()) == (["word-1.0-0"], ["word[version='<2']"])
    before = len(Prefix(str(house.prefix)).history().revisions)

    house.run("install", "--revision", "0")

    assert (house.installed(), house.requested()) == (["word-1.0-0"], ["word=1"])
    assert Prefix(str(house.prefix)).records()[0].requested_specs == ("word=1",)
    assert len(Prefix(str(house.prefix)).history().revisions) == before + 1
    assert "already installed" in house.run("install", "--revision", "0").stdout


def test_going_back_is_a_revision_that_can_be_undone_too(house: House) -> None:
    before, asked = house.installed(), house.requested()
    house.run("install", "--revision", "0")
    house.run("install", "--revision", "4")
    assert (house.installed(), house.requested()) == (before, asked)
    assert "--revision=0" in (house.prefix / "conda-meta" / "history").read_text(encoding="utf-8")


def test_what_was_reverted_does_not_come_back_with_the_next_update(house: House) -> None:
    house.run("install", "--revision", "0")
    house.run("update", "--all")
    assert house.installed() == ["word-10.0-0"]


def test_the_present_revision_needs_nothing(house: House) -> None:
    history = (house.prefix / "conda-meta" / "history").read_bytes()
    assert "already installed" in house.run("install", "--revision", "4").stdout
    assert (house.prefix / "conda-meta" / "history").read_bytes() == history


def test_packages_that_the_channel_has_dropped_come_out_of_the_cache(house: House) -> None:
    shutil.rmtree(house.home.parent / "channel")
    shutil.rmtree(house.home / ".conda" / "pkgs" / "cache")
    house.run("install", "--revision", "1")
    assert house.installed() == ["speech-1.0-0", "word-1.0-0"]


def test_packages_that_an_excerpt_of_the_index_lacks_come_out_of_the_whole(house: House) -> None:
    excerpt = ChannelBuilder(house.builder.folder)
    excerpt.add_record("word", "10.0", subdir="noarch")
    excerpt.write("current_repodata.json")
    shutil.rmtree(house.home / ".conda" / "pkgs")
    house.run("install", "--revision", "1", "--repodata-fn", "current_repodata.json")
    assert house.installed() == ["speech-1.0-0", "word-1.0-0"]


def test_packages_that_nobody_has_any_more_are_all_named_and_nothing_changes(house: House) -> None:
    before = house.installed()
    shutil.rmtree(house.home / ".conda" / "pkgs")
    shutil.rmtree(house.home.parent / "channel")
    ended = house.run("install", "--revision", "1", status=4)
    assert "word-1.0-0" in ended.stderr
    assert "speech-1.0-0" in ended.stderr
    assert house.installed() == before


@pytest.mark.parametrize("number", ["5", "99999999999999999999"])
def test_a_revision_that_there_is_not_is_named_with_how_many_there_are(house: House, number: str) -> None:
    ended = house.run("install", f"--revision={number}", status=1)
    assert f"no revision {number}" in ended.stderr
    assert "has 5" in ended.stderr


def test_a_revision_goes_with_no_packages_and_is_a_number(house: House) -> None:
    house.run("install", "--revision", "0", "alone", status=2)
    house.run("install", "--revision", "first", status=2)


def test_a_dry_run_shows_the_way_and_goes_nowhere(house: House) -> None:
    before = house.installed()
    ended = house.run("install", "--revision", "1", "--dry-run")
    assert "speech" in ended.stdout
    assert house.installed() == before
