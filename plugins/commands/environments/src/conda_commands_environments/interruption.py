"""Keeps Ctrl-C from breaking off a deletion, after which nothing could come back."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C and a request to end inside the block; in a thread that is not the main one neither is raised."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    raising = {number: handler for number, handler in handlers.items() if callable(handler)}
    try:
        for number in raising:
            signal.signal(number, _ignore)
        yield
    finally:
        for number, handler in raising.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: object) -> None:
    """Do nothing."""
