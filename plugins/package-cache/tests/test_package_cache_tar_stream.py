"""The tar reader understands what tar files hold, and refuses what it does not."""

from __future__ import annotations

import io
import tarfile
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_package_cache.errors import ArchiveFault
from conda_package_cache.tar_stream import Allowance, ByteSource, read_members

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
TYPES = {"file": tarfile.REGTYPE, "folder": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE}


class Entry(NamedTuple):
    name: str
    kind: str = "file"
    content: bytes = b""
    target: str = ""
    mode: int = 0o644
    modified: float = 1_600_000_000


def tar(entries: list[Entry], tar_format: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=FORMATS[tar_format], encoding="utf-8") as archive:
        for entry in entries:
            header = tarfile.TarInfo(entry.name)
            header.type, header.linkname, header.mode = TYPES[entry.kind], entry.target, entry.mode
            header.mtime, header.size = entry.modified, len(entry.content)
            archive.addfile(header, io.BytesIO(entry.content))
    return buffer.getvalue()


def read(data: bytes, *, step: int = 10**6, limit: int = 10**9) -> list[Entry]:
    """Return the members of a tar stream that arrives in pieces of at most `step` bytes."""
    stream = io.BytesIO(data)
    source = ByteSource(lambda count: stream.read(min(count, step)), Allowance(limit))
    return [
        Entry(member.name, member.kind, source.take(member.size), member.target, member.mode, member.modified / 10**9)
        for member in read_members(source)
    ]


names = st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=150)
times = st.integers(0, 8**11 - 1)
modes = st.integers(0, 0o7777)
files = st.builds(Entry, names, st.just("file"), st.binary(max_size=2000), st.just(""), modes, times)
links = st.builds(Entry, names, st.sampled_from(["symlink", "hardlink"]), st.just(b""), names, modes, times)


@given(st.lists(files | links, max_size=6), st.sampled_from(["gnu", "pax"]), st.sampled_from([1, 7, 512, 700, 10**6]))
def test_what_tarfile_writes_is_read_however_it_arrives(entries: list[Entry], tar_format: str, step: int) -> None:
    assert read(tar(entries, tar_format), step=step) == entries


@pytest.mark.parametrize("tar_format", FORMATS)
def test_a_name_in_two_fields_is_put_together(tar_format: str) -> None:
    name = "a" * 90 + "/" + "b" * 90

    assert [entry.name for entry in read(tar([Entry(name)], tar_format))] == [name]


@pytest.mark.parametrize("tar_format", ["gnu", "pax"])
def test_numbers_that_need_more_than_octal_digits_are_read(tar_format: str) -> None:
    times = [8**11 + 5, -5]

    assert [entry.modified for entry in read(tar([Entry("a", modified=t) for t in times], tar_format))] == times


def test_times_have_fractions() -> None:
    assert read(tar([Entry("a", modified=1.25)], "pax"))[0].modified == 1.25


def test_a_shared_pax_header_gives_times_to_all_that_follow() -> None:
    buffer = io.BytesIO()
    shared = {"mtime": "77.5", "comment": "of no meaning"}
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers=shared) as archive:
        archive.addfile(tarfile.TarInfo("a"))
        archive.addfile(tarfile.TarInfo("b"))

    assert [entry.modified for entry in read(buffer.getvalue())] == [77.5, 77.5]


def test_a_description_counts_for_one_member_alone() -> None:
    long = "x" * 200

    assert [entry.name for entry in read(tar([Entry(long), Entry("b")], "gnu"))] == [long, "b"]


def test_an_old_folder_is_known_by_its_slash() -> None:
    header = changed(tar([Entry("old/")], "gnu"), 156, b"\0")

    assert [(entry.name, entry.kind) for entry in read(header)] == [("old/", "folder")]


def changed(data: bytes, place: int, value: bytes) -> bytes:
    """Return a tar stream with bytes of its first header replaced, and the checksum made right."""
    header = bytearray(data[:512])
    header[place : place + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data[512:]


def test_a_header_with_signed_sums_is_read() -> None:
    data = bytearray(tar([Entry("é")], "gnu"))
    header = bytes(data[:148]) + b" " * 8 + bytes(data[156:512])
    data[148:156] = b"%06o\0 " % sum(byte if byte < 128 else byte - 256 for byte in header)

    assert [entry.name for entry in read(bytes(data))] == ["é"]


@pytest.mark.parametrize("place", [0, 100, 124, 136, 148, 156, 157, 257, 345, 511])
def test_a_flipped_bit_in_a_header_is_found(place: int) -> None:
    data = bytearray(tar([Entry("name", content=b"x")], "pax"))
    data[place] ^= 1

    with pytest.raises(ArchiveFault):
        read(bytes(data))


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (124, b"0000000009\0", "no number"),
        (124, b"-0000000001\0", "no number"),
        (124, b"00000_00001\0", "no number"),
        (124, b"\xff" * 12, "size"),
        (124, b"\x80" + b"\xff" * 11, "cut off"),
        (0, b"\xff\xfe", "not UTF-8"),
        (156, b"S", "sparse"),
        (156, b"V", "special"),
        (156, b"7", "special"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(place: int, value: bytes, told: str) -> None:
    with pytest.raises(ArchiveFault, match=told):
        read(changed(tar([Entry("name")], "gnu"), place, value))


@pytest.mark.parametrize("kind", ["folder", "symlink", "hardlink"])
def test_a_member_that_is_no_file_has_no_content(kind: str) -> None:
    data = changed(tar([Entry("a", kind, target="b")], "gnu"), 124, b"00000001000\0")

    with pytest.raises(ArchiveFault, match="size that it cannot have"):
        read(data)


def extension(flag: bytes, content: bytes) -> bytes:
    header = changed(tar([Entry("described")], "gnu")[:512], 124, b"%011o\0" % len(content))
    return changed(header, 156, flag) + content.ljust(-(-len(content) // 512) * 512, b"\0")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (extension(b"x", b"11 path=a\n"), "cannot be read"),
        (extension(b"x", b"10 path=ab"), "cannot be read"),
        (extension(b"x", b"9999999 path=a\n"), "cannot be read"),
        (extension(b"x", b"0 path=a\n"), "cannot be read"),
        (extension(b"x", b"-9 path=a\n"), "cannot be read"),
        (extension(b"x", b"7 path\n"), "cannot be read"),
        (extension(b"x", b"path=a\n"), "cannot be read"),
        (extension(b"x", b"9 size=x\n"), "no number"),
        (extension(b"x", b"13 mtime=nan\n"), "no time"),
        (extension(b"x", b"13 mtime=1e9\n"), "no time"),
        (extension(b"x", b"10 path=a\n10 path=b\n"), "described twice"),
        (extension(b"x", b"10 path=a\n") * 2, "described twice"),
        (extension(b"x", b"10 path=a\n") + extension(b"L", b"b\0"), "described twice"),
        (extension(b"g", b"10 path=a\n"), "one name or size"),
        (extension(b"x", b"22 GNU.sparse.major=1\n"), "sparse"),
        (extension(b"L", b"x" * 1_100_000), "longer than any"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(headers: bytes, told: str) -> None:
    with pytest.raises(ArchiveFault, match=told):
        read(headers + tar([Entry("a")], "gnu"))


def test_a_stream_without_its_end_mark_is_cut_off() -> None:
    with pytest.raises(ArchiveFault, match="cut off"):
        read(tar([Entry("a", content=b"x")], "gnu")[:1024])


def test_what_follows_the_end_mark_is_no_member() -> None:
    assert [entry.name for entry in read(tar([Entry("a")], "gnu") + tar([Entry("b")], "gnu"))] == ["a"]


def test_what_follows_the_end_mark_is_counted() -> None:
    with pytest.raises(ArchiveFault, match="more than 20000 bytes"):
        read(tar([Entry("a")], "gnu") + bytes(10_000), limit=20_000, step=10_000)


@given(st.binary(max_size=3000))
def test_noise_is_refused_or_empty(noise: bytes) -> None:
    try:
        assert read(noise) == []
    except ArchiveFault:
        pass
