"""Remembers on disk which plugin is running, for the case that the process does not live to tell.

A plugin that calls `os._exit`, hangs in C or takes all the memory cannot be contained in one process. The file it
leaves behind lets the next command name it.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

    from conda_kernel.model.plugin import Plugin

WIDTH = 200
"""Bytes of the one record that is written over and over."""


class Breadcrumb:
    """A file named for this process that holds the plugin that is running; absent when none is.

    It is mapped into memory, where writing takes no call of the system and yet outlives the process: plugins are called
    thousands of times in a command that downloads.
    """

    __slots__ = ("_file", "_folder", "_record", "_running")

    def __init__(self, folder: str | None) -> None:
        """Prepare a breadcrumb in `folder`; nothing is written before a plugin runs, and never when it is `None`."""
        self._folder = folder
        self._file: str | None = None
        self._record: mmap.mmap | None = None
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
        if self._record is not None:
            self._record.close()
            self._record = None
        if self._file is not None:
            _remove(self._file)
            self._file = None

    def left_behind(self) -> list[str]:
        """Return the plugins that were running when earlier processes ended without a word, and forget them."""
        if self._folder is None:
            return []
        try:
            names = [name for name in sorted(os.listdir(self._folder)) if name.isdigit() and int(name) != os.getpid()]
        except OSError:
            return []
        found = []
        for name in names:
            from conda_kernel.model.process import process_lives  # noqa: PLC0415 - mostly no other command runs

            if not process_lives(int(name)):
                place = os.path.join(self._folder, name)
                text = _content(place)
                _remove(place)
                if text:
                    found.append(text)
        return found

    def _note(self, text: str) -> None:
        if self._record is None and self._folder is not None:
            self._record = self._mapped(self._folder)
        if self._record is not None:
            self._record[:] = text.encode("utf-8", "replace")[:WIDTH].ljust(WIDTH)

    def _mapped(self, folder: str) -> mmap.mmap | None:
        """Return the file, mapped; `None` where there can be none."""
        import mmap  # noqa: PLC0415 - not before a plugin runs

        place = os.path.join(folder, str(os.getpid()))
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with open(place, "w+b", buffering=0) as file:
                self._file = place
                # What is mapped must be there: a full disk would end the process at the first letter.
                file.write(b" " * WIDTH)
                return mmap.mmap(file.fileno(), WIDTH)
        except (OSError, ValueError):
            self._folder = None
            return None


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
