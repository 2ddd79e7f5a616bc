"""Repodata files: packed and not, good and hostile; and where they say that packages lie."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from conda_channels.cache import PACK_FILE, RepodataCache
from conda_channels.decoding import JSON
from conda_channels.flat import flat_pack, flat_texts_of_this_machine
from conda_channels.invalid import InvalidRepodata
from conda_channels.package_base import package_base
from conda_channels.place import Place
from conda_channels.unpacking import unpacked
from conda_kernel.model.channel import Channel

MINIMAL: dict[str, Any] = {"packages": {"a-1-0.tar.bz2": {}}, "packages.conda": {"b-1-0.conda": {}}, "removed": ["x"]}


class Found(NamedTuple):
    """What was read: the file names of both sections, and of what was removed."""

    old: list[str]
    new: list[str]
    removed: list[str]


class Desk:
    """A folder with the file of a channel on this machine, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"file://{folder}/linux-64/repodata.json"

    def read(self, content: object) -> Found:
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        (self.folder / "linux-64").mkdir(exist_ok=True)
        (self.folder / "linux-64" / "repodata.json").write_bytes(text)
        return self.read_again()

    def read_again(self) -> Found:
        place = Place(Channel("c", f"file://{self.folder}"), "linux-64")
        texts = flat_texts_of_this_machine(
            flat_pack(place, RepodataCache(str(self.folder / "kept")), print), ["repodata.json"]
        )
        assert texts is not None
        documents = [JSON.document(each) for name in texts.names() for each in texts.contents(name)]
        old = [name for each in documents for name in each.old or ()]
        return Found(old, [name for each in documents for name in each.new or ()], sorted(texts.removed()))

    def refusal(self, content: object) -> str:
        with pytest.raises(InvalidRepodata) as caught:
            self.read(content)
        assert caught.value.hint
        assert list((self.folder / "kept").iterdir()) == []
        return str(caught.value)


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        zstandard.ZstdCompressor().compress,
        zstandard.ZstdCompressor(write_content_size=False).compress,
        lambda text: zstandard.compress(text[:9]) + zstandard.compress(text[9:]),
        gzip.compress,
        bz2.compress,
        lambda text: bz2.compress(text[:9]) + bz2.compress(text[9:]),
    ],
)
def test_what_a_file_is_packed_with_is_seen(desk: Desk, pack: Any) -> None:
    assert desk.read(pack(json.dumps(MINIMAL).encode())) == Found(["a-1-0.tar.bz2"], ["b-1-0.conda"], ["x"])


@pytest.mark.parametrize("content", [b"", b" \r\n", b"{}", zstandard.compress(b""), b'{"packages": null}'], ids=len)
def test_an_empty_file_has_no_packages(desk: Desk, content: bytes) -> None:
    assert desk.read(content) == Found([], [], [])


def test_unknown_keys_are_ignored(desk: Desk) -> None:
    unknown = {"new": [1], "signatures": {"a": {}}, "other": 5, "info": {"subdir": "linux-64", "more": 1}}

    assert desk.read({**unknown, **MINIMAL}).removed == ["x"]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>please log in</html>",
        b"[]",
        b'{"packages": []}',
        b'{"packages": {"a": {}',
        b'{"removed": [1]}',
        b'{"info": {"subdir": 5}}',
        b"\xff\xfe",
        b'{"packages": {"\xff": {}}}',
        b"[" * 100_000,
        b'{"packages": {"a-1-0.tar.bz2": ' + b"[" * 100_000,
        zstandard.compress(json.dumps(MINIMAL).encode())[:-9],
        zstandard.compress(b"{}") + zstandard.compress(b" ")[:-1],
        zstandard.compress(b"{}") + b"garbage",
        b"\x28\xb5\x2f\xfdnonsense",
        b"\x1f\x8bnonsense",
        gzip.compress(json.dumps(MINIMAL).encode(), mtime=0)[:-20],
    ],
    ids=len,
)
def test_a_file_that_is_no_repodata_is_refused(desk: Desk, content: bytes) -> None:
    assert desk.refusal(content).startswith(f"the file `{desk.url}` holds no index: ")


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress, bz2.compress, bytes])
def test_a_file_that_unpacks_to_too_much_is_refused(pack: Any) -> None:
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        unpacked(pack(b" " * 100_000), 1000)


def test_the_index_of_another_subdir_is_refused(desk: Desk) -> None:
    refusal = desk.refusal({"info": {"subdir": "osx-64"}})

    assert refusal == f"the file `{desk.url}` is the index of `osx-64` instead of `linux-64`"


@pytest.mark.parametrize("where", [{"repodata_version": 3}, {"info": {"repodata_version": 3}}])
def test_a_newer_format_is_refused_wherever_it_is_said(desk: Desk, where: dict[str, Any]) -> None:
    with pytest.raises(InvalidRepodata, match="format 3, which is too new"):
        desk.read({"repodata_version": 1, **where})


@pytest.mark.parametrize("version", [1, 2])
def test_the_known_formats_are_read(desk: Desk, version: int) -> None:
    assert desk.read({"repodata_version": version, "info": {"repodata_version": 1}, **MINIMAL}).removed == ["x"]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (None, "https://h/c/linux-64"),
        ("", "https://h/c/linux-64"),
        ("https://o/p/linux-64/", "https://o/p/linux-64"),
        ("https://o/p/linux-64", "https://o/p/linux-64"),
        ("../packages/", "https://h/c/packages"),
        ("./", "https://h/c/linux-64"),
        ("/abs/", "https://h/abs"),
        ("../../../../../up", "https://h/up"),
        ("https://me:pw@o/t/tk-1/p", "https://o/p"),
    ],
)
def test_packages_lie_where_the_index_says(base: str | None, expected: str) -> None:
    assert package_base("https://h/c/linux-64", base) == expected


@pytest.mark.parametrize(
    ("subdir_url", "expected"),
    [
        ("s3://b/c/noarch", "s3://b/c/p"),
        ("file:///opt/c/noarch", "file:///opt/c/p"),
        ("http://h:8080/c/noarch", "http://h:8080/c/p"),
    ],
)
def test_a_relative_place_is_joined_whatever_the_scheme(subdir_url: str, expected: str) -> None:
    assert package_base(subdir_url, "../p/") == expected


@pytest.mark.parametrize("base", ["https://", "https://h\x00/", "https://[::1", "https:///x"])
def test_a_place_that_is_no_url_is_refused(base: str) -> None:
    with pytest.raises(InvalidRepodata, match="no URL"):
        package_base("https://h/c/linux-64", base)


def test_an_index_of_the_network_does_not_lead_to_local_files() -> None:
    with pytest.raises(InvalidRepodata, match="files of this machine"):
        package_base("https://h/c/linux-64", "file:///etc")


def test_whatever_byte_of_what_is_kept_is_wrong_the_file_is_read_right(desk: Desk) -> None:
    entries = {f"{name}-1-0.conda": {"name": name} for name in "abc"}
    first, second = (
        json.dumps({"packages.conda": each}, separators=(",", ":")).encode()
        for each in (entries, {**entries, "b-2-0.conda": {"name": "b"}})
    )
    expected = desk.read(first)
    path = desk.folder / "kept" / PACK_FILE
    kept = path.read_bytes()
    all_damaged = [kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :] for place in range(len(kept))]
    for damaged in all_damaged:
        path.write_bytes(damaged)
        assert desk.read_again() == expected
    for damaged in all_damaged:
        path.write_bytes(damaged)
        assert desk.read(second) == Found([], ["a-1-0.conda", "b-1-0.conda", "b-2-0.conda", "c-1-0.conda"], [])
