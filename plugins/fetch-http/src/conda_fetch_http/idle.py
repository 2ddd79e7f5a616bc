"""Connections and sessions that are kept for the next request, while nobody uses them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable
    from typing import Any


def close_all(kept: Iterable[deque[Any]]) -> None:
    """Close them; threads that were abandoned may go on taking and giving back meanwhile."""
    for idle in tuple(kept):
        try:
            while True:
                idle.pop().close()
        except IndexError:
            continue
