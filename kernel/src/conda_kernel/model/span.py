"""How far back a cut-off is."""

from __future__ import annotations


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
            from datetime import UTC, datetime  # noqa: PLC0415 - costs a millisecond, and few set a cut-off

            return datetime.fromtimestamp(self.moment, UTC).isoformat()
        return f"{self.seconds:.0f}" if self.seconds is not None else ""

    def cutoff(self, now: float) -> float | None:
        """Return the cut-off in milliseconds since 1970, `None` when there is none."""
        if self.moment is not None:
            return self.moment * 1000
        return (now - self.seconds) * 1000 if self.seconds is not None else None


OFF = Span()
