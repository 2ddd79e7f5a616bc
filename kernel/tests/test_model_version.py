"""Versions read, compare and sort as CEP 33 says."""

from __future__ import annotations

import json
import operator
import pickle
import re
from collections.abc import Callable
from itertools import pairwise, zip_longest
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.errors import InvalidVersion, quoted
from conda_kernel.model.version import Version

TABLE = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "versions_order.json"
ROWS: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
needs_table = pytest.mark.skipif(not ROWS, reason="shared/spec/cases/versions_order.json is not beside the repository")

pieces = st.from_regex(r"[0-9]{1,3}(dev|post|a|b|rc|alpha|_x)?[0-9]{0,2}|dev|post|a|rc1|0|00|0a", fullmatch=True).map(
    lambda piece: piece.replace("_x", "x")
)
main_parts = st.lists(pieces, min_size=1, max_size=4).map(".".join)
literals = st.builds(
    lambda epoch, main, tail, local: f"{epoch}{main}{tail}{local}",
    st.sampled_from(("", "", "", "0!", "1!", "12!")),
    main_parts,
    st.sampled_from(("", "", "_", "_1", "_a_")),
    st.sampled_from(("", "", "+0", "+1", "+a", "+1.a", "+dev")),
)


def order(value: str) -> tuple[int, int, str]:
    """Place one value of a piece among all values."""
    if value.isdecimal():
        return (3, int(value), "")
    return {"dev": (0, 0, ""), "post": (4, 0, "")}.get(value, (1 if value == "_" else 2, 0, value))


def reference_pieces(texts: list[str]) -> list[list[str]]:
    found = []
    for piece in texts:
        runs = re.findall(r"[0-9]+|[a-z_]+", piece)
        found.append(runs if runs[0].isdecimal() else ["0", *runs])
    return found


def reference_parts(text: str) -> tuple[list[list[str]], list[list[str]]]:
    """Cut a valid version as the specification words it."""
    text = text.strip().lower().replace("-", "_")
    epoch, _, rest = text.rpartition("!")
    main, plus, local = rest.partition("+")
    cut = re.split(r"[._]", main[:-1]) if main.endswith("_") else re.split(r"[._]", main)
    if main.endswith("_"):
        cut[-1] += "_"
    return [[epoch or "0"], *reference_pieces(cut)], reference_pieces(re.split(r"[._]", local)) if plus else []


def reference_compare(left: str, right: str) -> int:
    for ours, theirs in zip(reference_parts(left), reference_parts(right), strict=True):
        for n in range(max(len(ours), len(theirs))):
            for a, b in zip_longest(part(ours, n), part(theirs, n), fillvalue="0"):
                if order(a) != order(b):
                    return -1 if order(a) < order(b) else 1
    return 0


def reference_starts_with(text: str, prefix: str) -> bool:
    """Apply the rule of the specification for `=1.7` step by step."""
    (main, local), (prefix_main, prefix_local) = reference_parts(text), reference_parts(prefix)
    if prefix_local:
        longest = max(len(main), len(prefix_main))
        if any(not reference_equal(part(main, n), part(prefix_main, n)) for n in range(longest)):
            return False
        main, prefix_main = local, prefix_local
    *before, last = prefix_main
    if any(not reference_equal(part(main, n), piece) for n, piece in enumerate(before)):
        return False
    candidate = part(main, len(before))
    return all(order(candidate[n] if n < len(candidate) else "0") == order(run) for n, run in enumerate(last))


def part(pieces: list[list[str]], number: int) -> list[str]:
    return pieces[number] if number < len(pieces) else []


def reference_equal(one: list[str], other: list[str]) -> bool:
    return all(order(a) == order(b) for a, b in zip_longest(one, other, fillvalue="0"))


def compare(left: Version, right: Version) -> int:
    return (left > right) - (left < right)


@needs_table
@pytest.mark.parametrize(
    "row", [pytest.param(row, id=" ".join(texts)) for row, texts in enumerate(ROWS.get("ordering", ()))]
)
def test_versions_sort_as_the_table_says(row: int) -> None:
    ours = [Version.parse(text) for text in ROWS["ordering"][row]]
    others = [(Version.parse(text), place) for place, texts in enumerate(ROWS["ordering"]) for text in texts]

    for version in ours:
        for other, place in others:
            assert compare(version, other) == (row > place) - (row < place), other
            assert (version == other) is (row == place)
            assert row != place or hash(version) == hash(other)


RISING = """
dev a alpha 0 0.0.1 0.4.1+local 0.4.1 0.4.1+1 0.5a1 0.5 1.0dev1 1.0_ 1.0a 1.0a2 1.0a10 1.0alpha 1.0rc1 1.0.dev1 1.0.a1
1.0 1.0.0.0.1 1.0.post1 1.0.1_ 1.0.1a 1.0.1 1.0.10 1.0post1 1.1 1.2.3+a.1 1.2.3 1.2.3+post 1.10 2024a 2024.1 1!0.0 2!0
"""


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(RISING.split())))
def test_versions_sort_from_the_lower_to_the_higher(lower: str, higher: str) -> None:
    assert compare(Version.parse(lower), Version.parse(higher)) == reference_compare(lower, higher) == -1


@pytest.mark.parametrize(
    "texts",
    [
        "0 0.0 0!0 00",
        "1.0 1 01.0.0 1.00 1_0 1-0 1.0+0 0!1",
        "1.0RC1 1.0rc1 1.0Rc01",
        "1._ 1.0_ 1__",
        "1.0a 1.0a0 1.0A00 1.0a.0",
        "1.2_ 1_2_ 1-2-",
    ],
)
def test_versions_are_equal_in_every_spelling(texts: str) -> None:
    assert len({Version.parse(text) for text in texts.split()}) == 1


@needs_table
@pytest.mark.parametrize("row", ROWS.get("disputed_pairs", ()), ids=lambda row: f"{row['a']}?{row['b']}")
def test_disputed_versions_compare_as_the_table_says(row: dict[str, Any]) -> None:
    if row["expected"] == "error":
        with pytest.raises(InvalidVersion):
            compare(Version.parse(row["a"]), Version.parse(row["b"]))
    else:
        assert compare(Version.parse(row["a"]), Version.parse(row["b"])) == row["expected"]


@needs_table
@pytest.mark.parametrize("row", ROWS.get("normalised", ()), ids=lambda row: str(row["input"]))
def test_versions_are_cut_as_the_table_says(row: dict[str, Any]) -> None:
    version = Version.parse(row["input"])

    def plain(pieces: tuple[tuple[str, ...], ...]) -> list[list[int | str]]:
        return [[int(run) if run.isdecimal() else {"post": "inf"}.get(run, run) for run in piece] for piece in pieces]

    assert plain(version.pieces) == row["segments"]
    assert plain(version.local_pieces) == row["local"]
    assert Version.parse(row["norm"]) == version


@needs_table
@pytest.mark.parametrize("row", ROWS.get("invalid", ()), ids=lambda row: repr(row["input"]))
def test_texts_that_are_no_version_are_refused_as_the_table_says(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidVersion) as caught:
        Version.parse(row["input"])

    assert caught.value.fields["text"] == row["input"].strip()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("1..2", "it has an empty part", 2),
        ("X..2", "it has an empty part", 2),
        (".1", "it has an empty part", 0),
        ("1!.1", "it has an empty part", 2),
        ("1.", "it has an empty part", 2),
        ("1.0@", "`@` cannot be part of a version", 3),
        ("1.0-1_2", "it mixes `-` and `_`", 5),
        ("1_2-3", "it mixes `-` and `_`", 3),
        ("1-2_3_4", "it mixes `-` and `_`", 3),
        ("1_2-3-4", "it mixes `-` and `_`", 3),
        ("a!1.0", "the epoch before `!` is not a number", 0),
        ("1.0+", "there is nothing after `+`", 4),
        ("1!2!3", "`!` occurs twice (it marks the epoch)", 3),
        ("1+a+b", "`+` occurs twice (it marks the local part)", 3),
        ("1..0-1", "it has an empty part", 2),
        ("1..0_1", "it has an empty part", 2),
        ("1..2+a", "it has an empty part", 2),
        ("1@_", "`@` cannot be part of a version", 1),
        ("1!", "there is no version before `+`", 2),
        ("__", "there is nothing but separators", 0),
        ("1\x1b[0m", "`\\x1b` cannot be part of a version", 1),
        ("\u212a1", "`\u212a` cannot be part of a version", 0),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, reason: str, position: int) -> None:
    with pytest.raises(InvalidVersion) as caught:
        Version.parse(text)

    assert (caught.value.reason, caught.value.position) == (reason, position)
    assert str(caught.value) == f"version {quoted(text)} is not valid: {reason}"
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "prefix", "expected"),
    [
        ("1.7.1", "1.7", True),
        ("1.70", "1.7", False),
        ("1.7", "1.7.0", True),
        ("1", "1.0.0.0", True),
        ("1.0.0.5", "1.0.0", True),
        ("1.0.5", "1.0.0", False),
        ("1.0.0.1", "1.0.0.0", False),
        ("1.0.0.0.1", "1.0.0.0", True),
        ("1.0.0.5a1", "1.0.0.5a", True),
        ("1.0.0a1", "1.0.0", True),
        ("1.0.0.a", "1.0.0", True),
        ("1.0.a", "1.0.0", True),
        ("1.0.0post1", "1.0.0", True),
        ("1.0.post1", "1.0.0", True),
        ("1.0alpha", "1.0a", False),
        ("1.0a5", "1.0a", True),
        ("1.0a_", "1.0a", False),
        ("1.0dev3", "1.0dev", True),
        ("1.0post3", "1.0post", True),
        ("1.0a1b", "1.0a1", True),
        ("1.0a10", "1.0a1", False),
        ("dev", "0", True),
        ("1!2.3", "2", False),
        ("1!2.3", "1!2", True),
        ("1.2+x.1", "1.2+x", True),
        ("1.2.1+x", "1.2+x", False),
        ("1+2.3.4", "1+2.3", True),
        ("1+2.34", "1+2.3", False),
        ("1+2.5", "1+2.3", False),
        ("1.1234567890a1", "1.1234567890", True),
        ("1.12345678901", "1.1234567890", False),
    ],
)
def test_a_prefix_is_compared_piece_by_piece(version: str, prefix: str, *, expected: bool) -> None:
    assert Version.parse(version).starts_with(Version.parse(prefix)) is expected


@pytest.mark.parametrize(
    ("text", "pieces", "local"),
    [
        ("1.00", (("0",), ("1",), ("0",)), ()),
        ("1!2.15.1_ALPHA", (("1",), ("2",), ("15",), ("1",), ("0", "alpha")), ()),
        ("1.0post_", (("0",), ("1",), ("0", "post_")), ()),
        ("1._", (("0",), ("1",), ("0", "_")), ()),
        ("2.1+sirius6.0.3", (("0",), ("2",), ("1",)), (("0", "sirius", "6"), ("0",), ("3",))),
    ],
)
def test_a_version_is_cut_into_what_is_compared(text: str, pieces: object, local: object) -> None:
    assert (Version.parse(text).pieces, Version.parse(text).local_pieces) == (pieces, local)


def test_an_empty_version_is_called_empty() -> None:
    with pytest.raises(InvalidVersion) as caught:
        Version.parse(" ")

    assert str(caught.value) == "a version is empty"


def test_a_version_keeps_its_text_without_surrounding_blanks() -> None:
    version = Version.parse(" 1.0RC1 ")

    assert (str(version), version.text) == ("1.0RC1", "1.0RC1")
    assert repr(version) == "Version('1.0RC1')"


def test_equal_texts_give_one_object_and_long_ones_are_not_kept() -> None:
    long = ".".join("1" * 40)

    assert Version.parse("3.14.15") is Version.parse("3.14.15")
    assert Version.parse(long) is not Version.parse(long)
    assert Version.parse(long) == Version.parse(long)


def test_a_version_cannot_be_changed() -> None:
    version = Version.parse("1.0")

    with pytest.raises(AttributeError, match="a Version cannot be changed: text"):
        version.text = "2.0"
    with pytest.raises(AttributeError, match="key"):
        del version.key
    assert str(version) == "1.0"


def test_a_version_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(Version.parse("1.0a1"))) == Version.parse("1.0a1")  # noqa: S301 - it was pickled here


@pytest.mark.parametrize("compared", [operator.lt, operator.le, operator.gt, operator.ge])
def test_a_version_is_not_compared_with_a_text(compared: Callable[[object, object], bool]) -> None:
    assert Version.parse("1.0") != "1.0"
    with pytest.raises(TypeError):
        compared(Version.parse("1.0"), "1.0")


@pytest.mark.parametrize("digits", [8, 9, 10, 99, 100, 5000])
def test_numbers_of_any_length_compare_as_numbers(digits: int) -> None:
    less, more = Version.parse("1." + "9" * digits), Version.parse("1.1" + "0" * digits)

    assert less < more
    assert more < Version.parse("2.0")
    assert Version.parse("1." + "9" * digits + "a") < less
    assert Version.parse("1.000" + "9" * digits) == less


def test_a_long_version_is_read_in_linear_time() -> None:
    version = Version.parse(".".join(["0", "1a"] * 100_000))

    assert version > Version.parse("0")


@given(literals, literals)
def test_comparison_agrees_with_the_rules_applied_slowly(left: str, right: str) -> None:
    assert compare(Version.parse(left), Version.parse(right)) == reference_compare(left, right)


@given(literals, literals)
def test_prefixes_agree_with_the_rule_applied_slowly(text: str, prefix: str) -> None:
    assert Version.parse(text).starts_with(Version.parse(prefix)) is reference_starts_with(text, prefix)


@given(main_parts, st.sampled_from((".1", ".0", "a", ".dev1", "", "+x", ".post2", ".0.0.rc1")))
def test_a_version_starts_with_what_it_was_made_from(prefix: str, rest: str) -> None:
    text = prefix + rest
    assert Version.parse(text).starts_with(Version.parse(prefix)) is reference_starts_with(text, prefix)


@given(st.lists(literals, max_size=8))
def test_versions_are_totally_ordered_and_keys_sort_as_they_do(texts: list[str]) -> None:
    versions = [Version.parse(text) for text in texts]
    ordered = sorted(versions)

    assert sorted(versions, key=attrgetter("key")) == ordered
    for earlier, later in pairwise(ordered):
        assert earlier <= later
        assert later >= earlier
        assert (earlier == later) is (not earlier < later)


@given(literals)
def test_a_version_is_read_back_from_its_text(text: str) -> None:
    version = Version.parse(text)

    assert Version.parse(str(version)) == version
    assert Version.parse(text.upper()) == version


@given(literals, literals)
def test_equal_versions_have_equal_hashes(left: str, right: str) -> None:
    assert Version.parse(left) != Version.parse(right) or hash(Version.parse(left)) == hash(Version.parse(right))
    assert Version.parse(left + ".0.0" if "+" not in left and left[-1] != "_" else left) == Version.parse(left)


@given(st.text(max_size=20) | st.text(alphabet="01a_-.+!*", max_size=12))
def test_any_text_is_a_version_or_a_named_error(text: str) -> None:
    position = 0
    try:
        version = Version.parse(text)
    except InvalidVersion as error:
        position = error.position
    else:
        assert Version.parse(str(version)) == version
        assert version.key.isascii()
    assert 0 <= position <= len(text.strip())
