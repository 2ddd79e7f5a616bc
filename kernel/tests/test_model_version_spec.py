"""Version specs accept the versions that CEP 29 says."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.errors import InvalidVersion, InvalidVersionSpec
from conda_kernel.model.version import Version
from conda_kernel.model.version_spec import VersionSpec, all_of, any_of, plain_version_spec

TABLE = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "version_match.json"
ROWS: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
needs_table = pytest.mark.skipif(not ROWS, reason="shared/spec/cases/version_match.json is not beside the repository")

numbers = st.sampled_from(("0", "1", "1.0", "1.0.0", "1.1", "1.2", "1.2.0", "1.10", "2", "2.0", "2023.1", "1!1"))
versions = st.builds(
    "{}{}".format, numbers, st.sampled_from(("", "", "", "a", "a1", ".dev0", "rc1", ".post1", "_", "_1", "+x", "+1"))
)
operators = st.sampled_from(("", "==", "!=", "<", "<=", ">", ">="))
clauses = st.one_of(
    st.builds("{}{}".format, operators, versions),
    st.builds("{}{}{}".format, st.sampled_from(("", "=", "==", "!=")), versions, st.sampled_from((".*", "*"))),
    st.builds("={}".format, versions),
    st.builds("~=1.{}".format, versions.filter(lambda text: "!" not in text)),
    st.sampled_from(("*", "1.*.1", "*.0", "^1\\.[0-4].*$", "^(1|2)\\.0$", "2023.*.*", "!=*.1")),
)
specs = st.recursive(
    clauses,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(",".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        inner.map("({})".format),
    ),
    max_leaves=6,
)


def reference_clause(clause: str, version: Version) -> bool:
    """Decide one clause with comparisons, prefixes and Python's own regular expressions."""
    if clause.startswith("^"):
        return re.search(clause, version.text, re.IGNORECASE) is not None
    operator = (re.match("[=<>!~]*", clause) or [""])[0]
    literal = clause[len(operator) :]
    starred = literal.endswith("*")
    stem = literal.removesuffix("*").removesuffix(".") if starred else literal
    if literal == "*":
        return True
    if "*" in stem:
        found = re.fullmatch(re.escape(literal).replace(r"\*", ".*"), version.text, re.IGNORECASE) is not None
        return found is not (operator == "!=")
    other = Version.parse(stem)
    if operator == "~=":
        prefix = re.sub(r"[._-][^._-]+[_-]?$", "", stem.partition("+")[0])
        return version >= other and version.starts_with(Version.parse(prefix))
    if starred or operator == "=":
        return version.starts_with(other) is not (operator == "!=")
    return {
        "": version == other,
        "==": version == other,
        "!=": version != other,
        "<": version < other,
        "<=": version <= other,
        ">": version > other,
        ">=": version >= other,
    }[operator]


def reference_match(spec: str, version: Version) -> bool:
    """Decide a spec by trying every way to read it: an outermost `|` first, then `,`, then parentheses."""
    for joint, decide in (("|", any), (",", all)):
        parts = split_outside(spec, joint)
        if len(parts) > 1:
            return decide([reference_match(part, version) for part in parts])
    if spec.startswith("("):
        return reference_match(spec[1:-1], version)
    return reference_clause(spec, version)


def split_outside(text: str, joint: str) -> list[str]:
    parts, depth, inside = [""], 0, False
    for character in text:
        inside = (inside or character == "^") and character != "$"
        depth += {"(": 1, ")": -1}.get(character, 0) * (not inside)
        if character == joint and not depth and not inside:
            parts.append("")
        else:
            parts[-1] += character
    return parts


@needs_table
@pytest.mark.parametrize("row", ROWS.get("cases", ()), ids=lambda row: f"{row['spec']} {row['version']}")
def test_specs_match_as_the_table_says(row: dict[str, Any]) -> None:
    assert VersionSpec.parse(row["spec"]).matches(Version.parse(row["version"])) is row["expected"]


@needs_table
@pytest.mark.parametrize("row", ROWS.get("errors", ()), ids=lambda row: repr(row["spec"]))
def test_texts_that_are_no_spec_are_refused_as_the_table_says(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidVersionSpec) as caught:
        VersionSpec.parse(row["spec"])

    assert caught.value.fields["text"] == row["spec"]
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        ("!=*.1", "2.1", False),
        ("!=*.1", "2.2", True),
        ("*.1", "2.1", True),
        ("(1|2),(*.0|1)", "2.0", True),
        ("(1|2),(*.0|1)", "2", False),
        ("<=1,*.0", "1.0", True),
        ("<=1", "1.0.0", True),
        (">1,!=2,<3", "2.0", False),
        (">1,!=2,<3", "2.0.1", True),
        ("!=1", "1.0.0", False),
        ("!=1", "1.0.0.0.1", True),
        ("!=1", "1.0+1", True),
        ("^a$ | ^b$", "b", True),
        ("(1) , (1|2)", "1", True),
        ("(1) | 2", "2", True),
        ("1.*.rc1", "1.2.RC1", True),
        ("1.*.rc1", "1.2.rc2", False),
        ("==1.*.2", "1.5.2", True),
        *((text, "7", True) for text in ("*", "=*", "==*", ">=*", "<=*", "~=*", "*.*", "=*.*", "==*.*")),
        ("~=1.7", "1.7", True),
        ("~=1.7", "2", False),
        (">=1.7,<2.0a0", "2.0a1", False),
        (">=1.7,<2", "2.0a1", True),
        ("!=1.7.*", "1.70", True),
        ("!=1.7.*", "1.7.1", False),
    ],
)
def test_specs_match(text: str, version: str, *, expected: bool) -> None:
    assert VersionSpec.parse(text).matches(Version.parse(version)) is expected


@needs_table
@pytest.mark.parametrize("text", ROWS.get("whitespace_ok", ()))
def test_blanks_beside_operators_do_not_count(text: str) -> None:
    assert VersionSpec.parse(text) == VersionSpec.parse(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.7", "==1.7"),
        ("==1.7", "==1.7"),
        ("=1.7", "1.7.*"),
        ("1.7*", "1.7.*"),
        ("==1.7.*", "1.7.*"),
        ("!= 1.7*", "!=1.7.*"),
        (">=1.7.*", ">=1.7"),
        ("*.*", "*"),
        (">=*", "*"),
        ("2023.*.*", "2023.*.*"),
        ("=2023.*.*", "2023.*.*"),
        ("^1.7$", "^1.7$"),
        (" >= 1.0 , < 2 ", ">=1.0,<2"),
        ("(>=1.8,<2)|1.5", ">=1.8,<2|1.5"),
        ("(1.5|>=2),<3", "(1.5|>=2),<3"),
        ("((1.5|((1.6|1.7),1.8),1.9|2.0))|2.1", "1.5|(1.6|1.7),1.8,1.9|2.0|2.1"),
        ("0.2.18|0.2.18.*.", "0.2.18|0.2.18.*"),
        ("*.*.", "*"),
        ("==*.*", "*"),
        ("=*.*", "*"),
        ("!=1.*.2", "!=1.*.2"),
        ("1,1", "1,1"),
        ("(1|2)|3,(4,5)", "1|2|3,4,5"),
    ],
)
def test_the_canonical_text_is_the_shortest_that_means_the_same(text: str, canonical: str) -> None:
    assert str(VersionSpec.parse(text)) == canonical
    assert VersionSpec.parse(canonical) == VersionSpec.parse(text)


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        (">=1,,<2", "a condition is missing", 4),
        (">=1,", "a condition is missing", 4),
        (">=1,=>2", "`=>` is no operator", 4),
        (">=1,<2..0", "it has an empty part", 7),
        ("1..0|1..0", "it has an empty part", 2),
        ("1|(2,3", "`(` is never closed", 2),
        ("1,2)", "unbalanced `)`", 3),
        ("1.0(2)", "`(` may stand at the beginning of a condition only", 3),
        ("(1.0)2", "there is text after `)`", 5),
        ("~=1", "`~=` needs a version of two parts or more, not `1`", 2),
        ("~=1.2.*", "`~=` takes no `*`", 0),
        ("<1.*.2", "`<` takes no pattern", 0),
        ("1.*/", "`/` cannot be part of a version", 0),
        ("1.*.\u0661", "`\u0661` cannot be part of a version", 0),
        ("1.*.\u212a", "`\u212a` cannot be part of a version", 0),
        (">=1,1 .*", "there is a blank inside a condition", 4),
        (">=\x1c1", "there is a blank inside a condition", 0),
        ("1,^a", "a regular expression must end with `$`", 2),
        ("1,^ab**$", "regular expression `^ab**$` cannot be used: multiple repeat", 6),
        ("1,^a$ b", "there is text after the regular expression", 6),
        ("1,~=1.*", "`~=` takes no `*`", 2),
        ("1,!=*", "`!=*` accepts nothing or compares with nothing", 2),
        ("  ", "it is empty", 0),
        ("1, >=", "`>=` needs a version after it", 3),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, reason: str, position: int) -> None:
    with pytest.raises(InvalidVersionSpec) as caught:
        VersionSpec.parse(text)

    assert (caught.value.reason, caught.value.position) == (reason, position)


@pytest.mark.parametrize(
    ("text", "exact", "anything", "impossible"),
    [
        ("1.7", True, False, False),
        ("==1.7", True, False, False),
        ("=1.7", False, False, False),
        (">=1.7", False, False, False),
        ("*", False, True, False),
        ("1.7|1.8", False, False, False),
        ("=1,=2", False, False, True),
        (">=2,<1", False, False, True),
        ("^1$", False, False, False),
    ],
)
def test_a_spec_tells_what_kind_it_is(text: str, *, exact: bool, anything: bool, impossible: bool) -> None:
    spec = VersionSpec.parse(text)

    assert (spec.is_exact, spec.is_any, spec.is_impossible) == (exact, anything, impossible)
    assert spec.exact_version == (Version.parse("1.7") if exact else None)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("~=1", "write `>=1`"),
        ("~=1.2.*", "write `=1.2`"),
        ("1,,2", "`,` and `|` stand between two conditions"),
        ("=>1", "operators are `== != < <= > >= = ~=`"),
        ("<1.*.2", "compare with a version, as in `>=1.2`"),
        ("(1)2", "join conditions with `,` (and) or `|` (or)"),
        ("1..2", "a version is made of digits, letters and dots, as in `1.2.3`, `1.2.3rc1` or `2024a`"),
        ("(1", "version specs look like `1.2.*`, `>=1.2,<2` or `1.2|1.4`"),
    ],
)
def test_an_error_says_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(InvalidVersionSpec) as caught:
        VersionSpec.parse(text)

    assert caught.value.hint == hint
    assert caught.value.message == f"version spec `{text}` is not valid: {caught.value.reason}"


def test_an_empty_spec_is_called_empty() -> None:
    with pytest.raises(InvalidVersionSpec) as caught:
        VersionSpec.parse("")

    assert str(caught.value) == "a version spec is empty"


def test_specs_are_equal_when_they_accept_the_same() -> None:
    assert VersionSpec.parse(">=1,<2") == VersionSpec.parse("<2.0,>=1.0")
    assert hash(VersionSpec.parse("1.0|1.0.0")) == hash(VersionSpec.parse("==1"))
    assert VersionSpec.parse("1.0") != VersionSpec.parse("1.0.*")
    assert VersionSpec.parse("1.0") != "1.0"


@pytest.mark.parametrize(
    ("text", "opposite"), [("<2", ">=2"), ("<=2", ">2"), ("==2", "!=2"), ("=2", "!=2.*"), ("<1|>2", ">=1,<=2")]
)
def test_a_condition_and_its_opposite_accept_everything_together_and_nothing_at_once(text: str, opposite: str) -> None:
    either = VersionSpec.parse(f"{text}|{opposite}")

    assert either.ranges == ("",)
    assert either == VersionSpec.parse("*")
    assert VersionSpec.parse(f"({text}),({opposite})").is_impossible


def test_joining_writes_parentheses_only_where_they_count() -> None:
    bounds, other, either = (VersionSpec.parse(text) for text in (">=1,<2", "!=1.5", "1|3"))

    assert str(all_of([bounds, other])) == "!=1.5,>=1,<2"
    assert str(any_of([either, other])) == "!=1.5|1|3"
    assert str(any_of([bounds, other])) == "!=1.5|>=1,<2"
    assert str(all_of([bounds, VersionSpec.parse("1.5")])) == "==1.5,>=1,<2"
    assert str(any_of([either, VersionSpec.parse("*.5")])) == "*.5|1|3"


def test_joining_sorts_and_drops_repetitions() -> None:
    given = [VersionSpec.parse(text) for text in (">=1.6", "1.5|1.7", ">=1.6")]

    assert str(all_of(given)) == "(1.5|1.7),>=1.6"
    assert str(any_of(given)) == "1.5|1.7|>=1.6"
    assert all_of(given[:1]) == given[0]


def test_a_spec_cannot_be_changed_and_survives_pickling() -> None:
    spec = VersionSpec.parse(">=1,<2")

    with pytest.raises(AttributeError, match="a VersionSpec cannot be changed: ranges"):
        spec.ranges = ()
    with pytest.raises(AttributeError, match="ranges"):
        del spec.ranges
    assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 - it was pickled here
    assert repr(spec) == "VersionSpec('>=1,<2')"


def test_nesting_is_limited() -> None:
    deepest = "(" * 100 + "1" + ")" * 100
    assert VersionSpec.parse(deepest).is_exact
    assert VersionSpec.parse("|".join([deepest] * 3)).matches(Version.parse("1"))
    for opening in ("(", "((1),"):
        with pytest.raises(InvalidVersionSpec, match="more than 100 nested"):
            VersionSpec.parse(opening * 10_000 + "1" + ")" * 10_000)


def test_a_spec_with_many_conditions_takes_linear_time() -> None:
    spec = VersionSpec.parse("|".join(f"=={n}.{m}" for n in range(200) for m in range(200)))

    assert spec.matches(Version.parse("199.7"))
    assert not spec.matches(Version.parse("199.777"))


@given(specs, versions)
def test_matching_agrees_with_the_rules_applied_slowly(text: str, version: str) -> None:
    found = Version.parse(version)

    assert VersionSpec.parse(text).matches(found) is reference_match(text, found)


@given(specs)
def test_a_spec_is_read_back_from_its_text(text: str) -> None:
    spec = VersionSpec.parse(text)

    assert VersionSpec.parse(str(spec)) == spec
    assert str(VersionSpec.parse(str(spec))) == str(spec)


@given(st.lists(specs, min_size=1, max_size=3), versions)
def test_joined_specs_accept_what_all_or_any_accept(texts: list[str], version: str) -> None:
    given_specs = [VersionSpec.parse(text) for text in texts]
    answers = [spec.matches(Version.parse(version)) for spec in given_specs]

    assert all_of(given_specs).matches(Version.parse(version)) is all(answers)
    assert any_of(given_specs).matches(Version.parse(version)) is any(answers)


@given(specs, versions)
def test_an_impossible_spec_accepts_nothing(text: str, version: str) -> None:
    for spec in (VersionSpec.parse(text), VersionSpec.parse(f"({text}),<0dev"), VersionSpec.parse(f"({text}),1,2")):
        assert not (spec.is_impossible and spec.matches(Version.parse(version)))
    assert VersionSpec.parse(">=1,<1").is_impossible


@given(st.text(max_size=15) | st.text(alphabet="01a.*,|()=<>!~^$ +_-[", max_size=12))
def test_any_text_is_a_spec_or_a_named_error(text: str) -> None:
    position = 0
    try:
        spec = VersionSpec.parse(text)
    except InvalidVersionSpec as error:
        position = error.position
    else:
        assert VersionSpec.parse(str(spec)) == spec
        assert str(VersionSpec.parse(str(spec))) == str(spec)
    assert 0 <= position <= len(text)


@given(
    st.builds(
        "{}{}{}".format, operators, versions, st.sampled_from(("", "", ".*", ",<2", ",<=1.0", ",>1", " ", ",", "|1"))
    )
    | st.text(alphabet="01a.*,<>=! _\x1c", min_size=1, max_size=6)
    | st.lists(st.builds("{}{}{}".format, operators, versions, st.sampled_from(("", "", ".*", "*"))), max_size=4).map(
        ",".join
    )
)
def test_plain_specs_are_read_as_the_full_grammar_reads_them(text: str) -> None:
    plain = plain_version_spec(text)

    if plain is not None:
        read = VersionSpec.parse(f"({text})")
        assert (str(plain), plain.ranges, plain.root.ranges) == (str(read), read.ranges, read.ranges)
        assert plain == VersionSpec.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("1.7", "==1.7", ">=1.7", "!=1.7", "<=1.7", "<1.7", ">1.7", "=1.7"),
        *("1.7.*", "1.70.*", "1.0.*", "1.7*", "=1.7.*", "==1.7.*", "!=1.7.*", ">=1.7.*"),
        *(">=1.7,<2", ">=2,<1.7", ">=1.7,!=1.8", ">=1.7,<2,!=1.8.*", "1.7.*,!=1.7.2"),
    ],
)
def test_what_dependencies_say_most_is_plain(text: str) -> None:
    plain = plain_version_spec(text)

    assert plain is not None
    assert plain == VersionSpec.parse(f"({text})")


@given(st.text(alphabet="01a._-+!", min_size=1, max_size=6))
def test_a_text_is_a_version_exactly_when_it_is_an_exact_spec(text: str) -> None:
    try:
        version = Version.parse(text)
    except InvalidVersion:
        version = None
    try:
        spec = VersionSpec.parse(f"=={text}")
    except InvalidVersionSpec:
        spec = None

    assert (version is None) is (spec is None)
    assert spec is None or spec.exact_version == version
