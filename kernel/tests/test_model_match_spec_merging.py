"""Match specs are merged into one that means all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.errors import IncompatibleMatchSpecs
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.match_spec_merging import merge, union
from conda_kernel.model.record import PackageRecord

TABLE = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "matchspec_merge.json"
ROWS: list[dict[str, Any]] = json.loads(TABLE.read_text()) if TABLE.exists() else []
needs_table = pytest.mark.skipif(not ROWS, reason="shared/spec/cases/matchspec_merge.json is not beside the repository")


class Case(NamedTuple):
    specs: tuple[str, ...]
    merged: tuple[str, ...]


def parsed(texts: tuple[str, ...] | list[str]) -> list[MatchSpec]:
    return [MatchSpec.parse(text) for text in texts]


@needs_table
@pytest.mark.parametrize("row", ROWS, ids=lambda row: " & ".join(row["specs"]))
def test_specs_are_merged_as_the_table_says(row: dict[str, Any]) -> None:
    if row["merged"] == "error":
        with pytest.raises(IncompatibleMatchSpecs) as caught:
            merge(parsed(row["specs"]))
        assert caught.value.fields["specs"] == [str(spec) for spec in parsed(row["specs"])]
    elif row["merged"] == "both patterns must hold":
        assert [str(spec) for spec in merge(parsed(row["specs"]))] == [str(spec) for spec in parsed(row["specs"])]
    else:
        assert [str(spec) for spec in merge(parsed(row["specs"]))] == row["merged"]


@needs_table
@pytest.mark.parametrize("row", [row for row in ROWS if "union" in row], ids=lambda row: " | ".join(row["specs"]))
def test_specs_are_joined_as_the_table_says(row: dict[str, Any]) -> None:
    assert list(union(parsed(row["specs"]))) == row["union"]


@pytest.mark.parametrize(
    "case",
    [
        Case((), ()),
        Case(("a 1", "a >=0"), ("a[version='1,>=0']",)),
        Case(("a[subdir='linux-*']", "a[subdir=linux-64]"), ("a[subdir=linux-64]",)),
        Case(("conda-*::a", "conda-forge::a"), ("conda-forge::a",)),
        Case(("a[extras=[x]]", "a[extras=[y],flags=[f]]"), ("a[extras=['x', 'y'],flags=['f']]",)),
        Case(("a[when=b]", "a[when=b]"), ("a[when='b']",)),
        Case(
            ("a[when=b]", "a >=1", "a <2", "a[when=b,extras=[x]]"), ("a[when='b',extras=['x']]", "a[version='<2,>=1']")
        ),
        Case(("a * x[when=b]", "a * y[when=c]"), ("a[build=x,when='b']", "a[build=y,when='c']")),
        Case(("a * ^b.*$", "a * bc"), ("a[build=bc]",)),
        Case(("a * ^b$", "a * ^c$"), ("a[build='^b$']", "a[build='^c$']")),
        Case(("a * ^b$", "a[build='^b$',subdir=noarch]"), ("a[subdir=noarch,build='^b$']",)),
        Case(("a", "a[build_number=1]"), ("a[build_number=1]",)),
        Case(("a * b*c", "a * *x"), ("a[build=b*c]", "a[build=*x]")),
        Case(("a * B*", "a * bc*"), ("a[build=bc*]",)),
        Case(("a * *b", "a * *cb"), ("a[build=*cb]",)),
        Case(("a * bc*", "a * B*"), ("a[build=bc*]",)),
        Case(("a * bc*", "a * b*"), ("a[build=bc*]",)),
        Case(("a * b*", "a * *c"), ("a[build=b*]", "a[build=*c]")),
        Case(("a * b*c*", "a * bx*"), ("a[build=b*c*]", "a[build=bx*]")),
        Case(("a * *b*c", "a * *xc"), ("a[build=*b*c]", "a[build=*xc]")),
        Case(("a * x*", "a * *y", "a * xy"), ("a[build=xy]",)),
        Case(("a * x*", "a * *y", "a * x1*"), ("a[build=x1*]", "a[build=*y]")),
        Case(("num*", "num*", "* >=1", "* <2"), ("num*", "*[version='>=1']", "*[version='<2']")),
    ],
    ids=str,
)
def test_specs_are_merged(case: Case) -> None:
    assert tuple(str(spec) for spec in merge(parsed(case.specs))) == case.merged


@pytest.mark.parametrize(
    "texts",
    [
        ("a[sha256=" + "1" * 64 + "]", "a[sha256=" + "2" * 64 + "]"),
        ("a[track_features=x]", "a[track_features=y]"),
        ("a[subdir='linux-*']", "a[subdir=osx-64]"),
        ("a[fn=a-1-0.conda]", "a[fn=a-1-1.conda]"),
        ("a[url=https://h.org/a.conda]", "a[url=https://h.org/b.conda]"),
        ("a * ^b$", "a * c"),
        ("a * b*", "a * cb*"),
        ("a * *b", "a * *c"),
        ("a * b", "a * c*"),
    ],
)
def test_specs_that_exclude_each_other_are_an_error_with_both_texts(texts: tuple[str, str]) -> None:
    with pytest.raises(IncompatibleMatchSpecs) as caught:
        merge(parsed(texts))

    assert all(f"`{spec}`" in caught.value.message for spec in parsed(texts))


def test_what_narrows_one_of_two_specs_apart_is_compared_with_the_other() -> None:
    with pytest.raises(IncompatibleMatchSpecs, match="channel"):
        merge(parsed(("a * x*", "c2::a * *y", "c1::a")))


@pytest.mark.parametrize("more", ["", ",md5=12345678901234567890123456789012"])
def test_credentials_do_not_make_another_url(more: str) -> None:
    urls = ("https://h.org/x.conda", "https://u:p@h.org/x.conda", f"https://v:q@h.org/x.conda{more}")
    plain, one, other = (MatchSpec.parse(f"a[url={url}]") for url in urls)

    for specs, kept in (
        ((plain, other), "v:q"),
        ((plain, one), "u:p"),
        ((one, plain), "u:p"),
        ((one, other), "u:p"),
        ((other, one), "v:q"),
    ):
        (merged,) = merge(specs)
        assert merged.secret_url is not None
        assert merged.secret_url.reveal() == f"https://{kept}@h.org/x.conda"
    (merged,) = merge([plain, plain])
    assert merged.secret_url is None


def test_a_union_of_different_builds_is_shown_spec_by_spec() -> None:
    assert union(parsed(("a 1 x", "a 2 y", "a 1 x"))) == ("a==1=x | a==2=y",)


def test_a_union_of_versions_is_shown_as_one_spec() -> None:
    assert union(parsed(("a >=1", "a <0", "b"))) == ("a[version='<0|>=1']", "b")
    assert union(parsed(("a", "a"))) == ("a",)


texts = st.builds(
    "{}{}{}[{}]".format,
    st.sampled_from(("", "", "c1::", "c2::", "c*::")),
    st.sampled_from(("a", "a", "b", "*", "a*")),
    st.sampled_from((" *", " >=1", " <2", " =1.0", " 1.0", " 1.0|2", " !=1.1")),
    st.lists(
        st.sampled_from(
            ("build=x*", "build=xy", "build=*y", "build='^x.$'", "build=xy*", "build_number='>0'", "subdir=noarch")
        ),
        max_size=2,
        unique_by=lambda pair: pair.partition("=")[0],
    ).map(",".join),
)
records = st.builds(
    PackageRecord,
    name=st.sampled_from(("a", "b")),
    version=st.sampled_from(("0.9", "1", "1.0.5", "1.1", "2")),
    build=st.sampled_from(("xy", "x", "y", "xyy")),
    build_number=st.sampled_from((0, 1)),
    channel=st.sampled_from(("c1", "c2")),
    subdir=st.sampled_from(("noarch", "linux-64")),
)


@given(st.lists(texts, min_size=1, max_size=4), records)
def test_merging_changes_nothing_about_what_is_selected(given_texts: list[str], record: PackageRecord) -> None:
    specs = [spec for spec in parsed(given_texts) if spec.matches_name(record.name)]
    wanted = all(spec.matches(record) for spec in specs)
    try:
        merged = merge(specs)
    except IncompatibleMatchSpecs:
        assert not wanted
    else:
        assert all(spec.matches(record) for spec in merged) is wanted
        assert merge(merged) == merged
        assert parsed([str(spec) for spec in merged]) == list(merged)
        assert len(merged) <= len(specs)
