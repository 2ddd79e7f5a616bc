"""Runs calls in threads of their own and gives back what each returned, in the order in which they end."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")


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
            values, failure = ended.get()
            if failure is not None:
                raise failure
            yield from values
    finally:
        stopped.set()
