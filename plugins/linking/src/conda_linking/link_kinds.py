"""Puts the files of a package into place: as hard links, symbolic links, clones or copies."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from contextlib import contextmanager

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.prefix_record import COPY, HARD_LINK, SOFT_LINK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform == "linux":
    import fcntl

_NOT_HERE = frozenset(
    (errno.EXDEV, errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
)
_NO_CLONES = _NOT_HERE | {errno.ENOTTY, errno.EBADF, errno.EISDIR, errno.ETXTBSY}
_BY_DESCRIPTOR = {os.link, os.mkdir, os.stat} <= os.supports_dir_fd
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


@contextmanager
def opened(folder: str) -> Iterator[tuple[int | None, str]]:
    """Open a folder and give its descriptor, and what is put before paths that are told from it.

    The system then walks only what is relative, and not each time from the root: that is half of the work. Where it
    cannot do that, there is no descriptor. Raises OSError.
    """
    if not _BY_DESCRIPTOR:
        yield None, folder + "/"
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor, ""
    finally:
        os.close(descriptor)


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


class Links(NamedTuple):
    """Files of one folder, and their places in another; the paths of both are relative to these."""

    folder: str
    paths: list[str]
    into: str
    places: list[str]

    def pairs(self, start: int = 0) -> Iterator[tuple[str, str]]:
        """Yield whole paths, from the file of a number on."""
        for path, place in zip(self.paths[start:], self.places[start:], strict=True):
            yield f"{self.folder}/{path}", f"{self.into}/{place}"


def put(links: Links, policy: LinkPolicy, copier: Copier) -> int:
    """Link files and return the kind of link that the package has got.

    Where the file system refuses the kind that was to be, the rest gets the next one. Raises OSError.
    """
    kind, done = policy.first, 0
    while kind == HARD_LINK and done < len(links.paths):
        done, refusal = _hard_linked(links, done)
        if refusal == errno.EMLINK:
            copier.copy(*next(links.pairs(done)))
            done += 1
        elif refusal:
            kind = policy.second
    for source, target in links.pairs(done):
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


def _hard_linked(links: Links, done: int) -> tuple[int, int]:
    """Make hard links, from the file of a number on; return how many are done, and why the next was refused."""
    link = os.link
    with opened(links.folder) as (source, folder), opened(links.into) as (target, into):
        try:
            for path, place in zip(links.paths[done:], links.places[done:], strict=True):
                link(folder + path, into + place, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
                done += 1
        except OSError as error:
            if error.errno != errno.EMLINK and error.errno not in _NOT_HERE:
                raise
            return done, error.errno
    return done, 0


def is_copied(policy: LinkPolicy, folder: str, prefix: str) -> bool:
    """Tell whether what lies in a folder is probably copied into the prefix: it is to be, or on another disk."""
    if policy.first != HARD_LINK:
        return policy.first == COPY
    return policy.second == COPY and os.stat(folder).st_dev != os.stat(prefix).st_dev
