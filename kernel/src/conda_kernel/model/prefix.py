"""Reads an environment on disk, its history and pins too; nothing here writes."""

from __future__ import annotations

import os

from conda_kernel.model.history import History
from conda_kernel.model.pins import Pin, parse_pins
from conda_kernel.model.prefix_packages import PrefixPackages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Prefix(PrefixPackages):
    """An environment: its packages, and what it remembers of the wishes that led to them."""

    def __init__(self, path: str, channel_name: Callable[[str], str] | None = None) -> None:
        super().__init__(path, channel_name)
        self._history: History | None = None

    def history(self) -> History:
        """Return the log; an environment without one has an empty one. Raises CorruptedEnvironment."""
        if self._history is None:
            self._history = History.parse(self._text("history") or "")
        return self._history

    def pins(self) -> tuple[Pin, ...]:
        """Return the pins of `conda-meta/pinned`. Raises InvalidPin and CorruptedEnvironment."""
        text = self._text("pinned")
        return () if text is None else parse_pins(text, os.path.join(self.meta_folder, "pinned"))
