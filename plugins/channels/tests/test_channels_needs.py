"""The names that packages can need are found without reading the packages, and none is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.cache import RepodataCache
from conda_channels.checks import Checks
from conda_channels.decoding import JSON
from conda_channels.entries import EntryReader
from conda_channels.flat import flat_pack, flat_texts_of_this_machine
from conda_channels.needs import NeedsReader
from conda_channels.place import Place
from conda_channels.ready_making import records_made_ready
from conda_kernel.model.channel import Channel

PLACE = Place(Channel("c", "https://h/c"), "linux-64")

REQUIREMENTS = (
    "b",
    "b >=1,<2",
    "B 1.* *_0",
    "b>=1",
    "b[version='>=1']",
    "conda-forge::b >=1",
    "b 1; if d >=1",
    'b[when="d >=1"]',
    "__glibc >=2.17",
    "b #comment",
    "b >=>1",
    "b (x)",
    "",
    "  b  ",
    "*",
)


def document(*depends: Any, **parts: Any) -> bytes:
    entries = {
        f"a-{number}-0.conda": {"name": "a", "version": str(number), "build": "0", "build_number": 0, "depends": texts}
        for number, texts in enumerate(depends)
    }
    return json.dumps({"packages.conda": entries, **parts}).encode()


def of_records(content: bytes) -> set[str]:
    """Return the names that candidates need, found by reading them."""
    records, faults = EntryReader(PLACE, PLACE.url, JSON).records("a", [content])
    return set(records_made_ready(records, faults, Checks(), b"").needs)


@given(st.lists(st.lists(st.sampled_from(REQUIREMENTS), max_size=4), max_size=4))
def test_no_name_is_missing_that_a_candidate_needs(depends: list[list[str]]) -> None:
    content = document(*depends)
    found = NeedsReader(Checks(), is_json=True).needs([content])

    assert found is not None
    assert of_records(content) <= set(found)
    assert sorted(set(found)) == list(found)


def test_nothing_is_needed_twice_and_nothing_of_the_machine() -> None:
    found = NeedsReader(Checks(), is_json=True).needs([document(["b >=1", "c"], ["b >=2"]), document(["__unix", "d"])])

    assert found == ("b", "c", "d")


@pytest.mark.parametrize(
    "content",
    [
        document(["b"], v3={"conda": {"a-9-0": {"extra_depends": {"x": ["c"]}}}}),
        document("b"),
        document([1]),
        document(None),
        b"nonsense",
        b"",
        b"[" * 100_000,
    ],
    ids=range(7),
)
def test_what_is_not_as_usual_is_for_the_reader_of_records(content: bytes) -> None:
    assert NeedsReader(Checks(), is_json=True).needs([content]) is None


@pytest.mark.parametrize("name", ["real-defaults", "real-forge"])
@pytest.mark.parametrize("subdir", ["linux-64", "noarch"])
def test_no_name_is_missing_of_real_packages(tmp_path: Path, shared: Path, name: str, subdir: str) -> None:
    place = Place(Channel("c", (shared / "data" / "channels" / name).as_uri()), subdir)
    texts = flat_texts_of_this_machine(
        flat_pack(place, RepodataCache(str(tmp_path)), print), ["repodata.json.zst", "repodata.json"]
    )
    assert texts is not None
    reader, checks = NeedsReader(Checks(), is_json=True), Checks()
    wrong = []
    names = sorted(texts.names())[::3]
    for each in names:
        contents = texts.contents(each)
        records, faults = EntryReader(place, place.url, JSON).records(each, contents)
        if not set(records_made_ready(records, faults, checks, b"").needs) <= set(reader.needs(contents) or ()):
            wrong.append(each)

    assert names
    assert wrong == []
