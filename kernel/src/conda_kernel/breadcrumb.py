"""Remembers on disk which plugin is running, for the case that the process does not live to tell.

A plugin that calls `os._exit`, hangs in C or takes all the memory cannot be contained in one process. The file it
leaves behind lets the next command name it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conda_kernel.plugin import Plugin

WIDTH = 200
"""Bytes of the one record that is written over and over."""


class Breadcrumb:
    """A file named for this process that holds the plugin that is running; absent when none is."""

    __slots__ = ("_descriptor", "_file", "_folder", "_running")

    def __init__(self, folder: str | None) -> None:
        """Prepare a breadcrumb in `folder`; nothing is written before a plugin runs, and never when it is `None`."""
        self._folder = folder
        self._file: str | None = None
        self._descriptor: int | None = None
        self._running: list[str] = []

    def enter(self, plugin: Plugin) -> str:
        """Note that the plugin runs, in whatever thread, and return what `leave` wants back."""
        name = str(plugin)
        self._running.append(name)
        self._note(name)
        return name

    def leave(self, name: str) -> None:
        """Note that the plugin has come back, and that the last of those that have not is the one that runs."""
        self._running.remove(name)
        self._note(next(reversed(self._running), ""))

    def sweep(self) -> None:
        """Remove the file: the command has come to its own end."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._file is not None:
            _remove(self._file)
            self._file = None

    def left_behind(self) -> list[str]:
        """Return the plugins that were running when earlier processes ended without a word, and forget them."""
        if self._folder is None:
            return []
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:
            return []
        found = []
        for name in names:
            if name.isdigit() and int(name) != os.getpid() and not process_lives(int(name)):
                place = os.path.join(self._folder, name)
                text = _content(place)
                _remove(place)
                if text:
                    found.append(text)
        return found

    def _note(self, text: str) -> None:
        if self._descriptor is None and (self._folder is None or not self._open(self._folder)):
            return
        if self._descriptor is not None:
            record = text.encode("utf-8", "replace")[:WIDTH]
            try:
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                os.write(self._descriptor, record.ljust(WIDTH))
            except OSError:
                self._folder = None

    def _open(self, folder: str) -> bool:
        place = os.path.join(folder, str(os.getpid()))
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._descriptor = os.open(place, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        except OSError:
            self._folder = None
            return False
        self._file = place
        return True


def process_lives(process: int) -> bool:
    """Tell whether a process of this number lives on this host; where that cannot be asked the answer is yes."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _content(place: str) -> str:
    try:
        with open(place, "rb") as file:
            return file.read(WIDTH).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _remove(place: str) -> None:
    try:
        os.unlink(place)
    except OSError:
        pass
