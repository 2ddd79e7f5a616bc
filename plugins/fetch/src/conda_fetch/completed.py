"""Runs calls in threads of their own and gives back what each returned, in the order in which they end."""

from __future__ import annotations

import queue
import threading
import time

from conda_kernel.model.typed import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

_PATIENCE = 0.2
"""Seconds after which an interruption is seen at the latest."""

PACE = 0.002
"""Seconds that a call may take, on average, before another thread helps."""


def completed(
    calls: Sequence[Callable[[], T]],
    threads: int,
    stopped: threading.Event,
    grace_seconds: float = 0.5,
    pace_seconds: float = PACE,
) -> Iterator[T]:
    """Yield what the calls return; an exception of one is raised here.

    One thread begins, and others help, up to so many, as long as the calls take longer than the pace. Threads that do
    not wait are in each other's way: five take twice the CPU of one for small files of a server that is near.

    When the generator ends, however it does, `stopped` is set: no further call begins, and those that run are expected
    to look at it. Whoever is late by more than the grace is abandoned: a thread that waits for a silent server cannot
    be woken, and does not keep the process alive.
    """
    crew = _Crew(calls, threads, stopped, pace_seconds)
    try:
        for _ in calls:
            values, failure = crew.next_outcome()
            if failure is not None:
                raise failure
            yield from values
    finally:
        stopped.set()
        crew.dismiss(grace_seconds)


class _Crew(Generic[T]):
    """The threads that work on the calls of one batch."""

    def __init__(
        self, calls: Sequence[Callable[[], T]], threads: int, stopped: threading.Event, pace_seconds: float
    ) -> None:
        self._most = min(threads, len(calls))
        self._stopped = stopped
        self._pace = pace_seconds
        self._waiting: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
        for call in calls:
            self._waiting.put(call)
        self._due = time.monotonic()
        self._workers: list[threading.Thread] = []

    def next_outcome(self) -> tuple[list[T], BaseException | None]:
        """Wait for the next call that ends.

        A signal that comes just before a thread begins to wait for a lock does not end the wait: so nobody waits for
        long.
        """
        self._due += self._pace
        while True:
            if len(self._workers) < self._most and (not self._workers or time.monotonic() >= self._due):
                self._grow()
            try:
                return self._ended.get(timeout=self._pace if len(self._workers) < self._most else _PATIENCE)
            except queue.Empty:
                continue

    def dismiss(self, grace_seconds: float) -> None:
        """Wait for those that have begun, for as long as the grace lasts."""
        deadline = time.monotonic() + grace_seconds
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))

    def _grow(self) -> None:
        """Begin as many threads as there are, and one when there is none."""
        for number in range(len(self._workers), min(self._most, 2 * len(self._workers) or 1)):
            worker = threading.Thread(target=self._work, name=f"worker {number}", daemon=True)
            worker.start()
            self._workers.append(worker)

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                call = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._ended.put(([call()], None))
            except BaseException as error:  # noqa: BLE001 - the edge of a thread: raised again on the other side
                self._ended.put(([], error))
