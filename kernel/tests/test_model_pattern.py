"""Globs and regular expressions match as Python's do, and no pattern takes long."""

from __future__ import annotations

import pickle
import re
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from conda_kernel.model.pattern import InvalidPattern, Pattern
from conda_kernel.model.regular_expression import RegularExpression, UnsupportedExpression

texts = st.text(alphabet="abc1_.", max_size=8)
symbols = st.sampled_from(
    ("a", "b", "1", "_", r"\.", ".", "[ab]", "[^a]", "[a-c1]", r"\d", r"\w", r"\D", "[]a]", "[a-]")
)
expressions = st.recursive(
    symbols,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.builds(
            "(?:{}){}".format, inner, st.sampled_from(("*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{,2}", "{,}"))
        ),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("py27_0", "PY27_0", True),
        ("py27_0", "py27_01", False),
        ("py*", "py312_0", True),
        ("py*", "PY312_0", True),
        ("*mkl*", "py_mkl_0", True),
        ("*mkl*", "py_mlk_0", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*a", "aba", True),
        ("a**b", "ab", True),
        ("*", "", True),
        ("a?c", "abc", False),
        ("[a]", "a", False),
        ("^py(27|3[0-9])_.*$", "py39_x", True),
        ("^py(27|3[0-9])_.*$", "py4_x", False),
        ("^a|b$", "axx", True),
        ("^a|b$", "xxb", True),
        ("^a|b$", "xax", False),
        ("^a$|^b$", "b", True),
        ("^a$|^b$", "ab", False),
        ("^$", "", True),
        ("^$", "a", False),
        ("^A$", "a", True),
        (r"^a\$", "xa$b", False),
        (r"^\^a$", "^a", True),
        ("^a{x}$", "a{x}", True),
        ("^a{\u0663}$", "a{\u0663}", True),
        ("^Z$", "z", True),
        ("^a{256}$", "a" * 256, True),
        ("^a{255,}$", "a" * 300, True),
        ("^a{255,}$", "a" * 254, False),
        ("a*b*b", "ab", False),
        ("a*b*b", "abb", True),
    ],
)
def test_patterns_match(pattern: str, text: str, *, expected: bool) -> None:
    assert Pattern.parse(pattern).matches(text) is expected


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [("a", "is_exact"), ("a*", "is_glob"), ("^a$", "is_regular_expression"), ("^$", "is_regular_expression")],
)
def test_a_pattern_tells_what_kind_it_is(pattern: str, kind: str) -> None:
    parsed = Pattern.parse(pattern)

    assert [name for name in ("is_exact", "is_glob", "is_regular_expression") if getattr(parsed, name)] == [kind]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("^a", "must start with `^` and end with `$`"),
        ("a$", "must start with `^` and end with `$`"),
        ("$", "must start with `^` and end with `$`"),
        ("^(a$", "`$` inside an expression"),
        ("^(a", "must start"),
        ("^a)$", "unbalanced `)`"),
        ("^[a$", "`[` is never closed"),
        ("^(?=a)$", "look-around"),
        ("^(?<!a)b$", "look-around"),
        ("^(?P<n>a)$", "groups are not supported"),
        (r"^(a)\1$", "is not supported"),
        (r"^a\b$", "is not supported"),
        ("^*a$", "nothing to repeat"),
        ("^a**$", "multiple repeat"),
        ("^a*+$", "multiple repeat"),
        ("^a{3,2}$", "less than the least"),
        ("^a{257}$", "more than 256 symbols"),
        ("^((a{20}){20}){20}$", "more than 256 symbols"),
        ("^(){99999}$", "more than 256 symbols"),
        ("^" + "a" * 300 + "$", "more than 256 symbols"),
        ("^" + "()" * 3000 + "$", "more than 4096 characters"),
        ("^" + "(" * 60 + "a" + ")" * 60 + "$", "too many nested groups"),
        ("^[b-a]$", "upwards"),
        (r"^[\d-z]$", "a range needs one character"),
        (r"^[a-\d]$", "a range needs one character"),
        ("^a$b$", "`$` inside an expression"),
        ("^a{256,}$", "more than 256 symbols"),
        ("^a{9999999999}$", "more than 256 symbols"),
        (r"^[\D]$", "a negated class inside"),
        ("^[\u00e0-\u00ff]$", "ASCII"),
        ("^a^b$", "`^` inside an expression"),
        ("^a|*$", "nothing to repeat"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPattern) as caught:
        Pattern.parse(pattern)

    assert reason in str(caught.value)
    assert caught.value.fields["text"] == pattern
    assert 0 <= caught.value.position <= len(pattern)


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("^(a", 1),
        ("^ab[c", 3),
        ("^a**", 3),
        ("^a|*", 3),
        ("^a^", 2),
        (r"^a\b", 3),
        ("^a)", 2),
        ("^(?=a)", 3),
        ("^a\\", 3),
    ],
)
def test_an_expression_is_refused_where_it_is_wrong(expression: str, position: int) -> None:
    with pytest.raises(UnsupportedExpression) as caught:
        RegularExpression(expression)

    assert caught.value.position == position


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a+)+$", "a" * 3000 + "b"),
        ("^(a|a)*$", "a" * 3000 + "b"),
        ("^(a|aa)+$", "a" * 3000 + "b"),
        ("^" + ".*" * 100 + "b$", "a" * 3000),
        ("^(a?){100}a{100}$", "a" * 100 + "b" * 1000),
        ("*a" * 5000, "a" * 4999),
        ("*a*b" * 100, "ab" * 5000 + "c"),
        ("^a" + "{1" * 2_000 + "$", "a"),
        ("^" + "()*" * 1_300 + "$", "a"),
        ("^" + "(" * 200_000 + "$", "a"),
    ],
)
def test_no_pattern_takes_long(pattern: str, text: str) -> None:
    start = time.process_time()

    try:
        Pattern.parse(pattern).matches(text)
    except InvalidPattern:
        pass

    assert time.process_time() - start < 5


def test_an_expression_remembers_no_more_than_it_may() -> None:
    pattern = "^(a|b)*a[ab]{12}$"  # which of the last twelve were an `a` makes thousands of sets of states
    expression = RegularExpression(pattern)
    texts = [f"{number:020b}".replace("0", "a").replace("1", "b") for number in range(0, 1 << 20, 4001)]

    for _ in range(2):
        assert [expression.search(text) for text in texts] == [re.search(pattern, text) is not None for text in texts]
    assert len(expression._reachable) == 256


def test_patterns_are_values() -> None:
    pattern = Pattern.parse("Py*")

    assert pattern == Pattern.parse("py*")
    assert hash(pattern) == hash(Pattern.parse("py*"))
    assert pattern != Pattern.parse("py")
    assert pattern != "py*"
    assert (str(pattern), repr(pattern)) == ("Py*", "Pattern('Py*')")
    assert pickle.loads(pickle.dumps(pattern)) == pattern  # noqa: S301 - it was pickled here
    with pytest.raises(AttributeError, match="a Pattern cannot be changed: text"):
        pattern.text = "x"
    with pytest.raises(AttributeError, match="text"):
        del pattern.text


@given(st.lists(st.sampled_from(("*", "a", "b", ".", "ab", "**")), max_size=6).map("".join), texts)
def test_globs_agree_with_python(glob: str, text: str) -> None:
    expected = re.fullmatch(re.escape(glob).replace(r"\*", ".*"), text, re.IGNORECASE)

    assert Pattern.parse(glob).matches(text) is (expected is not None)


@given(expressions, texts)
def test_expressions_agree_with_python(expression: str, text: str) -> None:
    pattern = f"^{expression}$"

    assert RegularExpression(pattern).search(text) is (re.search(pattern, text, re.IGNORECASE) is not None)


@given(expressions, expressions, texts)
def test_alternatives_are_searched_as_python_does(one: str, other: str, text: str) -> None:
    pattern = f"^{one}|{other}$"

    assert RegularExpression(pattern).search(text) is (re.search(pattern, text, re.IGNORECASE) is not None)


@given(st.text(alphabet="ab1.*+?{},()[]|^$\\-d", max_size=10), texts)
@example("a{,}", "")
@example("a{}", "")
@example("a{,2}$", "aaa")
def test_any_expression_agrees_with_python_or_is_refused(expression: str, text: str) -> None:
    position = 0
    try:
        found = RegularExpression(expression).search(text)
        assert found is python_search(expression, text)
    except UnsupportedExpression as error:
        position = error.position
    assert 0 <= position <= len(expression)


def python_search(expression: str, text: str) -> bool:
    try:
        return re.search(expression, text, re.IGNORECASE) is not None
    except (re.error, FutureWarning):
        assume(condition=False)
        raise
