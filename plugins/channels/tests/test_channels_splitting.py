"""A document that is taken apart is what it was as a whole, wherever its pieces end."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.carrying import Carried, Earlier, braces
from conda_channels.flat_making import FlatContent
from conda_channels.flat_reading import unpacked_document
from conda_channels.origin import Origin
from conda_channels.pack import Pack
from conda_channels.splitting import NESTED, SECTIONS, Named, Section, Value, split_document

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\", '},"', "{", "}", "\\u0022"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
MAPS = st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3), max_size=12)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "packages": MAPS,
        "packages.conda": MAPS,
        "v3": st.dictionaries(st.sampled_from(["conda", "tar.bz2", "whl"]), MAPS, max_size=2),
        "info": VALUES,
        "removed": st.lists(TEXTS, max_size=3),
        "more": VALUES,
    },
)

FILES = st.builds(
    "{}-{}-{}".format,
    st.sampled_from(["a", "a-b", "A", "b", "__v", "", '"', "\\u0041"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["0.conda", "1.conda", "0.tar.bz2", '"},"b-1-0":{']),
)
FILE_MAPS = st.dictionaries(FILES, st.dictionaries(TEXTS | FILES, VALUES, max_size=2), max_size=20)
INDEXES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"packages": FILE_MAPS, "packages.conda": FILE_MAPS},
    optional={
        "info": st.just({"subdir": "linux-64"}),
        "v3": st.dictionaries(st.sampled_from(["conda", "tar.bz2", "whl"]), FILE_MAPS, max_size=2),
        "removed": st.lists(TEXTS, max_size=3),
    },
)
SPACES: st.SearchStrategy[Any] = st.sampled_from([{"separators": (",", ":")}, {}, {"indent": 2}])


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def joined(content: bytes, size: int, run: int, earlier: Earlier | None = None) -> dict[str, Any]:
    """Return the document that the parts make."""
    whole: dict[str, Any] = {}
    for part in split_document(cut(content, size), run, earlier):
        if isinstance(part, Value):
            whole[part.key] = json.loads(part.text)
        elif isinstance(part, Carried):
            add(whole, json.loads(unpacked_document(part.content)))
        elif isinstance(part, Named):
            add(whole, json.loads(part.text.join(braces(part.path))))
        else:
            inner: Any = {name: msgspec.json.decode(entry) for name, entry in part.entries.items()}
            for key in reversed(part.path):
                inner = {key: inner}
            add(whole, inner)
    return whole


def add(whole: dict[str, Any], document: dict[str, Any]) -> None:
    """Put the maps of a document into another one."""
    for key, value in document.items():
        if key == NESTED:
            add(whole.setdefault(key, {}), value)
        else:
            whole.setdefault(key, {}).update(value)


def pack_of(content: bytes, earlier: Earlier | None = None) -> Pack:
    """Return the pack that is made of a document."""
    memory = BytesIO()
    made = FlatContent(memory, room=0, earlier=earlier)
    made.take(iter([content]), "", "linux-64")
    made.finish(Origin("", ""))
    return Pack(memory)


def earlier_of(content: bytes) -> Earlier:
    return Earlier(pack_of(content))


def entries_by_name(pack: Pack) -> dict[str, dict[str, Any]]:
    """Return the document of every name."""
    documents: dict[str, dict[str, Any]] = {}
    for name in pack.names():
        for piece in pack.pieces(name):
            add(documents.setdefault(name, {}), json.loads(unpacked_document(piece)))
    return documents


def without_empty_maps(document: dict[str, Any]) -> dict[str, Any]:
    """Drop the maps of packages that have none, of which nothing is told."""
    found = {key: value for key, value in document.items() if key != NESTED}
    nested = {key: value for key, value in document.get(NESTED, {}).items() if value}
    if nested:
        found[NESTED] = nested
    return {key: value for key, value in found.items() if key not in SECTIONS or value}


@given(DOCUMENTS, st.integers(1, 60), st.integers(1, 700), st.sampled_from([None, 1]), st.booleans())
def test_the_parts_make_the_document(
    document: dict[str, Any], size: int, run: int, indent: int | None, is_ascii: bool
) -> None:
    content = json.dumps(document, indent=indent, ensure_ascii=is_ascii).encode()

    assert joined(content, size, run) == without_empty_maps(document)


@given(DOCUMENTS, st.integers(1, 700), st.data())
def test_a_document_that_is_cut_short_is_refused(document: dict[str, Any], run: int, data: st.DataObject) -> None:
    content = json.dumps(document).encode()
    end = data.draw(st.integers(1, len(content) - 1))

    with pytest.raises(ValueError):  # noqa: PT011 - each place has words of its own
        joined(content[:end], 50, run)


def test_a_document_that_is_cut_short_behind_a_value_is_refused_wherever_that_begins() -> None:
    for width in range(1, 60):
        content = b'{"packages": {"a": {}, "b": {"%s": 1, "c": {"d": 1234567, "e": "f"}}' % (b"x" * width)
        for run in range(1, 80):
            with pytest.raises(ValueError):  # noqa: PT011 - each place has words of its own
                joined(content, 50, run)


@given(DOCUMENTS, st.integers(1, 700), st.data())
def test_a_document_with_a_wrong_byte_is_refused_or_read_as_it_is(
    document: dict[str, Any], run: int, data: st.DataObject
) -> None:
    content = bytearray(json.dumps(document).encode())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        expected = json.loads(bytes(content))
    except ValueError:
        expected = None
    try:
        found = joined(bytes(content), 50, run)
    except (ValueError, RecursionError):
        return

    # What is refused as a whole may hold a key twice, or be wrong in a part that nobody reads.
    if isinstance(expected, dict) and all(isinstance(expected.get(key, {}), dict) for key in (*SECTIONS, NESTED)):
        assert found == without_empty_maps(expected)


@st.composite
def successions(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Return a document, and another that has many of its entries, written alike."""
    first: dict[str, Any] = draw(INDEXES)
    second: dict[str, Any] = draw(INDEXES)
    for key in SECTIONS:
        taken = {name: entry for name, entry in first[key].items() if draw(st.integers(0, 3))}
        second[key] = dict(sorted({**second[key], **taken}.items()))
        first[key] = dict(sorted(first[key].items()))
    spaces: dict[str, Any] = draw(SPACES)
    return json.dumps(first, **spaces).encode(), json.dumps(second, **spaces).encode()


@given(successions(), st.integers(1, 60), st.integers(1, 2000))
def test_the_parts_make_the_document_whatever_the_earlier_one_was(
    documents: tuple[bytes, bytes], size: int, run: int
) -> None:
    before, now = documents

    for earlier in (before, now):
        assert joined(now, size, run, earlier_of(earlier)) == without_empty_maps(json.loads(now))
        assert entries_by_name(pack_of(now, earlier_of(earlier))) == entries_by_name(pack_of(now))


@given(successions(), st.integers(1, 700), st.data())
def test_a_document_that_is_cut_short_is_refused_whatever_the_earlier_one_was(
    documents: tuple[bytes, bytes], run: int, data: st.DataObject
) -> None:
    _, now = documents
    end = data.draw(st.integers(1, len(now) - 1))

    for each in documents:
        with pytest.raises(ValueError):  # noqa: PT011 - each place has words of its own
            joined(now[:end], 50, run, earlier_of(each))


def test_a_wrong_byte_in_what_is_known_is_refused_or_read_as_it_is() -> None:
    entries = {f"{name}-{version}-0.conda": {"depends": ["c"]} for name in ("a", "a-b", "b") for version in "12"}
    known = json.dumps({"packages": entries, "packages.conda": entries}, separators=(",", ":")).encode()
    for place, byte in itertools.product(range(len(known)), b'"\\,:{}[]- 1ax'):
        content = known[:place] + bytes([byte]) + known[place + 1 :]
        try:
            found = joined(content, 50, 200, earlier_of(known))
        except ValueError:
            continue

        assert found == json.loads(content)


def test_what_is_as_it_was_is_carried_over_and_what_is_new_is_read_by_itself() -> None:
    names = [f"n{number}" for number in range(100)]
    entries = {f"{name}-{version}-0.conda": {"name": name} for name in names for version in "12"}
    changed = {**entries, "n50-2-0.conda": {"name": "n50", "size": 1}, "n60-3-0.conda": {"name": "n60"}}
    del changed["n70-1-0.conda"], changed["n80-1-0.conda"], changed["n80-2-0.conda"]
    first, second = (
        json.dumps({"packages.conda": dict(sorted(each.items()))}, separators=(",", ":")).encode()
        for each in (entries, changed)
    )
    parts = [*split_document(cut(second, 4096), earlier=earlier_of(first))]

    assert [part.name for part in parts if isinstance(part, Named)] == ["n50", "n60", "n70"]
    assert [type(part) for part in parts].count(Carried) == 96
    assert len(parts) == 99


@pytest.mark.parametrize("indent", [None, 2])
def test_digests_of_names_are_the_same_whatever_the_earlier_document_was(indent: int | None) -> None:
    entries = {f"n{number}-{version}-0.conda": {"name": f"n{number}"} for number in range(9) for version in "12"}
    changed = dict(sorted({**entries, "n0-3-0.conda": {"name": "n0"}, "n5-2-0.conda": {}}.items()))
    first, second = (
        json.dumps({"packages.conda": each}, indent=indent, separators=(",", ":")).encode()
        for each in (entries, changed)
    )
    packs = pack_of(second), pack_of(second, earlier_of(first)), pack_of(second, earlier_of(second))
    digests = [{name: pack.digest(name) for name in pack.names()} for pack in packs]

    assert len(digests[0]) == 9
    assert digests[0] == digests[1] == digests[2]


def test_many_small_maps_are_read_in_linear_time() -> None:
    known = earlier_of(b"{}")

    def spent(count: int) -> float:
        maps = ",".join(f'"conda":{{"a-{number}-0":{{}}}}' for number in range(count))
        begin = time.process_time()
        assert sum(1 for _ in split_document(iter([f'{{"v3":{{{maps}}}}}'.encode()]), earlier=known)) == count
        return time.process_time() - begin

    assert spent(60_000) < 7 * spent(15_000)


def test_a_map_of_packages_never_is_in_one_piece() -> None:
    run = 1 << 12
    entries = {f"a-{number}-0.conda": {"name": "a", "depends": ["b >=1"]} for number in range(5000)}
    content = json.dumps({"packages.conda": entries}, separators=(",", ":")).encode()
    parts = list(split_document(cut(content, 1000), run))

    assert all(isinstance(part, Section) and sum(map(len, part.entries.values())) < 2 * run for part in parts)
    assert sum(len(part.entries) for part in parts if isinstance(part, Section)) == 5000
