"""Entries of repodata become records, or a named error."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.record import (
    InvalidRecord,
    PackageRecord,
    _checked_record,
    package_record,
    record_reader,
    stored_record,
)
from conda_kernel.model.record_writing import record_as_json

SHARED = Path(__file__).resolve().parents[3] / "shared"
MD5 = "7dbaa197d7ba6032caf7ae7f32c1efa0"
SHA256 = "f453db4ffe2271ec492a2913af4e61d4a6c118201f07de757df0eff769b65d2e"
ENTRY = {"name": "a", "version": "1.0", "build": "py_0", "build_number": 0, "depends": ["b >=1"], "subdir": "x"}
USUAL = {
    **ENTRY,
    "constrains": ["c <2"],
    "md5": MD5,
    "sha256": SHA256,
    "size": 12,
    "timestamp": 1_600_000_000_000,
    "noarch": "generic",
    "license": "MIT",
    "license_family": "MIT",
    "arch": "x86_64",
    "platform": "linux",
}
EVERYTHING = {
    **ENTRY,
    "constrains": ["c <2"],
    "track_features": "x,y z",
    "features": "mkl",
    "md5": MD5,
    "sha256": SHA256,
    "size": 12,
    "timestamp": 1_600_000_000_000,
    "noarch": "python",
    "license": "MIT",
    "license_family": "MIT",
    "python_site_packages_path": "lib/python3.13t/site-packages",
    "arch": "x86_64",
    "platform": "linux",
    "legacy_bz2_md5": MD5,
    "legacy_bz2_size": 13,
    "indexed_timestamp": 1_700_000_000_000,
    "extra_depends": {"test": ["pytest"]},
    "flags": ["cuda", "blas:mkl"],
    "purls": ["pkg:pypi/a"],
    "run_exports": {"weak": ["a"]},
}


def read(
    entry: dict[str, Any], file_name: str = "a-1.0-py_0.conda", base_url: str = "https://h/c/linux-64", **more: Any
) -> Any:
    return package_record(entry, channel="c", subdir="linux-64", base_url=base_url, file_name=file_name, **more)


def field_cases() -> Any:
    file = SHARED / "spec" / "cases" / "repodata_cache.json"
    if not file.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    rows = json.loads(file.read_text(encoding="utf-8"))["record_fields"]
    return [pytest.param(row, id=f"{row['field']}-{json.dumps(row['value'])}") for row in rows]


@pytest.mark.parametrize("row", field_cases())
def test_a_field_is_held_as_in_the_table(row: dict[str, Any]) -> None:
    entry = {**ENTRY, row["field"]: row["value"]}

    if row["expected"] == "error":
        with pytest.raises(InvalidRecord, match=row["field"]):
            read(entry)
    else:
        value = getattr(read(entry), row["field"])
        assert (list(value) if isinstance(value, tuple) else value) == row["expected"]


def real_channels() -> Any:
    folder = SHARED / "data" / "channels"
    if not folder.is_dir():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=str(path.relative_to(folder))) for path in sorted(folder.rglob("repodata.json.zst"))]


@pytest.mark.parametrize("path", real_channels())
def test_every_real_record_is_read_and_written_without_a_loss(path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    document = json.loads(zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read())
    for table in ("packages", "packages.conda"):
        for file_name, entry in document.get(table, {}).items():
            record = read(entry, file_name)
            written = record_as_json(record)

            assert read(written, file_name) == record
            for key in entry.keys() - {"subdir", "channel", "url", "fn", "timestamp", "build_string"}:
                if entry[key] is not None and key not in ("track_features", "features", "noarch"):
                    assert written[key] == entry[key] or (written[key], entry[key]) == (written[key], [])


def test_the_reader_says_where_a_record_comes_from() -> None:
    record = read({**ENTRY, "fn": "../evil", "url": "https://evil/x", "channel": "evil"})

    assert record.file_name == "a-1.0-py_0.conda"
    assert record.url == "https://h/c/linux-64/a-1.0-py_0.conda"
    assert record.channel == "c"
    assert record.subdir == "linux-64"
    assert record.dist_name == "a-1.0-py_0"
    assert record.identity == ("c", "linux-64", "a", "1.0", 0, "py_0")
    assert str(record) == "c/linux-64::a-1.0-py_0"
    assert record.base_of_channel == "https://h/c"
    assert not record.extra


def test_packages_may_lie_elsewhere_than_their_channel() -> None:
    record = read(ENTRY, base_url="https://o/p/", channel_url="https://h/c")

    assert record.url == "https://o/p/a-1.0-py_0.conda"
    assert record.base_of_channel == "https://h/c"
    assert record_as_json(record)["channel"] == "https://h/c"


def test_a_record_survives_being_written_and_read() -> None:
    record = read(EVERYTHING)

    assert read(json.loads(json.dumps(record_as_json(record)))) == record
    assert record.track_features == ("x", "y", "z")
    assert record.extra == {"purls": ["pkg:pypi/a"], "run_exports": {"weak": ["a"]}}
    assert dict(record.extra_depends) == {"test": ("pytest",)}


def test_what_is_not_known_is_kept_read_only() -> None:
    record = read({**ENTRY, "new_field": [1]})

    assert record.extra["new_field"] == [1]
    with pytest.raises(TypeError):
        record.extra["other"] = 1


def test_what_is_not_set_is_not_written() -> None:
    fields = {"name", "version", "build", "build_number", "channel", "subdir", "fn", "url", "timestamp"}

    assert record_as_json(read(ENTRY)).keys() == {*fields, "depends", "constrains"}


@pytest.mark.parametrize("left_out", [{"subdir"}, {"subdir", "arch", "platform"}, {"license"}, set()])
def test_one_field_that_is_not_known_is_seen_among_any_others(left_out: set[str]) -> None:
    entry = {key: value for key, value in USUAL.items() if key not in left_out}

    assert read({**entry, "new_field": None}).extra == {"new_field": None}


def test_records_can_be_members_of_sets() -> None:
    assert len({read(EVERYTHING), read(EVERYTHING), read(ENTRY)}) == 2


def test_digests_may_be_octets_or_upper_case() -> None:
    assert read({**ENTRY, "md5": bytes.fromhex(MD5), "sha256": bytes.fromhex(SHA256)}).sha256 == SHA256
    assert read({**ENTRY, "md5": MD5.upper(), "sha256": SHA256.upper()}).md5 == MD5
    assert read({**ENTRY, "md5": "", "sha256": None}).md5 is None


def test_digests_of_shards_are_octets() -> None:
    assert read({**USUAL, "md5": bytes.fromhex(MD5), "sha256": bytes.fromhex(SHA256)}) == read(USUAL)
    assert read({**USUAL, "md5": MD5, "sha256": bytes.fromhex(SHA256)}) == read(USUAL)
    assert read({**USUAL, "md5": bytes.fromhex(MD5), "sha256": SHA256}) == read(USUAL)


@pytest.mark.parametrize("time", [1_600_000_000, 1_600_000_000.0, 1_600_000_000_000, 1_600_000_000_000.9])
def test_a_time_is_in_milliseconds_whatever_it_was_in(time: float) -> None:
    assert read({**USUAL, "timestamp": time}).timestamp == 1_600_000_000_000


@pytest.mark.parametrize(
    ("time", "written"), [(5, 5), (253_402_300_799, 253_402_300_799_000), (253_402_300_800, 253_402_300_800)]
)
def test_a_time_is_written_so_that_it_is_read_as_the_same(time: int, written: int) -> None:
    record = read({**USUAL, "timestamp": time})

    assert record_as_json(record)["timestamp"] == written
    assert read(record_as_json(record)) == record


class Watched(dict[str, Any]):
    """An entry that counts how often each of its fields is looked at."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.looks: Counter[str] = Counter()

    def __getitem__(self, key: str) -> Any:
        self.looks[key] += 1
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.looks[key] += 1
        return super().get(key, default)


@pytest.mark.parametrize("file_name", ["a-1.0-py_0.conda", "a-1.0-py_0.tar.bz2"])
@pytest.mark.parametrize(
    "left_out",
    [
        set(),
        {"arch", "platform"},
        {"constrains"},
        {"timestamp", "subdir"},
        {"license", "license_family", "arch", "platform"},
        {"license_family", "noarch", "constrains", "arch", "platform"},
    ],
    ids=lambda left_out: "-".join(sorted(left_out)),
)
def test_what_a_usual_entry_holds_is_looked_at_once(left_out: set[str], file_name: str) -> None:
    for octets in (False, True):
        digests = {"md5": bytes.fromhex(MD5), "sha256": bytes.fromhex(SHA256)} if octets else {}
        entry = Watched({key: value for key, value in (USUAL | digests).items() if key not in left_out})

        read(entry, file_name)

        assert set(entry.looks.values()) == {1}


@pytest.mark.parametrize(
    ("version", "build"), [("a-b", "0"), ("1", "a-b"), ("..", "0"), ("1", "/"), (1, "0"), ("1", [])]
)
def test_what_is_safe_as_a_name_is_not_taken_for_a_version(version: Any, build: Any) -> None:
    reader = record_reader(channel="c", subdir="noarch", base_url="https://h/c/noarch")
    for known in ("a-b", "1"):
        reader(f"{known}-1-0.conda", {**USUAL, "name": known, "version": "1", "build": "0"})

    for _ in range(2):
        with pytest.raises(InvalidRecord):
            reader(f"a-b-{version}-{build}.conda", {**USUAL, "name": "a-b", "version": version, "build": build})


def test_a_reader_makes_any_number_of_records() -> None:
    reader = record_reader(channel="c", subdir="noarch", base_url="https://h/c/noarch/", channel_url="https://o/c")

    records = [reader(f"{name}-1.0-py_0.conda", {**USUAL, "name": name}) for name in ("a", "b")]

    assert [record.url for record in records] == [
        "https://h/c/noarch/a-1.0-py_0.conda",
        "https://h/c/noarch/b-1.0-py_0.conda",
    ]
    assert {record.base_of_channel for record in records} == {"https://o/c"}
    assert {(record.channel, record.subdir) for record in records} == {("c", "noarch")}


@pytest.mark.parametrize(("given", "kind"), [(True, "generic"), (False, None), (None, None), ("python", "python")])
def test_noarch_was_once_true_or_false(given: object, kind: str | None) -> None:
    for others in (ENTRY, USUAL):
        assert read({**others, "noarch": given}).noarch == kind


def test_a_name_is_lower_case() -> None:
    assert read({**ENTRY, "name": "PyQt"}, "PyQt-1.0-py_0.conda").name == "pyqt"


def test_an_old_word_for_build_is_read() -> None:
    entry = {key: value for key, value in ENTRY.items() if key != "build"}

    assert read({**entry, "build_string": "py_0"}).build == "py_0"


def test_empty_lists_may_be_missing_or_null() -> None:
    assert read({**ENTRY, "depends": None, "constrains": None}).depends == ()
    assert read({key: value for key, value in ENTRY.items() if key != "depends"}).depends == ()


@pytest.mark.parametrize("key", ["name", "version", "build", "build_number"])
def test_a_missing_field_is_named(key: str) -> None:
    with pytest.raises(InvalidRecord, match=f"`{key}`.*missing"):
        read({name: value for name, value in ENTRY.items() if name != key})


WRONG = [
    ("name", 1),
    ("name", ""),
    ("name", "../evil"),
    ("name", "a/b"),
    ("name", ".."),
    ("name", "a\x00"),
    ("name", "a\x1b[31m"),
    ("name", "__glibc"),
    ("version", 1.0),
    ("version", "1/2"),
    ("version", "1-2"),
    ("version", "."),
    ("version", ".."),
    ("version", ""),
    ("build", None),
    ("build", "../../x"),
    ("build", "a-b"),
    ("build", "a\\b"),
    ("build_number", True),
    ("build_number", -1),
    ("build_number", 1.0),
    ("build_number", 10**30),
    ("depends", "b"),
    ("depends", {"b": 1}),
    ("depends", ["b", 1]),
    ("depends", [None]),
    ("depends", 1),
    ("constrains", "b"),
    ("constrains", [["b"]]),
    ("md5", "x" * 32),
    ("md5", MD5[:-1]),
    ("md5", MD5[:-2] + "  "),
    ("md5", MD5 + "  "),
    ("md5", MD5.encode()),
    ("md5", 1),
    ("md5", b"123"),
    ("sha256", MD5),
    ("sha256", "../../" + SHA256[6:]),
    ("sha256", [SHA256]),
    ("sha256", SHA256[:2] + " " + SHA256[2:]),
    ("sha256", SHA256 + MD5),
    ("sha256", SHA256.encode()),
    ("size", -1),
    ("size", "10"),
    ("size", 10.5),
    ("size", True),
    ("size", 10**30),
    ("timestamp", -1),
    ("timestamp", "now"),
    ("timestamp", float("nan")),
    ("timestamp", float("inf")),
    ("timestamp", 10**30),
    ("timestamp", True),
    ("indexed_timestamp", "x"),
    ("noarch", "java"),
    ("noarch", 1),
    ("noarch", ["python"]),
    ("track_features", 1),
    ("track_features", [1]),
    ("features", {}),
    ("license", 1),
    ("license_family", ["MIT"]),
    ("python_site_packages_path", "../../evil"),
    ("python_site_packages_path", "/evil"),
    ("python_site_packages_path", 1),
    ("arch", 1),
    ("platform", []),
    ("legacy_bz2_md5", "x"),
    ("legacy_bz2_size", "x"),
    ("extra_depends", ["x"]),
    ("extra_depends", {"A B": ["x"]}),
    ("extra_depends", {"x": "y"}),
    ("extra_depends", {"x": [1]}),
    ("flags", "x"),
    ("flags", ["A"]),
    ("flags", ["a:b:c"]),
    ("record_version", 2),
    ("record_version", "1"),
]


@pytest.mark.parametrize(("key", "value"), WRONG, ids=[f"{key}-{value!r}"[:40] for key, value in WRONG])
def test_a_wrong_value_is_refused(key: str, value: Any) -> None:
    for others in (ENTRY, USUAL):
        entry = {**others, key: value}
        for name in ("{name}-{version}-{build}.conda".format(**entry), "a-1.0-py_0.conda"):
            with pytest.raises(InvalidRecord) as caught:
                read(entry, name)
            assert str(caught.value).isprintable()


@pytest.mark.parametrize("entry", [None, 5, "name", ["name"], True])
def test_an_entry_that_is_no_object_is_refused(entry: Any) -> None:
    with pytest.raises(InvalidRecord, match="is no object"):
        read(entry)


@pytest.mark.parametrize("field", ["name", "version", "build", "license", "depends", "md5", "fn", "url"])
@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "a\u202eb", "a\ufeff", "\u0000"])
def test_invalid_unicode_is_refused_in_names_and_kept_elsewhere(field: str, text: str) -> None:
    entry = {**USUAL, field: [text] if field == "depends" else text}

    if field in ("name", "version", "build", "md5"):
        with pytest.raises(InvalidRecord) as caught:
            read(entry, "{name}-{version}-{build}.conda".format(**entry))
        assert str(caught.value).isprintable()
    else:
        written = json.dumps(record_as_json(read(entry)))
        assert read(json.loads(written)) == read(entry)


@pytest.mark.parametrize(
    "file_name", ["", "..", "../a-1.0-py_0.conda", "a/b.conda", "a\\b.conda", "a\x00.conda", "C:a.conda", "a b.conda"]
)
def test_an_unsafe_file_name_is_refused(file_name: str) -> None:
    with pytest.raises(InvalidRecord):
        read(ENTRY, file_name)


def test_a_wheel_says_where_it_lies() -> None:
    assert read({**ENTRY, "url": "x/a.whl"}, "a-1.0-py_0.whl").url == "https://h/c/linux-64/x/a.whl"
    assert read({**ENTRY, "url": "https://u:pw@o/a.whl"}, "a-1.0-py_0.whl").url == "https://o/a.whl"
    with pytest.raises(InvalidRecord, match="scheme"):
        read({**ENTRY, "url": "file:///etc/passwd"}, "a-1.0-py_0.whl")


def named(text: str) -> Any:
    return text.rpartition("/")[2]


@pytest.mark.parametrize(
    "channel", ["https://h/c", "https://h/c/linux-64", "https://h/c/", "https://u:pw@h/c/linux-64"]
)
def test_a_stored_record_knows_its_channel_in_every_form(channel: str) -> None:
    document = {
        **ENTRY,
        "fn": "a-1.0-py_0.conda",
        "url": "https://h/c/linux-64/a-1.0-py_0.conda",
        "channel": channel,
        "subdir": "linux-64",
    }

    record = stored_record(document, named)

    assert record.channel == "c"
    assert "pw" not in repr(record)
    assert record.url == document["url"]


def test_a_stored_record_survives_being_written_and_read() -> None:
    record = read(EVERYTHING)

    assert stored_record(record_as_json(record), named) == record


@pytest.mark.parametrize(
    ("document", "subdir", "channel"),
    [
        ({"url": "https://h/c/osx-64/a-1.0-py_0.tar.bz2"}, "x", "c"),
        ({"url": "https://h/c/osx-64/a-1.0-py_0.tar.bz2", "subdir": None}, "osx-64", "c"),
        ({"channel": "https://h/my-channel", "subdir": None}, "noarch", "my-channel"),
        ({"channel": "https://h/my-channel/linux-64", "subdir": None}, "linux-64", "my-channel"),
        ({"build_number": None, "subdir": "noarch"}, "noarch", "<unknown>"),
        ({"channel": "https://h/c/noarch", "subdir": None}, "noarch", "c"),
        ({"channel": "c", "subdir": "noarch"}, "noarch", "c"),
        ({"subdir": "noarch"}, "noarch", "<unknown>"),
    ],
)
def test_old_records_lack_fields(document: Any, subdir: str, channel: str) -> None:
    if subdir == "x":
        with pytest.raises(InvalidRecord, match="subdir"):
            stored_record({**ENTRY, **document}, named)
        return

    record = stored_record({**ENTRY, **document}, named)

    assert (record.subdir, record.channel) == (subdir, channel)
    assert record.file_name == "a-1.0-py_0.tar.bz2"
    assert record.url == document.get("url", "")
    assert record.build_number == 0


def test_an_old_record_of_a_channel_that_looks_like_a_platform_has_that_of_its_url() -> None:
    url = "https://h/my-channel/linux-64/a-1.0-py_0.tar.bz2"

    record = stored_record({**ENTRY, "subdir": None, "channel": "https://h/my-channel", "url": url}, named)

    assert (record.channel, record.subdir, record.base_of_channel) == ("my-channel", "linux-64", "https://h/my-channel")


def test_the_file_name_of_an_old_record_is_that_of_its_url() -> None:
    document = {**ENTRY, "url": "https://h/c/noarch/a-1.0-py_0.conda", "subdir": "noarch"}

    assert stored_record(document, named).file_name == "a-1.0-py_0.conda"


def test_credentials_of_a_stored_record_are_left_out() -> None:
    document = {
        **ENTRY,
        "subdir": "noarch",
        "url": "https://u:pw@h/t/tok/c/noarch/a-1.0-py_0.conda",
        "channel": "https://u:pw@h/t/tok/c/noarch",
    }

    record = stored_record(document, named)

    assert record.url == "https://h/c/noarch/a-1.0-py_0.conda"
    assert record.base_of_channel == "https://h/c"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*EVERYTHING, "record_version", "url", "channel", "fn"]), values, max_size=4))
def test_whatever_an_entry_holds_it_is_read_or_refused(fields: dict[str, Any]) -> None:
    for reader in (read, lambda entry: stored_record(entry, named)):
        try:
            record = reader({**EVERYTHING, **fields})
        except InvalidRecord:
            continue
        assert isinstance(record, PackageRecord)
        assert all(part not in record.dist_name for part in ("/", "\\", "\x00"))


def outcome(reader: Any, *arguments: Any) -> str:
    try:
        return repr(reader(*arguments))
    except InvalidRecord as error:
        return f"{type(error).__name__}: {error}"


read_among_others = record_reader(channel="c", subdir="linux-64", base_url="https://h/c/linux-64")


def read_field_by_field(entry: dict[str, Any], file_name: str) -> Any:
    return _checked_record(
        entry, channel="c", subdir="linux-64", base_url="https://h/c/linux-64/", file_name=file_name, channel_url=""
    )


names = st.sampled_from(["a", "A", "a.b", "a-b", "_a", ".a", "a..b", "", ".", "..", "-", "0", "ä", "a/b", "__a"])
pieces = {"name": names, "version": names, "build": names}
odd_values = st.sampled_from([value for _, value in WRONG]) | values


@given(
    st.sets(st.sampled_from(sorted(USUAL))),
    st.fixed_dictionaries({}, optional=pieces),
    st.dictionaries(st.sampled_from(sorted(EVERYTHING)), odd_values, max_size=2),
    st.sampled_from(
        ["{name}-{version}-{build}.conda", "{name}-{version}-{build}.tar.bz2", "a-1.0-py_0.conda", "a.whl"]
    ),
)
def test_the_quick_way_reads_what_the_careful_one_reads(
    absent: set[str], named: dict[str, str], odd: dict[str, Any], form: str
) -> None:
    for left_out in (set(), absent - {"name", "version", "build"}, absent):
        entry = {key: value for key, value in USUAL.items() if key not in left_out} | named | odd
        file_name = form.format(**{**USUAL, **entry})

        expected = outcome(read_field_by_field, entry, file_name)
        assert outcome(read, entry, file_name) == expected
        assert outcome(read_among_others, file_name, entry) == expected
