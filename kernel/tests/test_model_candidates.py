"""Candidates answer at once which of them a match spec selects, as asking for each record would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.candidates import Candidates
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.record import PackageRecord

RECORDS = (
    PackageRecord("numpy", "1.0", "py_0", 0, channel="c1", subdir="noarch"),
    PackageRecord("numpy", "1.0.0", "PY_1", 1, channel="c2", subdir="linux-64"),
    PackageRecord("numpy", "not/a version", "py_0", 0),
    PackageRecord("NumPy", "2.0rc1", "x", 1),
    PackageRecord("scipy", "1.5", "x", 2),
)


@pytest.mark.parametrize(
    ("spec", "selected"),
    [
        ("*", 0b11111),
        ("numpy", 0b01111),
        ("numpy >=0", 0b01011),
        ("numpy 1.0", 0b00011),
        ("numpy 1", 0b00011),
        ("numpy <1", 0),
        ("numpy >1", 0b01000),
        ("* >=1.0,<2.0a0", 0b10011),
        ("numpy !=1", 0b01000),
        ("numpy 1.*|2.*", 0b01011),
        ("numpy >2,<1", 0),
        ("numpy 1.*.0", 0b00010),
        ("numpy ^.*rc1$", 0b01000),
        ("numpy * py_1", 0b00010),
        ("numpy * Py_0", 0b00101),
        ("numpy * py*", 0b00111),
        ("numpy * z", 0),
        ("numpy 1.0 py*", 0b00011),
        ("numpy[build_number='>0']", 0b01010),
        ("numpy[build_number=7]", 0),
        ("s*", 0b10000),
        ("pandas", 0),
        ("c2::numpy", 0b00010),
        ("numpy[subdir=noarch]", 0b01101),
        ("c1::numpy >1", 0),
    ],
)
def test_candidates_tell_which_of_them_a_spec_selects(spec: str, selected: int) -> None:
    assert Candidates(RECORDS).matching(MatchSpec.parse(spec)) == selected


def test_no_candidates_are_never_selected() -> None:
    assert Candidates(()).matching(MatchSpec.parse("*")) == 0
    assert Candidates(()).matching(MatchSpec.parse("a >=1")) == 0
    assert Candidates(()).matching(MatchSpec.parse("a 1.*.2")) == 0


def test_candidates_keep_their_records_in_order() -> None:
    assert Candidates(iter(RECORDS)).records == RECORDS


records = st.lists(
    st.builds(
        PackageRecord,
        name=st.sampled_from(("a", "a", "A", "b")),
        version=st.sampled_from(("0.9", "1", "1.0", "1.0.5", "1.1rc1", "2", "1!0", "/")),
        build=st.sampled_from(("py_0", "PY_0", "x", "")),
        build_number=st.sampled_from((0, 1, 2)),
        subdir=st.sampled_from(("noarch", "linux-64")),
        license=st.sampled_from((None, "MIT")),
    ),
    max_size=8,
)
texts = st.builds(
    "{}{}[{}]".format,
    st.sampled_from(("a", "a", "b", "*", "a*", "^[ab]$")),
    st.sampled_from(
        ("", " *", " 1", " =1", " >=1", " <1.1", " !=1", " >=1,<2", " <1|>1", " *.5", " 1.*.5", " ^1$|^2$")
    ),
    st.lists(
        st.sampled_from(
            ("build=py_0", "build=P*", "build='^x$'", "build_number='!=1'", "subdir=noarch", "license=mit")
        ),
        max_size=3,
        unique_by=lambda pair: pair.partition("=")[0],
    ).map(",".join),
)


@given(records, texts)
def test_candidates_agree_with_asking_for_each_record(given_records: list[PackageRecord], text: str) -> None:
    spec = MatchSpec.parse(text)

    expected = sum(1 << index for index, record in enumerate(given_records) if spec.matches(record))
    candidates = Candidates(given_records)
    assert [candidates.matching(spec) for _ in range(2)] == [expected, expected]
