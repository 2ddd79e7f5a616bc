"""`conda search` finds what channels have, by the real executable, in real channels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.server import ChannelServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conda_testing.executable import Ended

PLATFORM = ("--subdir", "linux-64")


@pytest.fixture
def channel(tmp_path: Path) -> ChannelBuilder:
    """A channel with two names that are alike, several versions, and another platform."""
    made = ChannelBuilder(os.fspath(tmp_path / "main"))
    made.add_record("numpy", "1.9", "py_0", depends=["python"], license="BSD-3-Clause", timestamp=1600000000000)
    made.add_record("numpy", "1.10", "py_0", depends=["python >=3"])
    made.add_record("numpy", "1.10", "py_1", depends=["python >=3", "blas"])
    made.add_record("numpy-base", "1.10", "py_0", depends=["numpy 1.9.*"])
    made.add_record("pandas", "2.0", "py_0", depends=["numpy >=1.10"])
    made.add_record("python", "3.12")
    made.add_record("blas", "1.0", noarch="generic")
    made.add_record("only-mac", "1.0", subdir="osx-arm64")
    made.write()
    return made


@pytest.fixture
def served(channel: ChannelBuilder) -> Iterator[str]:
    with ChannelServer(channel.folder) as server:
        yield server.url


class Searching:
    """`conda search` in one channel."""

    def __init__(self, home: Path, url: str) -> None:
        self.url = url
        self.conda = Conda(home, environ={"CONDA_CHANNELS": url})

    def run(self, *words: str) -> Ended:
        return self.conda("search", *PLATFORM, *words)

    def found(self, *words: str) -> list[str]:
        """Return name, version and build of what `--json` tells, in its order."""
        ended = self.run("--json", *words)
        document = ended.json()
        assert ended.status == 0, document
        assert isinstance(document, dict)
        return [
            f"{record['name']} {record['version']} {record['build']}"
            for name, records in document.items()
            for record in records
            if record["name"] == name
        ]

    def error(self, *words: str) -> dict[str, object]:
        ended = self.run("--json", *words)
        document = ended.json()
        assert ended.status == 1
        assert isinstance(document, dict)
        return document


@pytest.fixture(params=["file", "http"])
def searching(request: pytest.FixtureRequest, tmp_path: Path, channel: ChannelBuilder) -> Searching:
    url = channel.url if request.param == "file" else request.getfixturevalue("served")
    return Searching(tmp_path / "home", url)


TABLE = """\
# Name                       Version           Build  Channel
numpy                            1.9            py_0  {url}
numpy                           1.10            py_0  {url}
numpy                           1.10            py_1  {url}
"""


def test_the_table_is_sorted_by_version_and_build(searching: Searching) -> None:
    ended = searching.run("numpy")

    assert (ended.status, ended.stdout, ended.stderr) == (0, TABLE.format(url=searching.url), "")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["numpy"], ["numpy 1.9 py_0", "numpy 1.10 py_0", "numpy 1.10 py_1"]),
        (["NumPy"], ["numpy 1.9 py_0", "numpy 1.10 py_0", "numpy 1.10 py_1"]),
        (["numpy=1.9"], ["numpy 1.9 py_0"]),
        (["numpy>=1.10"], ["numpy 1.10 py_0", "numpy 1.10 py_1"]),
        (["numpy 1.10 py_1"], ["numpy 1.10 py_1"]),
        (["numpy[license=BSD*]"], ["numpy 1.9 py_0"]),
        (["*base"], ["numpy-base 1.10 py_0"]),
        (["^p.*$"], ["pandas 2.0 py_0", "python 3.12 0"]),
        (["umpy"], ["numpy 1.9 py_0", "numpy 1.10 py_0", "numpy 1.10 py_1", "numpy-base 1.10 py_0"]),
        (["*[build_number=1]"], ["numpy 1.10 py_1"]),
        (["only-mac[subdir=osx-arm64]"], ["only-mac 1.0 0"]),
        (["only-mac[subdir='osx-*']"], ["only-mac 1.0 0"]),
    ],
)
def test_a_spec_selects(searching: Searching, words: list[str], found: list[str]) -> None:
    assert searching.found(*words) == found


def test_without_a_spec_everything_of_the_platform_is_found(searching: Searching) -> None:
    names = [text.partition(" ")[0] for text in searching.found()]

    assert list(dict.fromkeys(names)) == ["blas", "numpy", "numpy-base", "pandas", "python"]


def test_what_depends_on_a_package_is_found(searching: Searching) -> None:
    assert searching.found("--reverse-dependency", "numpy") == ["numpy-base 1.10 py_0", "pandas 2.0 py_0"]
    assert searching.found("--whoneeds", "numpy=1.9") == ["numpy-base 1.10 py_0"]


def test_json_has_records_in_full(searching: Searching) -> None:
    document = searching.run("--json", "numpy=1.9").json()

    assert isinstance(document, dict)
    (record,) = document["numpy"]
    assert record["fn"] == "numpy-1.9-py_0.conda"
    assert record["url"] == f"{searching.url}/linux-64/numpy-1.9-py_0.conda"
    assert record["channel"] == searching.url
    assert record["depends"] == ["python"]
    assert record["license"] == "BSD-3-Clause"


def test_info_tells_all(searching: Searching) -> None:
    ended = searching.run("--info", "numpy=1.9")

    assert ended.status == 0
    lines = ended.stdout.splitlines()
    assert lines[:2] == ["numpy 1.9 py_0", "--------------"]
    told = {key.strip(): value for key, _, value in (line.partition(" : ") for line in lines[2:])}
    assert told["url"] == f"{searching.url}/linux-64/numpy-1.9-py_0.conda"
    assert told["timestamp"] == "2020-09-13 12:26:40 UTC"
    assert told["constraints"] == "[]"
    assert told["dependencies"] == "python"
    assert ended.stdout.endswith("\n\n\n")


def test_a_name_that_is_a_part_of_others_is_said_to_be_looked_for_so(searching: Searching) -> None:
    ended = searching.run("umpy")

    assert ended.status == 0
    assert "nothing matches `umpy`; searching for `*umpy*`" in ended.stderr


def test_what_is_not_there_is_an_error_with_what_is_like_it(searching: Searching) -> None:
    error = searching.error("nunpy")

    assert error["exception_name"] == "PackagesNotFound"
    assert error["near"] == {"nunpy": ["numpy"]}
    assert error["channel_urls"] == [searching.url]


def test_flexible_search_can_be_skipped(searching: Searching) -> None:
    assert searching.error("--skip-flexible-search", "umpy")["near"] == {"umpy": ["numpy"]}


def test_versions_that_there_are_stand_in_the_error(searching: Searching) -> None:
    assert "there is numpy in the versions 1.10, 1.9" in str(searching.error("numpy=7")["message"])


def test_an_unknown_option_or_spec_is_an_error(searching: Searching) -> None:
    assert searching.run("--no-such-option").status == 2
    assert searching.error("numpy[version=")["exception_name"] == "InvalidMatchSpec"
    assert searching.run("--whoneeds", "*").status == 2
