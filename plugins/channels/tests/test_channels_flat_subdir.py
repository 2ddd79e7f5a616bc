"""The records of one subdir: what is decoded when, what stands for what, what is left out."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from conda_channels.flat_making import ROOM, FlatContent
from conda_channels.flat_reading import unpacked_document
from conda_channels.flat_texts import FlatTexts
from conda_channels.kept_file import KeptFile
from conda_channels.made_pack import MendingPack
from conda_channels.origin import Origin
from conda_channels.pack import Pack
from conda_channels.place import Place
from conda_channels.ready import KIND
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.model.channel import Channel

CHANNEL = Channel("c", "https://h/c")
MD5 = "0123456789abcdef" * 2


def entry(name: str, version: str = "1", build: str = "0", **fields: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "build": build, "build_number": 0, "depends": [], **fields}


class Read:
    """A subdir out of a document, and the faults that were told."""

    def __init__(self, document: dict[str, Any] | bytes) -> None:
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.faults: list[tuple[str, list[str]]] = []
        self.decoded: list[str] = []
        memory = BytesIO()
        writer = FlatContent(memory)
        info = writer.take(iter([content]), "https://h/c/linux-64/repodata.json", "linux-64")
        origin = writer.finish(Origin("", "", packages_url=info.base_url or ""))
        place = Place(CHANNEL, "linux-64")
        self.texts = Counted(MendingPack(Pack(memory), lambda: Pack(memory)), origin, place)
        nowhere = KeptFile("/nowhere/ready", KIND)
        self.subdir = SubdirPackages(
            place, self.texts, nowhere, lambda name, faults: self.faults.append((name, faults))
        )

    def files(self, name: str) -> list[str]:
        return sorted(record.file_name for record in self.subdir.records(name))


class Counted(FlatTexts):
    """Texts that remember what was asked of them."""

    asked: tuple[str, ...] = ()

    def contents(self, name: str) -> list[bytes]:
        self.asked += (name,)
        return super().contents(name)


def test_records_of_both_formats_are_found_by_name() -> None:
    read = Read(
        {
            "packages": {"a-1-0.tar.bz2": entry("a"), "a-b-1-0.tar.bz2": entry("a-b")},
            "packages.conda": {"a-2-0.conda": entry("a", "2")},
        }
    )

    assert sorted(read.subdir.names()) == ["a", "a-b"]
    assert read.files("a") == ["a-1-0.tar.bz2", "a-2-0.conda"]
    assert read.files("missing") == []
    assert read.faults == []


def test_a_record_knows_where_it_comes_from() -> None:
    read = Read(
        {"packages.conda": {"a-1-0.conda": entry("a", subdir="osx-64", fn="x", url="http://evil", channel="z")}}
    )

    (record,) = read.subdir.records("a")
    assert (record.channel, record.subdir, record.url) == ("c", "linux-64", "https://h/c/linux-64/a-1-0.conda")
    assert (record.file_name, record.channel_url) == ("a-1-0.conda", "")


def test_a_record_knows_its_channel_when_its_package_lies_elsewhere() -> None:
    read = Read({"info": {"base_url": "https://cdn/p"}, "packages.conda": {"a-1-0.conda": entry("a")}})

    (record,) = read.subdir.records("a")
    assert (record.url, record.channel_url) == ("https://cdn/p/a-1-0.conda", "https://h/c")


def test_the_new_format_stands_for_a_build_in_both() -> None:
    old = entry("a", md5=MD5, size=7)
    read = Read({"packages": {"a-1-0.tar.bz2": old}, "packages.conda": {"a-1-0.conda": entry("a", size=5)}})

    (record,) = read.subdir.records("a")
    assert (record.file_name, record.size) == ("a-1-0.conda", 5)
    assert (record.legacy_bz2_md5, record.legacy_bz2_size) == (MD5, 7)


def test_what_the_new_record_says_of_the_old_one_counts() -> None:
    new = entry("a", legacy_bz2_md5="f" * 32, legacy_bz2_size=1)
    read = Read({"packages": {"a-1-0.tar.bz2": entry("a", md5=MD5)}, "packages.conda": {"a-1-0.conda": new}})

    assert [record.legacy_bz2_md5 for record in read.subdir.records("a")] == ["f" * 32]


@pytest.mark.parametrize("old", [{"md5": "no digest"}, {"md5": 5}, {"size": -1}, {}])
def test_a_bad_record_in_the_old_format_does_not_harm_the_new_one(old: dict[str, Any]) -> None:
    read = Read({"packages": {"a-1-0.tar.bz2": old}, "packages.conda": {"a-1-0.conda": entry("a")}})

    assert [record.legacy_bz2_md5 for record in read.subdir.records("a")] == [None]


def test_the_old_format_stands_in_for_a_bad_record_in_the_new_one() -> None:
    read = Read({"packages": {"a-1-0.tar.bz2": entry("a")}, "packages.conda": {"a-1-0.conda": {"name": "a"}}})

    assert read.files("a") == ["a-1-0.tar.bz2"]
    assert len(read.faults) == 1


def test_removed_packages_are_not_there() -> None:
    read = Read(
        {
            "packages": {"a-1-0.tar.bz2": entry("a"), "b-1-0.tar.bz2": entry("b"), "d-1-0.tar.bz2": entry("d")},
            "packages.conda": {"b-1-0.conda": entry("b"), "d-1-0.conda": entry("d")},
            "removed": ["a-1-0.tar.bz2", "b-1-0.conda", "d-1-0.tar.bz2"],
        }
    )

    assert sorted(read.subdir.names()) == ["b", "d"]
    assert (read.files("a"), read.files("b"), read.files("d")) == ([], ["b-1-0.tar.bz2"], ["d-1-0.conda"])


def test_a_name_is_found_in_lower_case() -> None:
    read = Read({"packages": {"Zope-1-0.tar.bz2": entry("Zope")}})

    assert (list(read.subdir.names()), [record.name for record in read.subdir.records("zope")]) == (["zope"], ["zope"])


def test_virtual_packages_are_not_read_from_channels() -> None:
    read = Read({"packages": {"__cuda-12-0.tar.bz2": entry("__cuda", "12")}})

    assert (list(read.subdir.names()), read.files("__cuda"), read.faults) == ([], [], [])


@pytest.mark.parametrize(
    ("file_name", "record", "fault"),
    [
        ("a-1-0.conda", {"name": "a"}, "is missing"),
        ("a-1-0.conda", "text", "not a map"),
        ("a-1-0.conda", None, "not a map"),
        ("a-1-0.conda", entry("a", build_number="3"), "build_number"),
        ("a-1-0.conda", entry("a", depends="b"), "depends"),
        ("a-1-0.conda", entry("b"), "another package"),
        ("a-1-0.exe", entry("a"), "another format"),
        ("a-1-0.tar.bz2", entry("a"), "another format"),
        ("a-1/../../0.conda", entry("a"), "character"),
        ("a-1-0.conda", entry("a", version="../../etc"), "character"),
        ("a-1-0.conda", entry("a", size=1 << 70), "size"),
    ],
)
def test_a_bad_record_is_left_out_and_told(file_name: str, record: Any, fault: str) -> None:
    read = Read({"packages.conda": {file_name: record, "a-2-0.conda": entry("a", "2")}})

    assert read.files("a") == ["a-2-0.conda"]
    ((name, (told,)),) = read.faults
    assert name == "a"
    assert told.startswith(file_name)
    assert fault in told


@pytest.mark.parametrize("value", [b'"\xff"', b"1e999", b"-" + b"9" * 400])
def test_a_record_of_odd_json_does_not_end_the_reading(value: bytes) -> None:
    good = json.dumps(entry("a", "2")).encode()
    content = b'{"packages.conda": {"a-1-0.conda": {"name": "a", "version": %s}, "a-2-0.conda": %s}}' % (value, good)

    assert Read(content).files("a") == ["a-2-0.conda"]


def test_only_the_records_that_are_asked_for_are_decoded() -> None:
    read = Read({"packages.conda": {f"{name}-1-0.conda": entry(name) for name in "abcdef"}})

    assert read.files("c") == read.files("c") == ["c-1-0.conda"]
    assert read.texts.asked == ("c",)


def test_the_fields_are_held_as_the_table_says(shared: Path) -> None:
    cases = json.loads((shared / "spec" / "cases" / "repodata_cache.json").read_text(encoding="utf-8"))
    wrong = []
    for case in cases["record_fields"]:
        read = Read({"packages.conda": {"a-1-0.conda": entry("a") | {case["field"]: case["value"]}}})
        found = [getattr(record, case["field"]) for record in read.subdir.records("a")]
        held = list(found[0]) if found and isinstance(found[0], tuple) else found[0] if found else "error"
        if held != case["expected"]:
            wrong.append((case, held))

    assert wrong == []


@pytest.mark.parametrize("room", [0, 1_000, ROOM])
def test_small_documents_are_kept_as_they_are_and_large_ones_packed_in_a_large_channel(room: int) -> None:
    small = {"small-1-0.conda": entry("small")}
    large = {f"large-{number}-0.conda": entry("large", str(number), depends=["small"]) for number in range(50)}
    memory = BytesIO()
    writer = FlatContent(memory, room=room)
    writer.take(iter([json.dumps({"packages.conda": {**small, **large}}).encode()]), "https://h/c", "linux-64")
    writer.finish(Origin("https://h/c", ""))
    pack = Pack(memory)

    for entries, is_kept_as_it_is in ((small, True), (large, room == ROOM)):
        (piece,) = pack.pieces(next(iter(entries)).partition("-")[0])
        assert json.loads(unpacked_document(piece)) == {"packages.conda": entries}
        assert (unpacked_document(piece) == piece) == is_kept_as_it_is
