"""What rattler is told of a match spec."""

from __future__ import annotations

import pytest
import rattler

from conda_kernel.model.match_spec import MatchSpec
from conda_solver_rattler.requirement_text import condition_text, requirement_text, with_riders


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("b", "b"),
        ("b *", "b"),
        ("b 1.0", "b ==1.0"),
        ("b=1.0", "b 1.0.*"),
        ("b !=1.0.*", "b !=1.0.*"),
        ("b >=1,<2|3", "b >=1,<2|==3"),
        ("b (>=1,<2|>3),!=1.5", "b (>=1,<2|>3),!=1.5"),
        ("b * PY3*", "b * py3*"),
        ("b ==1.0 py_0", "b ==1.0 py_0"),
        ("b ~=1.4", "b ~=1.4"),
    ],
)
def test_a_spec_is_said_in_words_that_rattler_reads(text: str, told: str) -> None:
    assert requirement_text(MatchSpec.parse(text)) == told
    rattler.MatchSpec(told)


@pytest.mark.parametrize(
    "text",
    ["main::b", "b 1.*.2", "b ^1.*$", "b * ^py.*$", "b[build_number=1]", "b[subdir=noarch]", "b*", "b[license=MIT]"],
)
def test_what_rattler_may_read_otherwise_is_not_told(text: str) -> None:
    assert requirement_text(MatchSpec.parse(text)) is None


def test_groups_and_a_condition_ride_along() -> None:
    text = with_riders("b >=1", extras=("q", "r"), when="(c or d >=2)")

    assert text == 'b >=1[extras=[q, r], when="(c or d >=2)"]'
    rattler.MatchSpec(text)


def test_a_condition_keeps_its_structure() -> None:
    spec = MatchSpec.parse('b[when="(c or d) and e"]')
    assert spec.condition is not None

    assert condition_text(spec.condition, str) == "((c or d) and e)"
