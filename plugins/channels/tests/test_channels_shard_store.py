"""The shards that were brought: found again by name and digest, in few packs, whatever other processes do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conda_channels.pack import Pack
from conda_channels.pack_writer import PackWriter
from conda_channels.shard_store import ALWAYS_TAKEN, ShardStore

DIGEST, OTHER = b"d" * 32, b"e" * 32


def keep(folder: Path, contents: dict[str, bytes], digest: bytes = DIGEST, *, wanted: bool = True) -> None:
    store = ShardStore(str(folder))
    for name, content in contents.items():
        store.add(name, digest, content)
    store.save(lambda name, digest: wanted)


def sizes(folder: Path) -> list[int]:
    return sorted(path.stat().st_size for path in folder.iterdir())


def test_what_was_added_is_there_at_once_and_later(tmp_path: Path) -> None:
    store = ShardStore(str(tmp_path / "shards"))
    assert not store.holds("a", DIGEST)
    store.add("a", DIGEST, b"content")
    for found in (store, ShardStore(str(tmp_path / "shards"))):
        assert found.content("a", DIGEST) == (b"content" if found is store else None)
    store.save(lambda name, digest: True)

    for found in (store, ShardStore(str(tmp_path / "shards"))):
        assert found.holds("a", DIGEST)
        assert found.content("a", DIGEST) == b"content"
        assert [found.holds("a", OTHER), found.holds("b", DIGEST)] == [False, False]
        assert [found.content("a", OTHER), found.content("b", DIGEST)] == [None, None]


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    keep(tmp_path / "shards", {})

    assert not (tmp_path / "shards").exists()


def test_small_packs_are_taken_over_with_what_is_wanted(tmp_path: Path) -> None:
    keep(tmp_path, {"a": b"1", "b": b"2"})
    keep(tmp_path, {"b": b"3"}, OTHER)

    assert len(sizes(tmp_path)) == 1
    store = ShardStore(str(tmp_path))
    assert [store.content("a", DIGEST), store.content("b", DIGEST), store.content("b", OTHER)] == [b"1", None, b"3"]
    keep(tmp_path, {"c": b"4"}, wanted=False)
    store = ShardStore(str(tmp_path))
    assert [store.content("a", DIGEST), store.content("c", DIGEST)] == [None, b"4"]


def test_large_packs_are_left_alone_until_as_much_has_come(tmp_path: Path) -> None:
    large = os.urandom(3 * ALWAYS_TAKEN)
    keep(tmp_path, {"large": large})
    for number in range(3):
        keep(tmp_path, {f"small {number}": b"x"})
        assert len(sizes(tmp_path)) == 2
    keep(tmp_path, {"half": large[: len(large) // 2]})
    assert len(sizes(tmp_path)) == 1

    store = ShardStore(str(tmp_path))
    assert store.content("large", DIGEST) == large
    assert all(store.holds(f"small {number}", DIGEST) for number in range(3))


def test_two_that_keep_at_once_lose_nothing(tmp_path: Path) -> None:
    keep(tmp_path, {"a": b"1"})
    first, second = ShardStore(str(tmp_path)), ShardStore(str(tmp_path))
    for store, name in ((first, "b"), (second, "c")):
        assert store.content("a", DIGEST) == b"1"
        store.add(name, DIGEST, b"2")
    first.save(lambda name, digest: True)
    second.save(lambda name, digest: True)

    for store in (first, second, ShardStore(str(tmp_path))):
        assert store.content("a", DIGEST) == b"1"
    store = ShardStore(str(tmp_path))
    assert [store.content(name, DIGEST) for name in "bc"] == [b"2", b"2"]


@pytest.mark.parametrize("where", [0, -8, -60], ids=["content", "end", "directory"])
def test_what_is_damaged_is_not_there_and_is_removed(tmp_path: Path, where: int) -> None:
    keep(tmp_path, {"a": b"content"})
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)

    store = ShardStore(str(tmp_path))
    assert store.content("a", DIGEST) is None
    assert not store.holds("a", DIGEST)
    assert not path.exists()
    keep(tmp_path, {"a": b"content"})
    assert ShardStore(str(tmp_path)).content("a", DIGEST) == b"content"


def test_a_pack_of_another_kind_counts_as_absent(tmp_path: Path) -> None:
    with (tmp_path / "x.pack").open("wb") as file:
        writer = PackWriter(file)
        writer.add("a", b"content", DIGEST)
        writer.finish(b"shards 0")

    assert not ShardStore(str(tmp_path)).holds("a", DIGEST)


def test_a_pack_that_is_not_finished_is_not_opened(tmp_path: Path) -> None:
    keep(tmp_path, {"a": b"content"})
    (path,) = tmp_path.iterdir()
    assert Pack.at(str(path)) is not None
    path.rename(tmp_path / "incoming-1-x")

    assert not ShardStore(str(tmp_path)).holds("a", DIGEST)


def test_where_nothing_can_be_written_it_stays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "shards").write_bytes(b"no folder")
    store = ShardStore(str(tmp_path / "shards"))
    store.add("a", DIGEST, b"content")
    store.save(lambda name, digest: True)

    assert store.content("a", DIGEST) == b"content"


def test_a_shard_that_is_wrong_goes_with_its_pack(tmp_path: Path) -> None:
    keep(tmp_path, {"a": b"content"})
    store = ShardStore(str(tmp_path))
    store.drop("a", DIGEST)

    assert not store.holds("a", DIGEST)
    assert sizes(tmp_path) == []
