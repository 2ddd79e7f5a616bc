"""A pack is whole or it is not there, whatever happened to the file."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.kept_file import KeptFile
from conda_channels.pack import Damaged, Pack
from conda_channels.pack_writer import PackWriter

PIECES = [("b", b"second"), ("a", b"first"), ("a", b"more of it"), ("", b""), ("ä ", b"\x00\xff")]


def written(about: bytes = b"about") -> bytes:
    file = BytesIO()
    writer = PackWriter(file)
    for name, content in PIECES:
        writer.add(name, content, hashlib.sha256(content).digest())
    writer.finish(about)
    return file.getvalue()


def read(pack: Pack) -> list[tuple[str, list[bytes]]]:
    return [(name, pack.pieces(name)) for name in pack.names()]


def test_digests_alone_are_a_pack_too() -> None:
    names = [str(number) + "\n" * (number % 3) for number in range(1000)]
    digests = {name: hashlib.sha256(name.encode()).digest() for name in names}
    file = BytesIO()
    PackWriter(file).finish_with_digests(sorted(digests), [digests[name] for name in sorted(digests)], b"about")
    pack = Pack(file)

    assert {name: pack.digest(name) for name in pack.names()} == digests
    assert pack.names() == sorted(digests)
    assert sorted(pack.digests()) == sorted(digests.values())
    assert pack.pieces("1\n") == [b""]
    assert (pack.digest("x"), pack.digest(""), pack.about) == (b"", b"", b"about")


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "", "a\nb", "\n", "ä"]) | st.text(max_size=3), st.binary())))
def test_every_piece_is_found_by_its_name(pieces: list[tuple[str, bytes]]) -> None:
    file = BytesIO()
    writer = PackWriter(file)
    for name, content in pieces:
        writer.add(name, content)
    writer.finish(b"")
    pack = Pack(file)

    assert pack.names() == sorted({name for name, _ in pieces})
    for wanted in pack.names():
        assert pack.pieces(wanted) == [content for name, content in pieces if name == wanted]


WHOLE = [("", [b""]), ("a", [b"first", b"more of it"]), ("b", [b"second"]), ("ä ", [b"\x00\xff"])]


def test_pieces_are_found_by_name(tmp_path: Path) -> None:
    (tmp_path / "pack").write_bytes(written())
    pack = Pack.at(str(tmp_path / "pack"))

    assert pack is not None
    assert read(pack) == WHOLE
    assert pack.about == b"about"
    assert (pack.pieces("c"), pack.digest("c")) == ([], b"")
    assert len({pack.digest(name) for name in pack.names()}) == 4


def test_of_a_pack_with_a_wrong_byte_nothing_wrong_is_believed() -> None:
    content = written()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0x40
        try:
            assert read(Pack(BytesIO(bytes(changed)))) == WHOLE
        except Damaged:
            continue
        # The end has seven octets that mean nothing.
        assert place >= len(content) - 7


def test_a_pack_that_is_cut_short_or_longer_is_none() -> None:
    content = written()
    for end in range(len(content)):
        with pytest.raises(Damaged):
            Pack(BytesIO(content[:end]))
    with pytest.raises(Damaged):
        Pack(BytesIO(content + b"\x00"))


@pytest.mark.parametrize("content", [None, b"", b"x" * 59, b"x" * 60, b"\xff" * 500])
def test_what_is_no_pack_is_none(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "pack").write_bytes(content)

    assert Pack.at(str(tmp_path / "pack")) is None
    assert Pack.at(str(tmp_path)) is None


def test_whoever_has_it_open_reads_on_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    path.write_bytes(written())
    pack = Pack.at(str(path))
    (tmp_path / "other").write_bytes(b"nonsense")
    os.replace(tmp_path / "other", path)

    assert pack is not None
    assert read(pack) == WHOLE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_what_another_user_wrote_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    path.write_bytes(written())
    os.chown(path, 4711, 4711)

    assert Pack.at(str(path)) is None
    os.chown(tmp_path, 4711, 4711)
    assert Pack.at(str(path)) is not None


def test_what_is_kept_is_kept_on_when_more_comes(tmp_path: Path) -> None:
    path = str(tmp_path / "folder" / "kept")
    KeptFile(path, "kind 1").save({"a": b"1", "b": b"2", "c": b"3"}, lambda _: True)
    file = KeptFile(path, "kind 1")
    file.save({"a": b"4"}, lambda name: name != "c")

    for each in (file, KeptFile(path, "kind 1")):
        assert [each.content(name) for name in "abc"] == [b"4", b"2", None]
    assert KeptFile(path, "kind 2").content("a") is None
    assert os.listdir(tmp_path / "folder") == ["kept"]


def test_pieces_of_all_sizes_are_kept_on_wherever_they_lie(tmp_path: Path) -> None:
    path = str(tmp_path / "kept")
    sizes = [0, 1, 200_000, 65_535, 65_536, 65_537, 3, 40_000, 0, 40_000, 1_000]
    pieces = {f"name {number}": bytes([number]) * size for number, size in enumerate(sizes)}
    for name in reversed(pieces):
        KeptFile(path, "kind").save({name: pieces[name]}, lambda _: True)
    for name, content in list(pieces.items())[::3]:
        pieces[name] = content[::-1] + b"more"
        KeptFile(path, "kind").save({name: pieces[name]}, lambda _: True)

    file = KeptFile(path, "kind")
    assert {name: file.content(name) for name in pieces} == pieces


def test_what_holds_for_a_state_is_sure_while_the_state_is_the_same(tmp_path: Path) -> None:
    path = str(tmp_path / "kept")
    KeptFile(path, "kind 1").save({"a": b"1", "b": b"2", "c": b"3", "gone": b""}, lambda _: True, "first")
    file = KeptFile(path, "kind 1")
    found = [file.sure(name, "first") for name in ("a", "gone", "unknown")]
    assert (found, file.sure("a", "second"), file.sure("a", "")) == ([b"1", b"", None], None, None)

    file.save({"d": b"4"}, lambda _: False, "first")
    assert [file.sure(name, "first") for name in "abcd"] == [b"1", b"2", b"3", b"4"]

    file.save({"e": b"5"}, lambda name: name != "c", "second", {"b"})
    for each in (file, KeptFile(path, "kind 1")):
        assert [each.sure(name, "second") for name in "abcde"] == [None, b"2", None, None, b"5"]
        assert [each.content(name) for name in "abcde"] == [b"1", b"2", None, b"4", b"5"]
        assert each.sure("b", "first") is None

    file.save({"f": b"6"}, lambda _: True)
    assert [(file.sure(name, "second"), file.sure(name, "")) for name in "bef"] == [(None, None)] * 3
    assert [file.content(name) for name in "bef"] == [b"2", b"5", b"6"]


def test_what_another_process_put_in_its_place_is_not_taken_for_what_was_confirmed(tmp_path: Path) -> None:
    path = str(tmp_path / "kept")
    KeptFile(path, "kind 1").save({"a": b"1"}, lambda _: True, "first")
    file = KeptFile(path, "kind 1")
    assert file.content("a") == b"1"
    KeptFile(path, "kind 1").save({"a": b"22"}, lambda _: True, "third")

    file.save({"b": b"3"}, lambda _: True, "second", {"a"})
    assert [file.sure(name, "second") for name in "ab"] == [None, b"3"]
    assert file.content("a") == b"22"
