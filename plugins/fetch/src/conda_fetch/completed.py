"""Runs calls in threads of their own and gives back what each returned, in the order in which they end."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

_PATIENCE = 0.2
"""Seconds after which an interruption is seen at the latest."""


def completed(
    calls: Sequence[Callable[[], T]], threads: int, stopped: threading.Event, grace_seconds: float = 0.5
) -> Iterator[T]:
    """Yield what the calls return; an exception of one is raised here.

    When the generator ends, however it does, `stopped` is set: no further call begins, and those that run are expected
    to look at it. Whoever is late by more than the grace is abandoned: a thread that waits for a silent server cannot
    be woken, and does not keep the process alive.
    """
    waiting: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[list[T], BaseException | None]] = queue.SimpleQueue()
    for call in calls:
        waiting.put(call)
    workers = [
        threading.Thread(target=_work, args=(waiting, ended, stopped), name=f"worker {number}", daemon=True)
        for number in range(min(threads, len(calls)))
    ]
    try:
        for worker in workers:
            worker.start()
        for _ in calls:
            values, failure = _next(ended)
            if failure is not None:
                raise failure
            yield from values
    finally:
        stopped.set()
        deadline = time.monotonic() + grace_seconds
        for worker in workers:
            if worker.ident is not None:
                worker.join(max(0.0, deadline - time.monotonic()))


def _next(ended: queue.SimpleQueue[T]) -> T:
    """Wait for the next one.

    A signal that comes just before a thread begins to wait for a lock does not end the wait: so nobody waits for long.
    """
    while True:
        try:
            return ended.get(timeout=_PATIENCE)
        except queue.Empty:
            continue


def _work(
    waiting: queue.SimpleQueue[Callable[[], T]],
    ended: queue.SimpleQueue[tuple[list[T], BaseException | None]],
    stopped: threading.Event,
) -> None:
    while not stopped.is_set():
        try:
            call = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            ended.put(([call()], None))
        except BaseException as error:  # noqa: BLE001 - the edge of a thread: raised again on the other side
            ended.put(([], error))
