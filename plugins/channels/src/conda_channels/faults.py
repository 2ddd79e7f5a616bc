"""Tells of records that cannot be used: once for each channel, and each of them to those who ask for more."""

from __future__ import annotations

import threading

from conda_kernel.model.event import Told, Warned
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.channel import Channel
    from conda_kernel.model.event import Event


class Faults:
    """Remembers which channels were warned of."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._faulty: set[str] = set()
        self._counting = threading.Lock()

    def tell(self, channel: Channel, name: str, faults: list[str]) -> None:
        """Tell what is wrong with the records of a name."""
        with self._counting:
            is_first = channel.base_url not in self._faulty
            self._faulty.add(channel.base_url)
        if is_first:
            records = "1 record" if len(faults) == 1 else f"{len(faults)} records"
            self._tell(
                Warned(
                    f"the channel `{channel.name}` has {records} of `{printable(name)}` that cannot be read; "
                    "such records are left out",
                    hint="`-vv` shows each of them; tell the owners of the channel",
                )
            )
        for fault in faults:
            self._tell(Told(f"left out: {printable(fault)}", level=2))
