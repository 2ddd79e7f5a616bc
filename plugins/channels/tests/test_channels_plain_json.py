"""The decoding of entries with the standard library gives what the other one does, or leaves it to that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conda_channels.decoding import JSON
from conda_channels.entries import EntryReader
from conda_channels.place import Place
from conda_channels.plain_json import Odd, PlainJson
from conda_kernel.model.channel import Channel

PLACE = Place(Channel("c", "https://h/c"), "linux-64")
ENTRY = {"name": "a", "version": "1", "build": "0", "build_number": 0, "depends": ["b"], "size": 7}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["1", "a", "b >=1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
FIELDS = st.sampled_from([*ENTRY, "constrains", "timestamp", "noarch", "license", "md5", "track_features", "other"])
ENTRIES = st.dictionaries(
    st.sampled_from(["a-1-0.conda", "a-1-0.tar.bz2", "a-2-0.conda", "b-1-0.conda", "odd"]),
    st.dictionaries(FIELDS, VALUES, max_size=2).map(lambda fields: {**ENTRY, **fields}) | VALUES,
    max_size=3,
)


def read(codec: Any, content: bytes) -> object:
    return EntryReader(PLACE, PLACE.url, codec).records("a", [content])


@given(st.fixed_dictionaries({}, optional={"packages": ENTRIES, "packages.conda": ENTRIES}), st.booleans())
@example({"packages.conda": {"a-1-0.conda": {**ENTRY, "size": 1 << 70}}}, True)
def test_entries_are_what_the_other_decoder_says_or_odd(document: dict[str, Any], is_ascii: bool) -> None:
    content = json.dumps(document, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    try:
        found = read(PlainJson(), content)
    except Odd:
        return

    assert found == read(JSON, content)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"packages": []}',
        b'{"packages": {"a-1-0.conda": []}}',
        b'{"packages": {}, "removed": []}',
        b'{"v3": {}}',
        b'{"packages": {"a-1-0.conda": {"size": NaN}}}',
        b'{"packages": {"a-1-0.conda": {"size": 1e9}}}',
        b'{"packages": {"a-1-0.conda": {"license": "\\ud800"}}}',
        b'{"packages": {"a-1-0.conda": {"license": "\xed\xa0\x80"}}}',
    ],
    ids=len,
)
def test_what_is_odd_is_left_to_the_other_decoder(content: bytes) -> None:
    with pytest.raises(Odd):
        PlainJson().document(content)


def test_a_plain_document_is_decoded() -> None:
    document = {"packages": None, "packages.conda": {"a-1-0.conda": ENTRY}}
    found = PlainJson().document(json.dumps(document).encode())

    assert (found.old, found.new) == (None, {"a-1-0.conda": ENTRY})
