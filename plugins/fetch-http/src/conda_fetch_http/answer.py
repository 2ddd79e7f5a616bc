"""What a server answers, whichever library has asked it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CHUNK = 1 << 17
"""Bytes that are handed on at once, at most."""

SHORT = 1 << 14
"""Bytes that cost less to receive than a new connection."""

MOST_REDIRECTS = 10

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Timeouts(NamedTuple):
    """How long a connection may take to be made, and how long a server may be silent then, in seconds."""

    connect: float
    read: float


class BrokenOffError(ConnectionError):
    """The body ended too early, or in disorder."""


class TooManyRedirectsError(ValueError):
    """One redirect led to the next, to no end."""


class Answer(ABC):
    """The head of an answer, and the way to its body; the names of headers are in lower case."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = headers

    @property
    def target(self) -> str | None:
        """Where the answer redirects to, as that stands in the head."""
        return self.headers.get("location") if self.status in _REDIRECTS else None

    @abstractmethod
    def read(self) -> bytes:
        """Return what has come of the body, as it was sent and without waiting for more of it; nothing at its end.

        Raises `OSError` or `ValueError` when it breaks off.
        """

    @abstractmethod
    def end(self, *, ends_well: bool) -> None:
        """Let go of the connection, which is kept for the next request when all is well."""
