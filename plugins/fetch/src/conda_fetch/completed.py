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


def completed(  # noqa: PLR0913 - what to do, and four ways to say how
    calls: Sequence[Callable[[], T]],
    threads: int,
    stopped: threading.Event,
    grace_seconds: float = 0.5,
    pace_seconds: float = PACE,
    *,
    together: bool = False,
) -> Iterator[T]:
    """Yield what the calls return; an exception of one is raised here.

    One thread begins, and others help, up to so many, as long as the calls take longer than the pace. Threads that do
    not wait are in each other's way: five take twice the CPU of one for small files of a server that is near. Where
    nobody needs one of the values before the others (`together`), a thread hands over at once what has ended within the
    pace: to wake whoever waits takes a fifth of the time that such a file does.

    When the generator ends, however it does, `stopped` is set: no further call begins, and those that run are expected
    to look at it. Whoever is late by more than the grace is abandoned: a thread that waits for a silent server cannot
    be woken, and does not keep the process alive.
    """
    crew = _Crew(calls, threads, stopped, pace_seconds, pace_seconds if together else 0.0)
    left = len(calls)
    try:
        while left:
            values, failure = crew.next_outcome()
            left -= len(values)
            yield from values
            if failure is not None:
                raise failure
    finally:
        stopped.set()
        crew.dismiss(grace_seconds)


class _Crew(Generic[T]):
    """The threads that work on the calls of one batch."""

    def __init__(
        self,
        calls: Sequence[Callable[[], T]],
        threads: int,
        stopped: threading.Event,
        pace_seconds: float,
        slice_seconds: float,
    ) -> None:
        self._most = min(threads, len(calls))
        self._stopped = stopped
        self._pace = pace_seconds
        self._slice = slice_seconds
        self._waiting: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
        for call in calls:
            self._waiting.put(call)
        self._due = time.monotonic() + slice_seconds + pace_seconds
        self._workers: list[threading.Thread] = []

    def next_outcome(self) -> tuple[list[T], BaseException | None]:
        """Wait for the next calls that end, and return what they gave, or how the last of them failed.

        A signal that comes just before a thread begins to wait for a lock does not end the wait: so nobody waits for
        long.
        """
        while True:
            if len(self._workers) < self._most and (not self._workers or time.monotonic() >= self._due):
                self._grow()
            try:
                values, failure = self._ended.get(timeout=self._pace if len(self._workers) < self._most else _PATIENCE)
            except queue.Empty:
                continue
            self._due += self._pace * len(values)
            return values, failure

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
            values: list[T] = []
            failure = None
            until = time.monotonic() + self._slice
            for call in self._calls():
                try:
                    values.append(call())
                except BaseException as error:  # noqa: BLE001 - the edge of a thread: raised again on the other side
                    failure = error
                if failure is not None or time.monotonic() >= until:
                    break
            if not values and failure is None:
                return
            self._ended.put((values, failure))

    def _calls(self) -> Iterator[Callable[[], T]]:
        """Yield the calls that nobody has begun."""
        while not self._stopped.is_set():
            try:
                call = self._waiting.get_nowait()
            except queue.Empty:
                return
            yield call
