"""Runs calls in threads of their own and gives back what each returned, in the order in which they end."""

from __future__ import annotations

import queue
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    T = TypeVar("T")


_PATIENCE = 0.2
"""Seconds after which an interruption is seen at the latest."""


def outcomes(calls: Sequence[Callable[[], T]], threads: int) -> Iterator[T]:
    """Yield what the calls return; an exception of one is raised here.

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
        for number in range(min(threads, len(calls))):
            threading.Thread(target=work, name=f"repodata {number}", daemon=True).start()
        for _ in calls:
            values, failure = _next(ended)
            if failure is not None:
                raise failure
            yield from values
    finally:
        stopped.set()


def _next(ended: queue.SimpleQueue[T]) -> T:
    """Wait for the next one.

    A signal that comes just before a thread begins to wait for a lock does not end the wait: so nobody waits for long.
    """
    while True:
        try:
            return ended.get(timeout=_PATIENCE)
        except queue.Empty:
            continue
