"""A document that is taken apart is what it was as a whole, wherever its pieces end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.splitting import NESTED, SECTIONS, Section, Value, split_document

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


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def joined(content: bytes, size: int, run: int) -> dict[str, Any]:
    """Return the document that the parts make."""
    whole: dict[str, Any] = {}
    for part in split_document(cut(content, size), run):
        if isinstance(part, Value):
            whole[part.key] = json.loads(part.text)
            continue
        inner = whole
        for key in part.path:
            inner = inner.setdefault(key, {})
        inner.update({name: msgspec.json.decode(entry) for name, entry in part.entries.items()})
    return whole


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


def test_a_map_of_packages_never_is_in_one_piece() -> None:
    run = 1 << 12
    entries = {f"a-{number}-0.conda": {"name": "a", "depends": ["b >=1"]} for number in range(5000)}
    content = json.dumps({"packages.conda": entries}, separators=(",", ":")).encode()
    parts = list(split_document(cut(content, 1000), run))

    assert all(isinstance(part, Section) and sum(map(len, part.entries.values())) < 2 * run for part in parts)
    assert sum(len(part.entries) for part in parts if isinstance(part, Section)) == 5000
