"""Advisory locks. They save work and nothing depends on them: where they cannot be had, one goes on without."""

from __future__ import annotations

import os
import sys

if sys.platform != "win32":
    import fcntl

_UNUSABLE = None


class ArtefactLock:
    """The lock on one package of a cache, held while it is downloaded and extracted."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """True when the file system said so."""
        return self._descriptor is not None

    def attempt(self) -> bool:
        """Tell whether one may go on: the lock is held now, or locks cannot be had here; False when another has it."""
        while True:
            descriptor = open_for_locking(self._path)
            if descriptor is None:
                return True
            taken = try_lock(descriptor)
            if taken and is_at(descriptor, self._path):
                self._descriptor = descriptor
                return True
            os.close(descriptor)
            if taken is _UNUSABLE:
                # Nobody can hold it, and nobody would remove it.
                remove(self._path)
                return True
            if not taken:
                # The holder removes the file before it lets go: then it is another file that counts.
                return False

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._descriptor is not None:
            remove(self._path)
            os.close(self._descriptor)
            self._descriptor = None


def open_for_locking(path: str) -> int | None:
    """Return a descriptor of the file, which is made if it is not there; `None` when that cannot be."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError:
        return None


def try_lock(descriptor: int) -> bool | None:
    """Lock an open file: True when that is done, False when another has it, `None` where locks do not work."""
    if sys.platform == "win32":
        return _UNUSABLE
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return _UNUSABLE
    return True


def is_at(descriptor: int, path: str) -> bool:
    """Tell whether the open file is the one that has the path now."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except OSError:
        return False


def remove(path: str) -> None:
    """Remove a file, if it is there and can be."""
    try:
        os.unlink(path)
    except OSError:
        pass
