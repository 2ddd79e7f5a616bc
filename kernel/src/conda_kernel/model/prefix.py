"""Reads an environment on disk, its history and pins too; nothing here writes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from conda_kernel.model.history import History
from conda_kernel.model.paths import printable
from conda_kernel.model.pins import Pin, parse_pins
from conda_kernel.model.prefix_packages import PrefixPackages

if TYPE_CHECKING:
    from collections.abc import Callable

RESERVED_NAMES = frozenset(("base", "root"))

_NAME_FAULT = r"[/\\:#\s\x00-\x1f\x7f-\x9f]"


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


def environment_name_problem(name: str) -> str | None:
    """Return why the text cannot name a new environment (CEP 24), or None when it can."""
    if not name:
        return "the name is empty"
    if name.lower() in RESERVED_NAMES:
        return f"the name `{name}` is reserved"
    if name in (".", ".."):
        return f"`{name}` is a folder, not a name"
    if re.search(_NAME_FAULT, name) is not None or not name.isprintable():
        return f"the name `{printable(name)}` holds a `/`, `\\`, `:`, `#`, blank or control character"
    if len(name.encode("utf-8", "surrogatepass")) > 255:
        return "the name is longer than 255 bytes"
    return None


def prefix_path_problem(path: str, *, windows: bool) -> str | None:
    """Return why no environment can lie at the path, or None when one can: it holds the separator of `PATH`."""
    separator = ";" if windows else ":"
    beginning = 2 if windows else 0
    if separator in path[beginning:]:
        return f"the path `{printable(path)}` holds a `{separator}`, which separates the folders of `PATH`"
    if not path.isprintable() or "\x00" in path:
        return f"the path `{printable(path)}` holds a control character"
    return None
