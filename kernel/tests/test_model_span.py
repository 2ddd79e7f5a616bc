"""How far back a cut-off is, as people write it and as they read it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from conda_kernel.model.span import OFF, Span
from conda_kernel.model.span_reading import read_span, shown_moment

DAY = 86_400
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("7d", Span(seconds=7 * DAY)),
        ("3d12h", Span(seconds=3.5 * DAY)),
        ("1w", Span(seconds=7 * DAY)),
        ("P7D", Span(seconds=7 * DAY)),
        ("P1DT2H3M4S", Span(seconds=DAY + 7384)),
        ("3600", Span(seconds=3600)),
        (3600, Span(seconds=3600)),
        ("0", Span(seconds=0)),
        ("2026-04-01", Span(moment=NOON + DAY / 2)),
        (date(2026, 4, 1), Span(moment=NOON + DAY / 2)),
        ("2026-04-01T12:00:00Z", Span(moment=NOON)),
        ("2026-04-01T14:00:00+02:00", Span(moment=NOON)),
        ("2026-04-01 12:00", Span(moment=NOON)),
        (datetime(2026, 4, 1, 12), Span(moment=NOON)),  # noqa: DTZ001 - as a file without time zone gives it
        ("", OFF),
        ("false", OFF),
        (False, OFF),
        (None, OFF),
    ],
)
def test_a_cut_off_is_a_duration_a_date_or_nothing(written: object, span: Span) -> None:
    assert read_span(written) == span
    assert read_span(str(span)) == span


@pytest.mark.parametrize("written", ["soon", "7x", "d", "P", "-7d", "2026-13-01", True, "9" * 30, "9" * 30 + "d", [1]])
def test_what_is_none_of_them_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected a duration such as `7d`"):
        read_span(written)


@pytest.mark.parametrize(
    ("span", "cutoff"),
    [(Span(seconds=DAY), (NOON - DAY) * 1000), (Span(moment=NOON - 1), (NOON - 1) * 1000), (OFF, None)],
)
def test_a_cut_off_is_counted_back_from_now_or_is_a_moment(span: Span, cutoff: float | None) -> None:
    assert span.cutoff(NOON) == cutoff


def test_spans_are_equal_when_they_reach_as_far() -> None:
    assert len({Span(seconds=DAY), read_span("1d"), Span(moment=DAY), OFF, Span()}) == 3
    assert Span(seconds=DAY) != DAY


def test_a_moment_is_shown_to_the_minute() -> None:
    assert shown_moment(NOON * 1000) == "2026-04-01 12:00 UTC"
    assert shown_moment(float(10**30)) == "another age"
