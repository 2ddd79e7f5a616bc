"""The decoding of a few entries gives what that of many does, or leaves it to that."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conda_channels.decoding import JSON, MSGPACK
from conda_channels.entries import EntryReader
from conda_channels.message_pack import message_pack_value
from conda_channels.place import Place
from conda_channels.plain_entries import Odd, PlainCodec, plain_json_value
from conda_kernel.model.channel import Channel
from conda_testing.shards import packed

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


FILES = st.lists(st.sampled_from(["a-1-0.conda", "a-1-0.tar.bz2", "odd"]), max_size=2)
DOCUMENTS = st.fixed_dictionaries({}, optional={"packages": ENTRIES, "packages.conda": ENTRIES, "removed": FILES})
PLAIN_JSON, PLAIN_MESSAGE_PACK = PlainCodec(plain_json_value), PlainCodec(message_pack_value)


class Written(NamedTuple):
    """MessagePack as it stands in a document, in the place of a value."""

    content: bytes


def message_pack(value: object) -> bytes:
    """Return a value as MessagePack, which has more kinds than JSON."""
    match value:
        case Written():
            return value.content
        case float():
            return struct.pack(">Bd", 0xCB, value)
        case list():
            return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(message_pack, value))
        case dict():
            members = [message_pack(each) for pair in value.items() for each in pair]
            return struct.pack(">BI", 0xDF, len(value)) + b"".join(members)
        case _:
            return packed(value)


def read(codec: Any, content: bytes) -> object:
    return EntryReader(PLACE, PLACE.url, codec).records("a", [content])


def read_or_odd(codec: PlainCodec, content: bytes) -> object:
    try:
        return read(codec, content)
    except Odd:
        return Odd


@given(DOCUMENTS, st.booleans())
@example({"packages.conda": {"a-1-0.conda": {**ENTRY, "size": 1 << 70}}}, True)
def test_entries_in_json_are_what_the_other_decoder_says_or_odd(document: dict[str, Any], is_ascii: bool) -> None:
    content = json.dumps(document, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    assert read_or_odd(PLAIN_JSON, content) in (Odd, read(JSON, content))


KINDS = st.sampled_from(
    [
        *(b"x", b"\xff" * 16, b"\xab" * 32, -1, 1 << 62, float("nan"), None, True),
        Written(b"\xcf" + b"\xff" * 8),
        Written(b"\xca\x7f\xc0\x00\x00"),
        Written(b"\xd6\xff" + bytes(4)),
        Written(b"\xd4\x05\x00"),
        Written(b"\xa1\xff"),
        Written(b"\xa3\xed\xa0\x80"),
        Written(b"\x81\xc4\x01a\x01"),
        Written(b"\x81\x01\x01"),
        Written(b"\x82\xa1a\x01\xa1a\x02"),
    ]
)
"""Values that JSON has not: octets, large and small numbers, times, unknown kinds, what is no text, odd keys."""
ODD_ENTRIES = st.dictionaries(
    st.sampled_from(["a-1-0.conda", "a-2-0.conda"]) | KINDS.filter(lambda key: isinstance(key, (bytes, int))),
    st.dictionaries(FIELDS | st.just(b"size"), KINDS | VALUES, max_size=3).map(lambda fields: {**ENTRY, **fields})
    | KINDS,
    max_size=3,
)


@given(
    st.fixed_dictionaries(
        {}, optional={"packages": ENTRIES | ODD_ENTRIES, "packages.conda": ODD_ENTRIES, "removed": FILES | KINDS}
    )
)
@example({"packages.conda": {"a-1-0.conda": ENTRY}, "packages": {}, "removed": ["a-1-0.tar.bz2"]})
def test_entries_in_message_pack_are_what_the_other_decoder_says_or_odd(document: dict[str, Any]) -> None:
    try:
        content = message_pack(document)
    except (OverflowError, struct.error, UnicodeEncodeError):
        return
    plain, other = read_or_odd(PLAIN_MESSAGE_PACK, content), read(MSGPACK, content)

    assert plain is Odd or repr(plain) == repr(other)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"packages": []}',
        b'{"packages": {"a-1-0.conda": []}}',
        b'{"packages": {}, "removed": [1]}',
        b'{"packages": {}, "removed": {}}',
        b'{"v3": {}}',
        b'{"packages": {"a-1-0.conda": {"size": NaN}}}',
        b'{"packages": {"a-1-0.conda": {"size": 1e9}}}',
        b'{"packages": {"a-1-0.conda": {"license": "\\ud800"}}}',
        b'{"packages": {"a-1-0.conda": {"license": "\xed\xa0\x80"}}}',
    ],
    ids=len,
)
def test_odd_json_is_left_to_the_other_decoder(content: bytes) -> None:
    with pytest.raises(Odd):
        PLAIN_JSON.document(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc0",
        b"\x80\xc0",
        b"\xc1",
        b"\x91" * 100_000,
        b"\xdf\xff\xff\xff\xff",
        message_pack({"packages": []}),
        message_pack({"packages": {"a-1-0.conda": None}}),
        message_pack({"packages": {b"a-1-0.conda": {}}}),
        message_pack({"removed": [b"a-1-0.conda"]}),
        message_pack({"v3": {}}),
        message_pack({"packages": {"a-1-0.conda": {1: 1}}}),
        message_pack({"packages": {"a-1-0.conda": {"size": Written(b"\xd4\x05\x00")}}}),
        message_pack({"packages": {"a-1-0.conda": {"license": Written(b"\xa1\xff")}}}),
    ],
    ids=len,
)
def test_odd_message_pack_is_left_to_the_other_decoder(content: bytes) -> None:
    with pytest.raises(Odd):
        PLAIN_MESSAGE_PACK.document(content)


@pytest.mark.parametrize(
    ("codec", "write"),
    [(PLAIN_JSON, lambda document: json.dumps(document).encode()), (PLAIN_MESSAGE_PACK, message_pack)],
    ids=["json", "message pack"],
)
def test_a_plain_document_is_decoded(codec: PlainCodec, write: Callable[[object], bytes]) -> None:
    document = {"packages": None, "packages.conda": {"a-1-0.conda": ENTRY}, "removed": ["x"]}
    found = codec.document(write(document))

    assert (found.old, found.new, found.removed) == (None, {"a-1-0.conda": ENTRY}, ["x"])
