"""`conda why-not` in a real process: what could be had, what is in the way, and that nothing changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer


class House:
    """An environment, and a channel that has more."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        home = folder / "home"
        home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        for version in ("1.0", "2.0"):
            builder.add("word", version, subdir="noarch")
            builder.add("speech", version, depends=[f"word {version}"], subdir="noarch")
        builder.add("hopeless", "1.0", depends=["word >=9"], subdir="noarch")
        for number in range(12):
            builder.add(f"part{number}", "1.0", subdir="noarch")
        builder.add("whole", "1.0", depends=[f"part{number}" for number in range(12)], subdir="noarch")
        self.channel = builder.write()
        self.conda = Conda(home, environ={"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1"}, server=server)
        self.prefix = home / ".conda" / "envs" / "x"
        self.run("create", "-n", "x", "speech=1", "-y")

    def run(self, *words: str, status: int = 0) -> Ended:
        ended = self.conda(*words)
        assert ended.status == status, ended.stderr
        return ended

    def told(self, *words: str) -> list[str]:
        return self.run("why-not", "-n", "x", *words).stdout.splitlines()

    def document(self, *words: str) -> dict[str, Any]:
        found = self.run("why-not", *words, "--json").json()
        assert isinstance(found, dict)
        return found

    def state(self) -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in sorted(self.prefix.rglob("*")) if file.is_file()}


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_what_can_be_had_is_said_with_what_it_brings_and_nothing_changes(house: House) -> None:
    before = house.state()
    assert house.told("part1") == ["nothing is in the way of `part1`; this would change:", "  + part1 1.0"]
    assert house.told("whole")[-1] == "  and 3 more"
    document = house.document("whole", "-n", "x")
    assert (document["possible"], document["possible_as_installed"]) == (True, True)
    assert len(document["changes"]) == 13
    assert document["specs"] == ["whole"]
    assert document["prefix"] == str(house.prefix)
    assert house.state() == before


def test_what_is_there_is_there(house: House) -> None:
    assert house.told("word") == ["`word` is there already"]
    assert house.document("word", "-n", "x")["changes"] == []


def test_what_is_in_the_way_is_told_with_the_changes_that_help(house: House) -> None:
    told = house.told("speech=2")
    assert told[0] == "`speech=2` cannot be had while what is installed stays as it is:"
    assert "└─ speech 2.0 needs word ==2.0, but `word 1.0` is installed" in told
    assert told[-3:] == ["it can be had with changes:", "    speech 1.0 → 2.0", "    word 1.0 → 2.0"]
    document = house.document("speech=2", "-n", "x")
    assert (document["possible"], document["possible_as_installed"]) == (True, False)
    assert [change["name"] for change in document["changes"]] == ["speech", "word"]


def test_what_no_change_helps_has_a_tree_of_reasons(house: House) -> None:
    told = "\n".join(house.told("hopeless"))
    assert "hopeless 1.0 needs word >=9" in told
    assert "there is only 2.0, 1.0" in told
    document = house.document("hopeless", "-n", "x")
    assert document["success"] is True
    assert document["possible"] is False
    assert document["changes"] is None
    assert document["explanation"]["facts"]
    assert document["channel_urls"]


def test_names_that_there_are_not_have_near_ones(house: House) -> None:
    assert "similar to `spech`: `speech`" in "\n".join(house.told("spech"))
    assert house.document("spech", "-n", "x")["near"] == {"spech": ["speech"]}


def test_a_new_environment_can_be_asked_about(house: House) -> None:
    assert house.run("why-not", "--new", "word=2").stdout.splitlines()[1:] == ["  + word 2.0"]
    document = house.document("--new", "word=2", "speech=1")
    assert document["prefix"] is None
    assert document["possible"] is False


def test_pins_are_in_the_way_unless_they_are_disregarded(house: House) -> None:
    (house.prefix / "conda-meta" / "pinned").write_text("part1 9.*\n", encoding="utf-8")
    assert "pin" in "\n".join(house.told("part1"))
    assert house.told("part1", "--no-pin")[-1] == "  + part1 1.0"


def test_no_environment_at_all_is_an_error_with_advice(house: House) -> None:
    assert "`--new`" in house.run("why-not", "word", status=1).stderr
