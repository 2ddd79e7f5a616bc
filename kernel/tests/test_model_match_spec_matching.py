"""Match specs select the records that CEP 29 says."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.channel_matching import canonical_channel, channel_matches
from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.model.match_spec import AllOf, AnyOf, MatchSpec, holds
from conda_kernel.model.match_spec_matching import Matchable
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.version import Version

TABLE = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "matchspec_match.json"
ROWS: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
needs_table = pytest.mark.skipif(not ROWS, reason="shared/spec/cases/matchspec_match.json is not beside the repository")


class Record(NamedTuple):
    """A record with nothing but what a match spec looks at."""

    name: str = "numpy"
    version: str = "1.0"
    build: str = "0"
    build_number: int = 0
    channel: object = "conda-forge"
    subdir: str = "noarch"
    md5: str | None = None
    sha256: str | None = None
    url: str = ""
    file_name: str = ""
    license: str | None = None
    license_family: str | None = None
    track_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    base_of_channel: str = ""


def table_record(name: str) -> Matchable:
    fields = {"file_name" if key == "fn" else key: value for key, value in ROWS["records"][name].items()}
    held: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    return Record(**held)


@needs_table
@pytest.mark.parametrize("row", ROWS.get("cases", ()), ids=lambda row: f"{row['spec']} {row['record']}")
def test_records_are_selected_as_the_table_says(row: dict[str, Any]) -> None:
    assert MatchSpec.parse(row["spec"]).matches(table_record(row["record"])) is row["expected"]


@needs_table
@pytest.mark.parametrize("row", ROWS.get("build_number", ()), ids=lambda row: f"{row['spec']} {row['build_number']}")
def test_build_numbers_are_compared_as_the_table_says(row: dict[str, Any]) -> None:
    text = f"numpy[build_number='{row['spec']}']"
    if row["expected"] == "error":
        with pytest.raises(InvalidMatchSpec):
            MatchSpec.parse(text)
    else:
        record = Record(build_number=row["build_number"])
        assert MatchSpec.parse(text).matches(record) is row["expected"]
        assert MatchSpec.parse(text).matches_version(Version.parse("1"), "x", row["build_number"]) is row["expected"]


@pytest.mark.parametrize(
    ("condition", "accepted"),
    [
        ("3", [3]),
        ("=3", [3]),
        ("==3", [3]),
        ("!=3", [2, 4]),
        ("<3", [2]),
        ("<=3", [2, 3]),
        (">3", [4]),
        (">= 3", [3, 4]),
        ("*", [2, 3, 4]),
    ],
)
def test_build_numbers_are_compared(condition: str, accepted: list[int]) -> None:
    spec = MatchSpec.parse(f"numpy[build_number='{condition}']")

    assert [number for number in (2, 3, 4) if spec.matches(Record(build_number=number))] == accepted
    assert MatchSpec.parse(str(spec)) == spec


@pytest.mark.parametrize(
    ("spec", "record", "expected"),
    [
        ("numpy", Record(name="NumPy"), True),
        ("numpy>=1", Record(version="not/a version"), False),
        ("numpy", Record(version="not/a version"), True),
        ("numpy[md5=7dbaa197d7ba6032caf7ae7f32c1efa0]", Record(md5="7DBAA197D7BA6032CAF7AE7F32C1EFA0"), True),
        ("numpy[md5=7dbaa197d7ba6032caf7ae7f32c1efa0]", Record(md5=""), False),
        ("numpy[license=mit]", Record(), False),
        ("numpy[license='*']", Record(), True),
        ("numpy[fn='*.conda']", Record(file_name="numpy-1.0-0.conda"), True),
        ("numpy[url=https://h.org/a.conda]", Record(url="https://u:p@h.org/a.conda#abc"), True),
        ("numpy[url=https://h.org/a.conda]", Record(url="https://h.org/b.conda"), False),
        ("numpy[url=https://h.org/a.conda]", Record(url="nonsense"), False),
        ("numpy[features='b a']", Record(features=("a", "b")), True),
        ("numpy[features=a]", Record(features=("a", "b")), False),
        ("numpy[extras=[test]]", Record(), True),
        ("numpy[when='__win']", Record(), True),
        ("pkgs/main::numpy", Record(channel="defaults", base_of_channel="https://repo.anaconda.com/pkgs/main"), True),
        ("pkgs/r::numpy", Record(channel="defaults", base_of_channel="https://repo.anaconda.com/pkgs/main"), False),
        ("c::numpy", Record(channel="c", base_of_channel="https://mirror.org/c"), True),
        ("https://mirror.org/c::numpy", Record(channel="c", base_of_channel="https://mirror.org/c"), True),
        ("https://mirror.org/d::numpy", Record(channel="c", base_of_channel="https://mirror.org/c"), False),
        ("NOARCH::numpy", Record(), True),
        ("numpy[subdir=NoArch]", Record(), True),
    ],
)
def test_records_are_selected(spec: str, record: Record, *, expected: bool) -> None:
    assert MatchSpec.parse(spec).matches(record) is expected


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ("conda-forge", "conda-forge", True),
        ("conda-forge", "https://conda.anaconda.org/conda-forge/", True),
        ("conda-forge", "https://u:p@conda.anaconda.org/t/tok/conda-forge", True),
        ("conda-forge", "http://conda.anaconda.org/conda-forge", True),
        ("conda-forge", "https://conda.anaconda.org.evil.org/conda-forge", False),
        ("conda-forge", "https://evil.org/conda-forge", False),
        ("conda-forge", "file:///srv/conda-forge", False),
        ("conda-forge", "conda-forge/label/dev", False),
        ("defaults", "pkgs/r", True),
        ("defaults", "pkgs/msys2", True),
        ("defaults", "defaults", True),
        ("pkgs/main", "pkgs/r", False),
        ("pkgs/main", "https://conda.anaconda.org/pkgs/main", False),
        ("conda-*", "conda-forge", True),
        ("https://h.org/*", "https://h.org/c", True),
        ("https://h.org:443/c", "https://h.org/c", True),
        ("https://h.org/c", "not a url://", False),
        ("*", "<unknown>", True),
        ("https:///c", "https:///c", True),
    ],
)
def test_channels_are_compared_by_place(wanted: str, found: str, *, expected: bool) -> None:
    assert channel_matches(wanted, found) is expected


def test_channels_become_names_where_the_place_is_built_in() -> None:
    assert canonical_channel("https://conda.anaconda.org/conda-forge/label/dev") == "conda-forge/label/dev"
    assert canonical_channel("https://conda.anaconda.org") == "https://conda.anaconda.org"
    assert canonical_channel("/srv/chan/") == "file:///srv/chan"
    assert canonical_channel("https://repo.anaconda.com/pkgs/pro") == "pkgs/pro"
    assert canonical_channel("https://conda.anaconda.org/local") == "https://conda.anaconda.org/local"
    assert canonical_channel("https://conda.anaconda.org/~x") == "https://conda.anaconda.org/~x"


def test_a_package_record_can_be_matched() -> None:
    record = PackageRecord("numpy", "1.26.4", "py312_0", channel="conda-forge", subdir="linux-64", flags=("cuda",))

    assert MatchSpec.parse("conda-forge/linux-64::numpy=1.26[flags=[cuda]]").matches(record)
    assert not MatchSpec.parse("conda-forge/noarch::numpy=1.26[flags=[cuda]]").matches(record)


@pytest.mark.parametrize(
    ("text", "exact_name", "plain"),
    [
        ("numpy", True, True),
        ("numpy>=1[build_number=1]", True, True),
        ("numpy[when=__win,extras=[a]]", True, True),
        ("numpy[subdir=noarch]", True, False),
        ("c::numpy", True, False),
        ("numpy[flags=[a]]", True, False),
        ("num*", False, True),
        ("*", False, True),
        ("^n$", False, True),
    ],
)
def test_a_spec_tells_whether_a_solver_can_use_it(text: str, *, exact_name: bool, plain: bool) -> None:
    spec = MatchSpec.parse(text)

    assert (spec.is_exact_name, spec.is_plain) == (exact_name, plain)


VERSIONS = ("0.9", "1.0", "1.1rc1", "1.1", "2")
ACCEPTED_VERSIONS = {
    ">=1.0": {"1.0", "1.1rc1", "1.1", "2"},
    "=1": {"1.0", "1.1rc1", "1.1"},
    "1.1": {"1.1"},
    "!=1.0": {"0.9", "1.1rc1", "1.1", "2"},
    "<1|>1.1": {"0.9", "2"},
    "1.*.1|^.*rc1$": {"1.1rc1"},
}
FORGE, MAIN = "https://conda.anaconda.org/conda-forge", "https://repo.anaconda.com/pkgs/main"
ACCEPTED_CHANNELS = {
    "conda-forge": {"conda-forge", FORGE},
    FORGE: {"conda-forge", FORGE},
    "defaults": {"defaults", "pkgs/main", MAIN},
    "pkgs/main": {"pkgs/main", MAIN},
    "conda-*": {"conda-forge", FORGE},
    "https://h.org/c": {"https://h.org/c", "https://u:p@h.org/t/tok/c"},
}
CHANNELS = ("conda-forge", FORGE, "defaults", "pkgs/main", MAIN, "https://h.org/c", "https://u:p@h.org/t/tok/c", "x")
COMPARED: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SETS: tuple[tuple[str, ...], ...] = ((), ("a",), ("a", "b"))
WANTED = {
    "version": tuple(ACCEPTED_VERSIONS),
    "build": ("py_0", "PY*", "^py_[01]$", "*"),
    "build_number": ("0", "==1", ">0", ">=1", "<1", "<=1", "!=1", "*"),
    "channel": tuple(ACCEPTED_CHANNELS),
    "subdir": ("noarch", "linux-*", "*"),
    "md5": ("A" * 32, "b" * 32),
    "sha256": ("A" * 64, "b" * 64),
    "url": ("https://h.org/c/a.conda", "https://u:p@h.org/c/a.conda#x", "https://h.org/c/b.conda"),
    "fn": ("a.conda", "*.conda", "*"),
    "license": ("MIT", "BSD*", "^(mit|bsd).*$", "*"),
    "license_family": ("mit", "*"),
    "track_features": ("a", "b,a", "a b"),
    "features": ("a", "a b"),
    "flags": ("cuda", "blas:*", "*"),
}
all_records = st.builds(
    Record,
    name=st.sampled_from(("numpy", "NumPy", "scipy")),
    version=st.sampled_from((*VERSIONS, "no version")),
    build=st.sampled_from(("py_0", "PY_1", "x")),
    build_number=st.sampled_from((0, 1, 2)),
    channel=st.sampled_from(CHANNELS),
    subdir=st.sampled_from(("noarch", "linux-64")),
    md5=st.sampled_from((None, "a" * 32, "B" * 32)),
    sha256=st.sampled_from((None, "a" * 64, "B" * 64)),
    url=st.sampled_from(("", "https://h.org/c/a.conda", "https://h.org/c/b.conda")),
    file_name=st.sampled_from(("a.conda", "a.tar.bz2")),
    license=st.sampled_from((None, "MIT", "BSD-3-Clause")),
    license_family=st.sampled_from((None, "MIT")),
    track_features=st.sampled_from(SETS),
    features=st.sampled_from(SETS),
    flags=st.sampled_from(((), ("cuda",), ("cuda", "blas:mkl"))),
)


def reference_text(wanted: str, found: str | None) -> bool:
    """Decide a text field with Python's own regular expressions."""
    if wanted == "*":
        return True
    pattern = wanted if wanted.startswith("^") else f"^{re.escape(wanted).replace(chr(92) + '*', '.*')}$"
    return bool(found) and re.search(pattern, found or "", re.IGNORECASE) is not None


def reference_field(key: str, wanted: str, record: Record) -> bool:
    """Decide one field of a spec by the rule for its kind."""
    if key == "version":
        return record.version in ACCEPTED_VERSIONS[wanted]
    if key == "channel":
        return record.channel in ACCEPTED_CHANNELS[wanted]
    if key == "build_number":
        sign = wanted.rstrip("012") or "=="
        return sign == "*" or COMPARED[sign](record.build_number, int(wanted.lstrip("<>=!")))
    if key in ("track_features", "features"):
        return set(wanted.replace(",", " ").split()) == set(getattr(record, key))
    if key == "flags":
        return any(reference_text(wanted, flag) for flag in record.flags)
    if key == "url":
        return wanted.partition("#")[0].replace("u:p@", "") == record.url
    return reference_text(wanted, getattr(record, "file_name" if key == "fn" else key))


@given(
    st.sampled_from(("numpy", "num*", "*", "SciPy", "^n.*y$")),
    st.fixed_dictionaries({}, optional={key: st.sampled_from(options) for key, options in WANTED.items()}),
    all_records,
)
def test_matching_agrees_with_each_field_decided_slowly(name: str, wanted: dict[str, str], record: Record) -> None:
    pairs = ",".join(f"{key}='{value}'" for key, value in wanted.items())
    spec = MatchSpec.parse(f"{name}[{pairs}]")

    expected = reference_text(name, record.name) and all(
        reference_field(key, value, record) for key, value in wanted.items()
    )
    assert spec.matches(record) is expected
    if spec.is_plain and record.version != "no version":
        by_parts = spec.matches_version(Version.parse(record.version), record.build, record.build_number)
        assert (spec.matches_name(record.name) and by_parts) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 1.*", True),
        ("a >1", False),
        ("a * py*", True),
        ("a * cp*", False),
        ("a[build_number=2]", True),
        ("a[build_number=3]", False),
        ("a 1.0 py_0[build_number='>1']", True),
    ],
)
def test_a_version_with_its_build_is_accepted_or_not(text: str, *, expected: bool) -> None:
    assert MatchSpec.parse(text).matches_version(Version.parse("1.0"), "py_0", 2) is expected


def test_a_condition_is_a_tree_of_specs() -> None:
    spec = MatchSpec.parse("a[when='python >=3.10 and (__unix or b[version=\"1.*\"]) or c']")

    python, unix, other, last = (MatchSpec.parse(text) for text in ("python>=3.10", "__unix", "b=1", "c"))
    assert spec.condition == AnyOf((AllOf((python, AnyOf((unix, other)))), last))
    assert MatchSpec.parse("a").condition is None


def test_a_condition_is_cut_outside_brackets_and_quotes() -> None:
    spec = MatchSpec.parse("""a[when="b[extras=[x, y],build='] or '] and c"]""")

    assert spec.condition == AllOf((MatchSpec.parse("b[extras=[x, y],build='] or ']"), MatchSpec.parse("c")))


@pytest.mark.parametrize(
    ("condition", "present", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a and b", "a", False),
        ("a and b", "a b", True),
        ("a or b and c", "a", True),
        ("a or b and c", "b", False),
        ("(a or b) and c", "a", False),
        ("(a or b) and c", "b c", True),
        ("((a))", "a", True),
        ("(" * 50 + "a" + ")" * 50, "a", True),
        (" and ".join(["(a)"] * 60), "a", True),
    ],
)
def test_a_condition_holds_when_its_packages_are_there(condition: str, present: str, *, expected: bool) -> None:
    spec = MatchSpec.parse(f"x[when='{condition}']")

    assert spec.condition is not None
    assert holds(spec.condition, lambda one: one.name in present.split()) is expected


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("a and", "a match spec is missing"),
        ("and a", "a match spec is missing"),
        ("a or or b", "a match spec is missing"),
        ("(a", "`(` is never closed"),
        ("a)", "unbalanced `)`"),
        ("a (b)", "`and` or `or` is missing"),
        ("()", "a match spec is missing"),
        ("a[x", "`[` is never closed"),
        ('a[b="x', "`[` is never closed"),
        ('a[b="\\\\"] and', "a match spec is missing"),
        ("(" * 51 + "a" + ")" * 51, "too many nested parentheses"),
    ],
)
def test_a_condition_that_is_none_is_refused(condition: str, reason: str) -> None:
    with pytest.raises(InvalidMatchSpec, match="condition: ") as caught:
        MatchSpec.parse(f"x[when='{condition}']")

    assert reason in caught.value.reason
