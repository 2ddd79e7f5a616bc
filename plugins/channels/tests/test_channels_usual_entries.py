"""The quick reading of entries gives what the careful one does, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conda_channels.cache import RepodataCache
from conda_channels.decoding import JSON, MSGPACK
from conda_channels.entries import EntryReader
from conda_channels.flat import flat_pack, flat_texts_of_this_machine
from conda_channels.place import Place
from conda_channels.ready import Ready, RecordMaker
from conda_channels.ready_making import Fields, made_ready
from conda_channels.usual_entries import UsualReader
from conda_kernel.model.candidates import best_first, values_of
from conda_kernel.model.channel import Channel
from conda_kernel.model.record import PackageRecord

PLACE = Place(Channel("c", "https://packages.example.com/c"), "linux-64")
ELSEWHERE = "https://mirror.example.com/packages"

Document = dict[str, Any]


def entry(version: str = "1.0", build: str = "h1_0", **fields: object) -> dict[str, object]:
    return {
        "name": "a",
        "version": version,
        "build": build,
        "build_number": 0,
        "depends": ["b >=1", "c"],
        "md5": b"\xab" * 16,
        "sha256": b"\xcd" * 32,
        "size": 7,
        "subdir": "linux-64",
        **fields,
    }


def document(*entries: dict[str, object], suffix: str = ".conda", **sections: object) -> Document:
    named = {f"a-{each['version']}-{each['build']}{suffix}": each for each in entries}
    section = "packages.conda" if suffix == ".conda" else "packages"
    return {"packages": {}, "packages.conda": {}, section: named, **sections}


def as_text(value: Any) -> Any:
    """Return a document as JSON can hold it."""
    if isinstance(value, dict):
        return {key: as_text(each) for key, each in value.items()}
    return value.hex() if isinstance(value, bytes) else value


def quick(*documents: Document, is_json: bool, base: str = PLACE.url) -> list[PackageRecord] | None:
    fields = UsualReader(is_json=is_json).fields("a", encoded(documents, is_json=is_json), frozenset())
    return records_of("a", fields, RecordMaker(PLACE, base)) if fields is not None else None


def records_of(name: str, fields: Fields, maker: RecordMaker) -> list[PackageRecord]:
    """Return the records of these fields, made one by one, all at once, and from what is kept."""
    made = made_ready(b"", (), fields)
    single, whole, kept = (maker.ordered(name, ready).records for ready in (made, made, Ready(made.content)))
    found = [single[place] for place in range(len(single))]
    assert all(one is again for one, again in zip(found, single, strict=True))
    assert found == list(whole) == list(kept)
    assert [tuple(record) for record in found] == [tuple(record) for record in whole]
    for field in PackageRecord._fields:
        assert values_of(maker.ordered(name, made).records, field) == [getattr(record, field) for record in found]
    return found


def encoded(documents: tuple[Document, ...], *, is_json: bool) -> list[bytes]:
    if is_json:
        return [msgspec.json.encode(as_text(each)) for each in documents]
    return [msgspec.msgpack.encode(each) for each in documents]


def assert_as_carefully_read(*documents: Document, base: str = PLACE.url) -> list[bool]:
    """Return whether the quick way was taken, in JSON and in msgpack."""
    taken = []
    for is_json in (True, False):
        found = quick(*documents, is_json=is_json, base=base)
        careful = EntryReader(PLACE, base, JSON if is_json else MSGPACK).records(
            "a", encoded(documents, is_json=is_json)
        )
        taken.append(found is not None)
        if found is not None:
            assert (found, []) == (best_first(careful[0]), careful[1])
            assert [tuple(record) for record in found] == [tuple(record) for record in best_first(careful[0])]
    return taken


@pytest.mark.parametrize("base", [PLACE.url, ELSEWHERE])
def test_usual_entries_are_read_quickly(base: str) -> None:
    full = entry(
        "2!1.0+a_b",
        constrains=["d <2", "e"],
        timestamp=1_700_000_000_000,
        noarch="python",
        license="MIT",
        license_family="MIT",
        track_features="one, two three",
        build_number=2**63 - 1,
    )
    taken = [
        assert_as_carefully_read(document(entry(), entry("2"), full), base=base),
        assert_as_carefully_read(document(entry(), full, suffix=".tar.bz2"), base=base),
        assert_as_carefully_read(document(entry("3")), document(entry("2"), suffix=".tar.bz2"), base=base),
        assert_as_carefully_read(document(entry(), entry("2"), removed=["a-1.0-h1_0.conda", "x"]), base=base),
        assert_as_carefully_read(document(entry(license=None, noarch=None, track_features="")), base=base),
    ]

    assert taken == [[True, True]] * 5
    assert assert_as_carefully_read(document(), base=base) == [False, False]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.sampled_from(["python", "generic", "a b", "MIT", "../x", "A", "1.0", "1.0-1", "b[extras=[x]]", "ab" * 16, "=>"]),
    st.lists(st.sampled_from(["b", "b >=1", "b[when='c']", "=>", "", 1]), max_size=3),
    st.dictionaries(st.text(max_size=2), st.lists(st.text(max_size=2), max_size=2), max_size=2),
    st.sampled_from([b"\xab" * 16, b"\xcd" * 32, b""]),
)
KEYS = st.sampled_from(
    [*entry(), "constrains", "timestamp", "noarch", "license", "license_family", "track_features", "arch", "unknown"]
)


@given(
    changes=st.dictionaries(KEYS, VALUES, max_size=2),
    left_out=st.sets(st.sampled_from(list(entry())), max_size=1),
    suffixes=st.sampled_from([(".conda", ".conda"), (".conda", ".tar.bz2"), (".tar.bz2", ".conda")]),
    twin=st.booleans(),
    file_name=st.sampled_from(["", "b-1.0-h1_0.conda", "a-1.0-h1_0.CONDA", "a-1.0-h1_0", "../a-1.0-h1_0.conda"]),
    sections=st.dictionaries(
        st.sampled_from(["removed", "v3", "packages", "else"]),
        st.sampled_from([None, [], {}, ["a-1.0-h1_0.conda"], {"conda": {"a-1.0-h1_0": entry()}}, [1]]),
        max_size=1,
    ),
)
@example(changes={}, left_out=set(), suffixes=(".conda", ".conda"), twin=False, file_name="", sections={"v3": []})
def test_an_odd_entry_is_read_as_carefully_as_ever(
    changes: dict[str, object],
    left_out: set[str],
    suffixes: tuple[str, str],
    twin: bool,
    file_name: str,
    sections: dict[str, object],
) -> None:
    odd = {key: value for key, value in {**entry(), **changes}.items() if key not in left_out}
    one = document(entry("1.0" if twin else "2"), suffix=suffixes[0])
    named = file_name or f"a-{odd.get('version')}-{odd.get('build')}{suffixes[1]}"
    section = "packages.conda" if suffixes[1] == ".conda" else "packages"
    one[section] = {**one[section], named: odd}

    assert_as_carefully_read({**one, **sections})


@pytest.mark.parametrize("digest", ["AB" * 16, "xy" * 16, "ab" * 15])
def test_digests_that_are_written_otherwise_are_read_carefully(digest: str) -> None:
    assert assert_as_carefully_read(document(entry(md5=digest))) == [False, False]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xc1", b"null", b'{"packages": []}'])
def test_what_is_no_document_is_read_carefully(content: bytes) -> None:
    for is_json in (True, False):
        assert UsualReader(is_json=is_json).fields("a", [content], frozenset()) is None


def test_entries_of_another_name_are_read_carefully() -> None:
    contents = encoded((document(entry()),), is_json=True)

    assert UsualReader(is_json=True).fields("b", contents, frozenset()) is None


@pytest.mark.parametrize(("name", "most"), [("real-defaults", 0.25), ("real-forge", 0.9)])
@pytest.mark.parametrize("subdir", ["linux-64", "noarch"])
def test_most_real_names_are_read_quickly(tmp_path: Path, shared: Path, name: str, subdir: str, most: float) -> None:
    place = Place(Channel("c", (shared / "data" / "channels" / name).as_uri()), subdir)
    pack = flat_pack(place, RepodataCache(str(tmp_path)), print)
    texts = flat_texts_of_this_machine(pack, ["repodata.json", "repodata.json.zst"])
    assert texts is not None
    reader, careful = UsualReader(is_json=True), EntryReader(place, texts.base_url, JSON)
    maker = RecordMaker(place, texts.base_url)
    names = sorted(texts.names())
    taken = 0
    for each in names:
        contents = texts.contents(each)
        fields = reader.fields(each, contents, texts.removed())
        if fields is not None:
            taken += 1
            records, faults = careful.records(each, contents, texts.removed())
            assert (records_of(each, fields, maker), []) == (best_first(records), faults)

    assert taken >= most * len(names)
