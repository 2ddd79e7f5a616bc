"""What is kept of a record is all of it, in the order of candidates."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.cache import RepodataCache
from conda_channels.checks import Checks
from conda_channels.columns import written
from conda_channels.decoding import JSON
from conda_channels.entries import EntryReader
from conda_channels.flat import flat_pack, flat_texts_of_this_machine
from conda_channels.flat_texts import FlatTexts
from conda_channels.kept_file import KeptFile
from conda_channels.place import Place
from conda_channels.ready import DIGEST, KIND, OTHERS, UNUSABLE, Ready, RecordMaker
from conda_channels.ready_making import records_made_ready
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.model.candidates import best_first
from conda_kernel.model.channel import Channel
from conda_kernel.model.errors import ParseError
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import Rejected
from conda_kernel.model.version import Version
from conda_testing.channels import ChannelBuilder

ODD: list[dict[str, Any]] = [
    {},
    {"track_features": "a b"},
    {"features": "mkl"},
    {"arch": "x86_64", "platform": "linux"},
    {"legacy_bz2_md5": "ab" * 16, "legacy_bz2_size": 5},
    {"python_site_packages_path": "lib/python3.13t/site-packages"},
    {"extra_depends": {"tests": ["b >=1", "c"], "docs": ["d"]}},
    {"flags": ["cuda", "blas:mkl"]},
    {"indexed_timestamp": 1_700_000_000_000},
    {"run_exports": {"weak": ["a >=1"]}},
    {"noarch": "python", "license": "MIT", "license_family": "MIT", "timestamp": 1_600_000_000_000},
    {"purls": ["pkg:pypi/a"], "size": None},
    {"depends": ["b >=1", "__glibc >=2.17"], "constrains": ["c <2"]},
    {"md5": None, "sha256": None},
]


def subdir_of(folder: Path, channel: Channel, subdir: str) -> SubdirPackages:
    """Return the packages of a subdir of this machine, with what was kept below `folder`."""
    place, cache = Place(channel, subdir), RepodataCache(str(folder))
    texts = flat_texts_of_this_machine(flat_pack(place, cache, print), ["repodata.json", "repodata.json.zst"])
    assert texts is not None
    return SubdirPackages(place, texts, KeptFile(cache.beside("ready.pack"), KIND), partial(lambda *_: None))


def assert_the_same(folder: Path, channel: Channel, subdir: str, *, step: int = 1) -> None:
    place = Place(channel, subdir)
    first, again = subdir_of(folder, channel, subdir), subdir_of(folder, channel, subdir)
    texts = flat_texts_of_this_machine(
        flat_pack(place, RepodataCache(str(folder)), print), ["repodata.json", "repodata.json.zst"]
    )
    assert texts is not None
    reader = EntryReader(place, texts.base_url, JSON)
    names = sorted(texts.names())[::step]
    expected = {}
    for name in names:
        records, _ = reader.records(name, texts.contents(name), texts.removed())
        expected[name] = best_first(record for record in records if is_readable(record.version))
        found = first.ordered(name)
        assert found is not None
        assert [record for record in found.records if record not in expected[name]] == []
        assert [record for record in expected[name] if record not in found.records] == [
            rejected.record for rejected in found.rejected if is_readable(rejected.record.version)
        ]
        assert list(found.records) == [record for record in expected[name] if record in found.records]
    first.save()
    kept = subdir_of(folder, channel, subdir)
    for name in names:
        assert answer(kept, name) == answer(first, name) == answer(again, name)
        assert kept.needs(name) == again.needs(name)
    assert names


def answer(packages: SubdirPackages, name: str) -> tuple[list[PackageRecord], tuple[Rejected, ...]]:
    found = packages.ordered(name)
    assert found is not None
    return list(found.records), found.rejected


def is_readable(version: str) -> bool:
    try:
        Version.parse(version)
    except ParseError:
        return False
    return True


def test_nothing_of_a_record_is_lost(tmp_path: Path) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    for number, fields in enumerate(ODD):
        for suffix in (".conda", ".tar.bz2"):
            builder.add_record(
                "a", f"1.{number}{'b' * (suffix != '.conda')}", suffix=suffix, subdir="linux-64", **fields
            )
    builder.add_record("a", "no version!", subdir="linux-64")
    builder.add_record("a", "5", depends=["b >=>1"], subdir="linux-64")
    builder.add_record("b", "1", subdir="linux-64")

    assert_the_same(tmp_path / "kept", Channel("c", builder.write()), "linux-64")


@pytest.mark.parametrize("name", ["real-defaults", "real-forge"])
@pytest.mark.parametrize("subdir", ["linux-64", "noarch"])
def test_nothing_of_a_real_record_is_lost(tmp_path: Path, shared: Path, name: str, subdir: str) -> None:
    folder = shared / "data" / "channels" / name
    assert_the_same(tmp_path / "kept", Channel("c", folder.as_uri()), subdir, step=5)


def test_equal_requirements_and_lists_are_one_object_when_they_are_first_read_and_later(tmp_path: Path) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    for version, depends in (("3", ["b >=1", "c"]), ("2", ["b >=1", "c"]), ("1", ["b >=1"])):
        builder.add_record("a", version, depends=depends, subdir="linux-64")
    channel = Channel("c", builder.write())
    packages = subdir_of(tmp_path / "kept", channel, "linux-64")
    for _ in range(2):
        found = packages.ordered("a")
        assert found is not None
        third, second, first = (record.depends for record in found.records)
        assert third is second
        assert first[0] is second[0]


@pytest.mark.parametrize("columns", [(), ([1],), ([["b"]], [], []), (b"b",)], ids=range(4))
def test_what_is_kept_wrongly_with_good_checksums_is_read_again(tmp_path: Path, columns: tuple[Any, ...]) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    builder.add_record("a", "1", depends=["b >=1"], subdir="linux-64")
    channel = Channel("c", builder.write())
    whole = subdir_of(tmp_path / "kept", channel, "linux-64")
    expected = answer(whole, "a")
    bad = written(whole.digest("a").removesuffix(f"{builder.url}/linux-64".encode()), *columns)
    KeptFile(str(tmp_path / "kept" / "ready.pack"), KIND).save({"a": bad}, lambda _: True)

    again = subdir_of(tmp_path / "kept", channel, "linux-64")
    assert again.needs("a") == ("b",)
    assert answer(again, "a") == expected
    assert not again.requests(["a"])


class Unasked(FlatTexts):
    """Texts that can be told from others, and that nobody can ask for anything."""

    def __init__(self, base_url: str, edition: str) -> None:
        self.base_url = base_url
        self.edition = edition
        self.revisions = ()
        self.relations = ""

    def digest(self, name: str) -> bytes:
        raise NotImplementedError(name)


def test_what_is_kept_of_an_index_that_has_not_changed_is_found_without_asking_it(tmp_path: Path) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    builder.add_record("a", "1", depends=["b >=1"], subdir="linux-64")
    place = Place(Channel("c", builder.write()), "linux-64")

    def unasked(edition: str) -> SubdirPackages:
        file = KeptFile(str(tmp_path / "kept" / "ready.pack"), KIND)
        return SubdirPackages(place, Unasked(place.url, edition), file, lambda *_: None)

    def kept() -> tuple[str, SubdirPackages]:
        packages = subdir_of(tmp_path / "kept", place.channel, "linux-64")
        assert packages.holds("a")
        assert not packages.holds("c")
        answer(packages, "a")
        return packages.texts_state().removeprefix(f"{place.url} "), packages

    edition, packages = kept()
    packages.save()
    assert answer(unasked(edition), "a") == answer(packages, "a")
    assert (unasked(edition).digest("a"), unasked(edition).needs("a")) == (packages.digest("a"), ("b",))
    assert not unasked(edition).holds("c")
    with pytest.raises(NotImplementedError):
        unasked("another").holds("a")
    with pytest.raises(NotImplementedError):
        unasked(edition).holds("b")

    builder.add_record("b", "1", subdir="linux-64")
    builder.write()
    with pytest.raises(NotImplementedError):
        unasked(kept()[0]).holds("a")
    edition, packages = kept()
    answer(packages, "b")
    packages.save()
    assert answer(unasked(edition), "a") == answer(packages, "a")
    assert not unasked(edition).holds("c")


VALUES = st.none() | st.integers(-1, 3) | st.text(max_size=3) | st.lists(st.integers(0, 1), max_size=2)
COLUMNS: st.SearchStrategy[list[Any] | bytes] = st.one_of(
    st.lists(st.integers(-1, 300), max_size=12),
    st.lists(st.text(max_size=3), max_size=3),
    st.lists(st.none() | st.booleans() | st.floats(), max_size=3),
    st.lists(
        st.tuples(
            st.integers(-1, 2),
            st.dictionaries(st.sampled_from([*PackageRecord._fields, "unknown"]), VALUES, max_size=2),
        ),
        max_size=2,
    ),
    st.lists(st.tuples(st.integers(0, 1), VALUES), max_size=2),
    st.binary(max_size=64),
)


@given(number=st.integers(1, OTHERS), column=COLUMNS)
def test_a_column_that_is_not_as_it_was_written_gives_records_or_is_read_again(number: int, column: Any) -> None:
    entries = {
        f"a-{version}-0.conda": {"name": "a", "version": version, "build": "0", "build_number": 0, "depends": ["b"]}
        for version in "12"
    }
    document = json.dumps({"packages.conda": entries}).encode()
    place = Place(Channel("c", "https://packages.example.com/c"), "linux-64")
    records, _ = EntryReader(place, place.url, JSON).records("a", [document])
    whole = records_made_ready(records, [], Checks(), b"digest")
    columns = [whole.octets(DIGEST), *map(whole.values, range(1, OTHERS + 1))]
    columns[number] = column

    try:
        found = RecordMaker(place, place.url).ordered("a", Ready(written(*columns)))
    except UNUSABLE:
        return
    assert {type(record) for record in found.records} <= {PackageRecord}
