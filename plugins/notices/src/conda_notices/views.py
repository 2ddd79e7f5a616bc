"""Notices as people read them: by channel, with level and date."""

from __future__ import annotations

from itertools import groupby

from conda_kernel.model.result import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_notices.notice import Notice


def views(notices: Sequence[Notice]) -> tuple[Text, ...]:
    """Return one text for each channel, the notices of which stand together."""
    grouped = groupby(notices, key=lambda notice: notice.channel)
    return tuple(Text("\n".join((f"notices of the channel `{name}`:", *map(_lines, found)))) for name, found in grouped)


def _lines(notice: Notice) -> str:
    date = f" {notice.created:%Y-%m-%d %H:%M} UTC" if notice.created else ""
    return "\n".join((f"  [{notice.level}]{date}", *(f"    {line}" for line in notice.message.splitlines())))
