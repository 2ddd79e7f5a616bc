"""Runs calls in threads of their own and gives back what each returned, in the order in which they end."""

from __future__ import annotations

import queue
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    T = TypeVar("T")


_PATIENCE = 0.2
"""Seconds after which an interruption is seen at the latest."""

_STEP, _SLACK = 0.005, 0.02
"""Seconds after which it is looked whether the first thread waits, and how long it may."""


def seconds_waited() -> float:
    """Return the seconds, counted from some time, in which this process did not compute."""
    return time.monotonic() - time.process_time()


def outcomes(
    calls: Sequence[Callable[[], T]], threads: int, waited: Callable[[], float] = seconds_waited
) -> Iterator[T]:
    """Yield what the calls return; an exception of one is raised here.

    One thread begins, and others, up to so many in all, when it waits for a server, as `waited` tells. Threads that
    compute do not help each other, and what one has used another cannot have: two take a tenth more memory of the
    smallest request than one.

    When the generator ends early no further call begins. Those that run are abandoned: a thread that waits for a silent
    server cannot be woken, and does not keep the process alive.
    """
    waiting: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
    stopped = threading.Event()
    for call in calls:
        waiting.put(call)

    def work() -> None:
        while not stopped.is_set():
            try:
                call = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                ended.put(([call()], None))
            except BaseException as error:  # noqa: BLE001 - the edge of a thread: raised again on the other side
                ended.put(([], error))

    try:
        names = [f"repodata {number}" for number in range(min(threads, len(calls)))]
        workers = [threading.Thread(target=work, name=name, daemon=True) for name in names]
        if workers:
            workers.pop(0).start()
        for _ in calls:
            values, failure = _next(ended, workers, waited)
            if failure is not None:
                raise failure
            yield from values
    finally:
        stopped.set()


def _next(ended: queue.SimpleQueue[T], others: list[threading.Thread], waited: Callable[[], float]) -> T:
    """Wait for the next one; begin the other threads when that is waiting for a server.

    A signal that comes just before a thread begins to wait for a lock does not end the wait: so nobody waits for long.
    """
    begun = waited()
    while True:
        try:
            return ended.get(timeout=_STEP if others else _PATIENCE)
        except queue.Empty:
            if waited() - begun > _SLACK:
                while others:
                    others.pop().start()
