"""`conda why` in a real process, and the ways between packages on their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conda_commands_explanations.needs import Needs, ways
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer
from conda_testing.memory_index import record_of


class House:
    """An environment with a small tree of packages, some of them asked for."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        home = folder / "home"
        home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        for name, depends in (
            ("letter", []),
            ("word", ["letter >=1"]),
            ("speech", ["word 1.*", "voice"]),
            ("voice", ["letter", "word <9", "word >=1"]),
            ("lonely", []),
        ):
            builder.add(name, "1.0", depends=depends, subdir="noarch")
        self.conda = Conda(home, environ={"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1"}, server=server)
        self.prefix = home / ".conda" / "envs" / "x"
        self.run("create", "-n", "x", "speech>=1", "word", "-y")

    def run(self, *words: str, status: int = 0) -> Ended:
        ended = self.conda(*words)
        assert ended.status == status, ended.stderr
        return ended

    def package(self, name: str) -> dict[str, Any]:
        document = self.run("why", name, "-n", "x", "--json").json()
        assert isinstance(document, dict)
        assert document["success"] is True
        assert document["prefix"] == str(self.prefix)
        [package] = document["packages"]
        assert isinstance(package, dict)
        return package


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_every_way_from_what_was_asked_for_is_shown(house: House) -> None:
    assert house.run("why", "letter", "-n", "x").stdout.splitlines() == [
        "letter 1.0 was not asked for; it is needed:",
        "speech 1.0 (asked for: `speech >=1`)",
        "├─ needs word=1: word 1.0",
        "│  └─ needs letter >=1: letter 1.0",
        "└─ needs voice: voice 1.0",
        "   ├─ needs letter: letter 1.0",
        "   └─ needs word <9 and word >=1: word 1.0 (see above)",
        "word 1.0 (asked for: `word`)",
        "└─ needs letter >=1: letter 1.0",
    ]


def test_the_document_has_the_ways_one_by_one_and_the_needs_that_they_consist_of(house: House) -> None:
    package = house.package("letter")
    assert package["requested_spec"] is None
    assert package["asked_for"] == {"speech": "speech >=1", "word": "word"}
    assert package["needed_by"] == ["voice", "word"]
    assert [[step["name"] for step in path] for path in package["paths"]] == [
        ["word"],
        ["speech", "voice"],
        ["speech", "word"],
        ["speech", "voice", "word"],
        ["speech", "voice", "word"],
    ]
    assert package["paths"][0] == [{"name": "word", "needs": "letter >=1", "met_by": "letter"}]
    assert package["has_more_paths"] is False
    assert len(package["needs"]) == 6


def test_what_was_asked_for_is_said_first(house: House) -> None:
    told = house.run("why", "speech", "-n", "x").stdout
    assert told == "speech 1.0 was asked for: `speech >=1`\n"
    assert "these need it too:" in house.run("why", "word", "-n", "x").stdout
    assert house.package("speech")["requested_spec"] == "speech >=1"


def test_what_nobody_needs_any_more_is_named_so(house: House) -> None:
    house.run("install", "-n", "x", "lonely", "-y")
    history = house.prefix / "conda-meta" / "history"
    text = history.read_text(encoding="utf-8")
    history.write_text(text.replace("# update specs: ['lonely']\n", ""), encoding="utf-8")
    assert house.run("why", "lonely", "-n", "x").stdout == "lonely 1.0 is needed by nothing, and was not asked for\n"
    assert house.package("lonely")["paths"] == []


def test_without_a_history_the_ways_begin_with_what_nothing_needs(house: House) -> None:
    (house.prefix / "conda-meta" / "history").write_text("", encoding="utf-8")
    told = house.run("why", "letter", "-n", "x").stdout
    assert told.startswith("letter 1.0 is needed, but by nothing that was asked for:\nspeech 1.0 (needed by nothing)\n")


def test_a_pattern_shows_every_package_that_it_selects(house: House) -> None:
    document = house.run("why", "*ord 1.*", "-n", "x", "--json").json()
    assert isinstance(document, dict)
    assert [package["name"] for package in document["packages"]] == ["word"]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("wort", "similar names there: `word`"),
        ("zebra", "`conda why-not zebra` says whether it can be installed"),
        ("word=2", "does not have `word=2`"),
    ],
)
def test_what_is_not_installed_is_an_error_with_advice(house: House, spec: str, told: str) -> None:
    assert told in house.run("why", spec, "-n", "x", status=4).stderr


def test_an_environment_that_is_none_is_an_error(house: House) -> None:
    assert "nowhere" in house.run("why", "word", "-n", "nowhere", status=1).stderr


def test_a_circle_has_an_end() -> None:
    records = {
        "python": record_of({"name": "python", "depends": ["pip"]}),
        "pip": record_of({"name": "pip", "depends": ["python >=0"]}),
        "tool": record_of({"name": "tool", "depends": ["pip", "python"]}),
    }
    needs = Needs(records)
    assert needs.users("pip") == {"pip", "python", "tool"}
    assert [[need.owner for need in way] for way in ways(needs, {"tool"}, "pip")] == [["tool"], ["tool", "python"]]


def test_more_ways_than_can_be_counted_come_to_an_end() -> None:
    layers = [[f"p{layer}x{place}" for place in range(8)] for layer in range(12)]
    records = {
        name: record_of({"name": name, "depends": below})
        for layer, below in zip(layers, [*layers[1:], ["end"]], strict=True)
        for name in layer
    }
    records["end"] = record_of({"name": "end"})
    assert not list(ways(Needs(records), {"p0x0"}, "end"))


def test_a_requirement_counts_when_its_condition_holds_and_groups_count_when_asked_for() -> None:
    records = {
        "a": record_of({"name": "a", "depends": ["b[extras=[more]]", 'c[when="d"]', 'e[when="b"]', "= broken ="]}),
        "b": record_of({"name": "b", "extra_depends": {"more": ["f"]}}),
        **{name: record_of({"name": name}) for name in "cef"},
    }
    assert [need.target for need in Needs(records).of["a"]] == ["b", "e", "f"]
