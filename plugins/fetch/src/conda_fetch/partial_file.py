"""The unfinished file of a download: under a name of its own until it is complete, and digested while it grows."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys

from conda_fetch.failures import write_failure

if sys.platform != "win32":
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIX = ".partial"
_BLOCK = 1 << 20
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class PartialFile:
    """What has come of a file so far.

    A resumable one is `target.partial`, and locked: what it holds when a download ends early, or its process is killed,
    is where the next one goes on. When another process has it, and where nothing can be locked, the file has a private
    name and is not kept. Every method raises `FetchError` when the file system refuses.
    """

    content = None

    def __init__(self, target: str, *, resumable: bool, digests: Iterable[str] = ("sha256",)) -> None:
        """Take the file beside `target`; `digests` names the algorithms to follow its content with."""
        self.target = target
        self.resumable = False
        self._names = tuple(digests)
        try:
            try:
                self._take(resumable=resumable)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
                self._take(resumable=resumable)
        except OSError as error:
            raise write_failure(error, target) from error
        self._is_new = not self.resumable
        self._begin()

    def _take(self, *, resumable: bool) -> None:
        self.path = self.target + SUFFIX
        self._descriptor: int | None = _locked(self.path) if resumable else None
        if self._descriptor is None:
            self.path = f"{self.target}.{os.getpid()}-{os.urandom(4).hex()}{SUFFIX}"
            self._descriptor = os.open(self.path, _FLAGS | os.O_EXCL, 0o666)
        else:
            self.resumable = True

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the content, by algorithm, in hexadecimal digits."""
        return {name: digest.hexdigest() for name, digest in self._digests.items()}

    def read_back(self) -> None:
        """Take into account what an earlier download has left; to be called before anything is written."""
        try:
            while block := os.read(self._open, _BLOCK):
                self._follow(block)
        except OSError as error:
            self._close()
            raise write_failure(error, self.target) from error

    def restart(self) -> None:
        """Forget the content."""
        if self._is_new:
            return
        try:
            os.ftruncate(self._open, 0)
            os.lseek(self._open, 0, os.SEEK_SET)
        except OSError as error:
            raise write_failure(error, self.target) from error
        self._begin()

    def write(self, chunk: bytes) -> None:
        """Append to the content."""
        rest = memoryview(chunk)
        self._is_new = False
        try:
            while rest:
                rest = rest[os.write(self._open, rest) :]
        except OSError as error:
            raise write_failure(error, self.target) from error
        self._follow(chunk)

    def commit(self) -> None:
        """Give the complete file its name, in one step."""
        try:
            if not self.resumable:
                self._close()
            # A locked file is renamed before the lock goes: whoever waits for it finds another file at the path.
            os.replace(self.path, self.target)
        except OSError as error:
            self._remove()
            raise write_failure(error, self.target) from error
        finally:
            self._close()

    def discard(self) -> None:
        """Remove the file."""
        self.abandon()
        self._close()

    def release(self) -> None:
        """Leave the content for the next download if it can be resumed; do nothing once it is committed."""
        if self._descriptor is None:
            return
        if self.resumable and self.size:
            self._close()
        else:
            self.discard()

    def abandon(self) -> None:
        """Remove the name of the file, from any thread, while another may still write to it."""
        if self._descriptor is not None:
            self._remove()

    def _remove(self) -> None:
        try:
            os.unlink(self.path)
        except OSError:
            pass

    @property
    def _open(self) -> int:
        if self._descriptor is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._descriptor

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _begin(self) -> None:
        self.size = 0
        self._digests = {name: hashlib.new(name, usedforsecurity=name != "md5") for name in self._names}

    def _follow(self, chunk: bytes) -> None:
        self.size += len(chunk)
        for digest in self._digests.values():
            digest.update(chunk)


def _locked(path: str) -> int | None:
    """Return the descriptor of the file at the path, locked; `None` when it cannot be had for ourselves."""
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open(path, _FLAGS, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, path):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _is_at(descriptor: int, path: str) -> bool:
    """Tell whether the open file is a plain one, and still what the path names: its last owner may have renamed it."""
    mine, there = os.fstat(descriptor), os.lstat(path)
    return stat.S_ISREG(mine.st_mode) and (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
