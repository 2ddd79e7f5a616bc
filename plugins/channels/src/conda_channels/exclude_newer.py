"""The policy `exclude_newer`: packages that are newer than a cut-off are no candidates (CEP 47)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from conda_kernel.errors import SettingError
from conda_kernel.model.channel_matching import channel_matches
from conda_kernel.model.channel_url import shown
from conda_kernel.model.policy import Policy
from conda_kernel.setting import Setting, text
from conda_kernel.settings import CHANNEL_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_kernel.context import Context
    from conda_kernel.model.record import PackageRecord

_LAST_SECOND = 253_402_300_799
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_ISO_DURATION = re.compile(r"p(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)?")
_OFF = frozenset({"", "false", "none", "null", "off", "no"})
_LONGEST_DIGITS = 10


class Span:
    """How far back the cut-off is, in seconds before now; when `moment` is set, when it is, in seconds since 1970."""

    __slots__ = ("moment", "seconds")

    def __init__(self, *, seconds: float | None = None, moment: float | None = None) -> None:
        self.seconds = seconds
        self.moment = moment

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and (self.seconds, self.moment) == (other.seconds, other.moment)

    def __hash__(self) -> int:
        return hash((self.seconds, self.moment))

    def __str__(self) -> str:
        if self.moment is not None:
            return datetime.fromtimestamp(self.moment, UTC).isoformat()
        return f"{self.seconds:.0f}" if self.seconds is not None else ""

    def cutoff(self, now: float) -> float | None:
        """Return the cut-off in milliseconds since 1970, `None` when there is none."""
        if self.moment is not None:
            return self.moment * 1000
        return (now - self.seconds) * 1000 if self.seconds is not None else None


OFF = Span()


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
    if value is True:
        raise ValueError(_EXPECTED)
    written = text(value).strip()
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


def read_spans(value: object) -> Mapping[str, Span]:
    """Read a mapping from package names to spans."""
    if not isinstance(value, Mapping):
        raise ValueError(  # noqa: TRY004 - a setting is refused with this
            "expected a mapping from names of packages to durations or dates"
        )
    return {text(name).strip().lower(): read_span(span) for name, span in value.items()}


NO_SPANS: Mapping[str, Span] = MappingProxyType({})

EXCLUDE_NEWER = Setting(
    "exclude_newer",
    read_span,
    default=OFF,
    aliases=("cooldown",),
    description="leave out packages that are newer: a duration back from now (`7d`), a date, or a date with a time",
)
EXCLUDE_NEWER_PACKAGE = Setting(
    "exclude_newer_package",
    read_spans,
    default=NO_SPANS,
    merge=lambda mappings: {name: span for each in reversed(mappings) for name, span in each.items()},
    aliases=("cooldown_exclude",),
    description="the same for single packages, by name; `false` leaves out none",
)


def newer_excluded(context: Context) -> Policy | None:
    """Return the policy that the settings ask for."""
    channels = channel_spans(context[CHANNEL_SETTINGS])
    return policy(context[EXCLUDE_NEWER], context[EXCLUDE_NEWER_PACKAGE], time.time(), channels)


def channel_spans(entries: Iterable[Mapping[str, str]]) -> tuple[tuple[str, Span], ...]:
    """Return what `channel_settings` says of single channels; raise `SettingError` for what is no span."""
    found = []
    for entry in entries:
        if "exclude_newer" in entry:
            channel = entry.get("channel", "").strip()
            try:
                found.append((channel, read_span(entry["exclude_newer"])))
            except ValueError as error:
                raise SettingError(
                    f"`channel_settings` has an `exclude_newer` for `{shown(channel)}` that is none: {error}",
                    parameter_name="channel_settings",
                ) from None
    return tuple(found)


def policy(
    span: Span, packages: Mapping[str, Span], now: float, channels: Sequence[tuple[str, Span]] = ()
) -> Policy | None:
    """Return the policy for a cut-off; that of a package counts before that of a channel, and both before the general.

    `now` is in seconds since 1970. Of several channels that fit the last one counts.
    """
    general = span.cutoff(now)
    own = {name: each.cutoff(now) for name, each in packages.items()}
    places = [(channel, each.cutoff(now)) for channel, each in reversed(channels)]
    if all(cutoff is None for cutoff in (general, *own.values(), *(cutoff for _, cutoff in places))):
        return None
    return Policy("exclude_newer", _reason(general, own, places))


def _reason(
    general: float | None, own: Mapping[str, float | None], places: Sequence[tuple[str, float | None]]
) -> Callable[[PackageRecord], str]:
    known: dict[str, tuple[str, float | None]] = {}

    def of_channel(record: PackageRecord) -> tuple[str, float | None]:
        base = record.base_of_channel
        if base not in known:
            fitting = (
                ("channel_settings", cutoff)
                for channel, cutoff in places
                if channel_matches(channel, record.channel) or channel_matches(channel, base)
            )
            known[base] = next(fitting, ("exclude_newer", general))
        return known[base]

    def reason_against(record: PackageRecord) -> str:
        name = record.name
        setting, cutoff = ("exclude_newer_package", own[name]) if name in own else of_channel(record)
        if cutoff is None:
            return ""
        published = record.indexed_timestamp
        if published is None:
            published = record.timestamp
        elif 0 < published <= _LAST_SECOND:
            published *= 1000
        if published and published <= cutoff:
            return ""
        if not published:
            return f"`{setting}`: nobody knows how old it is"
        return f"`{setting}`: it is of {_day(published)}, and the limit is {_day(cutoff)}"

    return reason_against


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


def _day(milliseconds: float) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return "another age"
