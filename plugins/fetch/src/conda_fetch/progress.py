"""Tells how far a download is."""

from __future__ import annotations

from conda_kernel.model.event import Advanced, Finished, Started
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import FetchRequest


class Progress:
    """The events of one download; nothing is told of one that brings no bytes."""

    def __init__(self, tell: Callable[[Event], None], task: str, request: FetchRequest) -> None:
        self._tell = tell
        self._task = task
        self._description = printable(request.name or request.url.rpartition("/")[2] or "a file")
        self._is_started = False

    def begins(self, done: int, total: int | None) -> None:
        """Tell that bytes come, after `done` of earlier; called for every attempt."""
        if not self._is_started:
            self._is_started = True
            self._tell(Started(self._task, self._description, total, "bytes"))
        if done:
            self._tell(Advanced(self._task, done))

    def reached(self, done: int) -> None:
        """Tell that so many bytes are there."""
        self._tell(Advanced(self._task, done))

    def finished(self, *, failed: bool) -> None:
        """Tell that it has ended."""
        if self._is_started:
            self._tell(Finished(self._task, failed))
