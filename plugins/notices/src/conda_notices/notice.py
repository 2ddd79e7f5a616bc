"""What a channel wants its users to know (CEP 6), read from what it sent."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LEVELS = ("critical", "warning", "info")
"""From what matters most to what matters least."""

UNNAMED = "undefined"
LONGEST_MESSAGE = 4096
LONGEST_ID = 200
MOST = 100
"""How many notices of one channel are read."""


class Notice(NamedTuple):
    """A message of a channel; times are None where the channel gave none that can be read, `interval` is in seconds."""

    channel: str
    id: str
    message: str
    level: str = "info"
    created: datetime | None = None
    expires: datetime | None = None
    interval: int | None = None

    @property
    def key(self) -> str:
        """What it is remembered by once it was shown: its id, or its content when it has none."""
        if self.id != UNNAMED:
            return self.id
        return f"{UNNAMED}-{hashlib.sha256(f'{self.channel} {self.message}'.encode()).hexdigest()[:16]}"

    def is_expired(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and self.expires <= now

    def as_json(self) -> dict[str, object]:
        """Return it as `conda notices --json` has it."""
        return {
            "id": self.id,
            "channel_name": self.channel,
            "message": self.message,
            "level": self.level,
            "created_at": self.created.isoformat() if self.created else None,
            "expired_at": self.expires.isoformat() if self.expires else None,
            "interval": self.interval,
        }


def notices_in(content: bytes, channel: str) -> tuple[Notice, ...]:
    """Return the notices in what a channel sent, in its order; what cannot be read is no notice, and no error."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    items = document.get("notices") if isinstance(document, dict) else None
    if not isinstance(items, list):
        return ()
    found = (_notice(item, channel) for item in items[:MOST] if isinstance(item, dict))
    return tuple(notice for notice in found if notice is not None)


def most_important_first(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices by level, the newest of each first."""
    newest = sorted(notices, key=lambda notice: notice.created.timestamp() if notice.created else 0.0, reverse=True)
    return sorted(newest, key=lambda notice: LEVELS.index(notice.level))


def _notice(item: dict[str, object], channel: str) -> Notice | None:
    message = printable(_text(item, "message"), lines=True).strip()
    if not message:
        return None
    level = _text(item, "level")
    interval = item.get("interval")
    return Notice(
        channel=channel,
        id=printable(_text(item, "id"))[:LONGEST_ID].strip() or UNNAMED,
        message=message[:LONGEST_MESSAGE],
        level=level if level in LEVELS else "info",
        created=_time(_text(item, "created_at")),
        expires=_time(_text(item, "expires_at") or _text(item, "expired_at")),
        interval=interval if type(interval) is int else None,
    )


def _text(item: dict[str, object], key: str) -> str:
    value = item.get(key)
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else ""


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
