"""Reads what people write for a cut-off, and writes moments for people."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from conda_kernel.model.span import OFF, Span

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_ISO_DURATION = re.compile(r"p(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?")
_OFF = frozenset({"", "false", "none", "null", "off", "no"})
_LONGEST_DIGITS = 10


def read_span(value: object) -> Span:
    """Read a duration (`7d`, `3d12h`, `P7D`, seconds), a date, or a date with a time (RFC 3339); nothing is off.

    A date is the end of that day in universal time. Raises ValueError.
    """
    if value is None or value is False:
        return OFF
    if isinstance(value, datetime):
        return Span(moment=(value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, date):
        return _end_of(value)
    if value is True or not isinstance(value, (str, int, float)):
        raise ValueError(_EXPECTED)
    written = str(value).strip()
    if written.lower() in _OFF:
        return OFF
    seconds = _duration(written.lower())
    if seconds is not None:
        return Span(seconds=seconds)
    try:
        if len(written) == len("2026-04-01"):
            return _end_of(date.fromisoformat(written))
        moment = datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        raise ValueError(_EXPECTED) from None
    return Span(moment=(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


_EXPECTED = "expected a duration such as `7d`, a date such as `2026-04-01`, or a date with a time"


def _duration(written: str) -> float | None:
    if written.isdecimal() and written.isascii():
        if len(written) > _LONGEST_DIGITS:
            raise ValueError(_EXPECTED)
        return float(written)
    match = _ISO_DURATION.fullmatch(written) or _DURATION.fullmatch(written)
    if (
        match is None
        or not any(match.groups())
        or any(len(digits or "") > _LONGEST_DIGITS for digits in match.groups())
    ):
        return None
    return float(sum(int(digits or 0) * _SECONDS[unit] for digits, unit in zip(match.groups(), "wdhms", strict=True)))


def _end_of(day: date) -> Span:
    return Span(moment=(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)).timestamp())


def shown_moment(milliseconds: float) -> str:
    """Return a moment in milliseconds since 1970 as people read it."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "another age"
