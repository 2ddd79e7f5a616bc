"""Puts the files of a package into place: as hard links, symbolic links, clones or copies."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.model.prefix_record import COPY, HARD_LINK, SOFT_LINK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

if sys.platform == "linux":
    import fcntl

_NOT_HERE = frozenset(
    (errno.EXDEV, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
)
_NO_CLONES = _NOT_HERE | {errno.ENOTTY, errno.EBADF, errno.EISDIR, errno.ETXTBSY}
_FICLONE = 0x40049409
"""The request of Linux to share the blocks of another file (ioctl_ficlone(2))."""


class LinkPolicy(NamedTuple):
    """Which links may be made: `always_copy` is stronger than `always_softlink`, that than `allow_softlinks`.

    By default there are hard links, and copies where those cannot be; symbolic links instead of copies are allowed by
    the last.
    """

    always_copy: bool = False
    always_softlink: bool = False
    allow_softlinks: bool = False

    @property
    def first(self) -> int:
        """The kind of link that is tried first, as records write it."""
        return COPY if self.always_copy else SOFT_LINK if self.always_softlink else HARD_LINK

    @property
    def second(self) -> int:
        """The kind of link where hard links cannot be."""
        return SOFT_LINK if self.allow_softlinks else COPY


def clone(source: int, target: int) -> None:
    """Let a new file share the content of another, both given as descriptors; raise OSError where that cannot be."""
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    fcntl.ioctl(target, _FICLONE, source)


class Copier:
    """Copies files with their permissions and times, as clones as long as the file system makes any."""

    __slots__ = ("_clone",)

    def __init__(self, clone: Callable[[int, int], None] | None = clone) -> None:
        self._clone = clone

    def copy(self, source: str, target: str) -> None:
        """Copy a file to where there is none; raise OSError."""
        if self._clone is None or not self._cloned(self._clone, source, target):
            shutil.copyfile(source, target, follow_symlinks=False)
        status = os.lstat(source)
        os.chmod(target, stat.S_IMODE(status.st_mode) & 0o777)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _cloned(self, clone: Callable[[int, int], None], source: str, target: str) -> bool:
        with open(source, "rb") as read, open(target, "xb") as written:
            try:
                clone(read.fileno(), written.fileno())
            except OSError as error:
                if error.errno not in _NO_CLONES:
                    raise
            else:
                return True
        # The next file would be refused too.
        self._clone = None
        return False


def put(pairs: Iterable[tuple[str, str]], policy: LinkPolicy, copier: Copier) -> int:
    """Link files, given as source and target; return the kind of link that the package has got.

    Where the file system refuses the kind that was to be, the rest gets the next one. Raises OSError.
    """
    kind = policy.first
    for source, target in pairs:
        if kind == HARD_LINK:
            try:
                os.link(source, target)
                continue
            except OSError as error:
                if error.errno in _NOT_HERE:
                    kind = policy.second
                elif error.errno != errno.EMLINK:
                    raise
        if kind == SOFT_LINK:
            try:
                os.symlink(source, target)
                continue
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                kind = COPY
        copier.copy(source, target)
    return kind


def is_copied(policy: LinkPolicy, folder: str, prefix: str) -> bool:
    """Tell whether what lies in a folder is probably copied into the prefix: it is to be, or on another disk."""
    if policy.first != HARD_LINK:
        return policy.first == COPY
    return policy.second == COPY and os.stat(folder).st_dev != os.stat(prefix).st_dev
