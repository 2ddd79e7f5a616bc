"""When a download is tried again, and how long to wait before."""

from __future__ import annotations

from conda_fetch.failures import BUSY
from conda_kernel.errors import HttpError
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.model.errors import CondaError

LONGEST_WAIT = 120.0
"""Seconds; no server makes us wait longer."""


class Retrying(NamedTuple):
    """`retries` is how often an attempt is repeated, `factor` the seconds before the first repetition."""

    retries: int
    factor: float

    def delay(self, attempt: int, asked: float | None) -> float:
        """Return the seconds to wait after an attempt, counted from 0; what the server `asked` for wins."""
        wanted = self.factor * 2.0 ** min(attempt, 16) if asked is None else asked
        return min(max(wanted, 0.0), LONGEST_WAIT)


def is_temporary(error: CondaError) -> bool:
    """Tell whether trying again may help."""
    if isinstance(error, HttpError):
        return error.fields.get("status") in BUSY
    return error.fields.get("temporary") is True


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that a server asks to wait (RFC 9110, 10.2.3), or `None`; `now` counts from 1970."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdecimal():
        return float(text[:9])
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - costs 10 ms, and few servers send a date

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
