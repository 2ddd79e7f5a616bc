"""The policy `exclude_newer`: packages that are newer than a cut-off are no candidates (CEP 47)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

from conda_kernel.errors import SettingError
from conda_kernel.model.channel_matching import channel_matches
from conda_kernel.model.channel_url import shown
from conda_kernel.model.package import LAST_SECOND
from conda_kernel.model.policy import Policy
from conda_kernel.setting import Setting, span, text
from conda_kernel.settings import CHANNEL_SETTINGS, EXCLUDE_NEWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_kernel.context import Context
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.span import Span


def read_spans(value: object) -> Mapping[str, Span]:
    """Read a mapping from package names to spans."""
    if not isinstance(value, Mapping):
        raise ValueError(  # noqa: TRY004 - a setting is refused with this
            "expected a mapping from names of packages to durations or dates"
        )
    return {text(name).strip().lower(): span(back) for name, back in value.items()}


NO_SPANS: Mapping[str, Span] = MappingProxyType({})

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
                found.append((channel, span(entry["exclude_newer"])))
            except ValueError as error:
                raise SettingError(
                    f"`channel_settings` has an `exclude_newer` for `{shown(channel)}` that is none: {error}",
                    parameter_name="channel_settings",
                ) from None
    return tuple(found)


def policy(
    general_span: Span | None, packages: Mapping[str, Span], now: float, channels: Sequence[tuple[str, Span]] = ()
) -> Policy | None:
    """Return the policy for a cut-off; that of a package counts before that of a channel, and both before the general.

    `now` is in seconds since 1970. Of several channels that fit the last one counts.
    """
    general = general_span.cutoff(now) if general_span is not None else None
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
        elif 0 < published <= LAST_SECOND:
            published *= 1000
        if published and published <= cutoff:
            return ""
        if not published:
            return f"`{setting}`: nobody knows how old it is"
        from conda_kernel.model.span_reading import shown_moment  # noqa: PLC0415 - as for reading

        return f"`{setting}`: it is of {shown_moment(published)}, and the limit is {shown_moment(cutoff)}"

    return reason_against
