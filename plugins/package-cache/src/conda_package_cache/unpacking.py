"""Unpacks the members of an archive into a folder; each is checked before anything of it is written.

The folder is empty and nobody else writes to it, so that what was unpacked is all there is: whether a parent is a
link, a path was there before, or a hard link's target is a file of the archive is looked up in memory.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager

from conda_kernel.errors import PackageCorrupt
from conda_kernel.model.errors import quoted
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.path_collision import folded_path
from conda_kernel.model.paths import UnsafePath, check_link_target, is_reserved, printable, safe_relative_path
from conda_package_cache.errors import ArchiveFault, CacheFailed
from conda_package_cache.kept import RECORD_PATH
from conda_package_cache.link_resolution import check_links
from conda_package_cache.listed_files import TABLE_PATH
from conda_package_cache.tar_stream import Allowance, read_members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    from conda_package_cache.tar_stream import ByteSource, Kind, TarMember


_OWN_PATHS = frozenset((RECORD_PATH, TABLE_PATH))

ALWAYS_ALLOWED = 64 * 1024 * 1024
"""Bytes that every archive may unpack to, however small it is."""

_WINDOWS = os.name == "nt"
_CREATE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_BY_DESCRIPTOR = {os.open, os.mkdir} <= os.supports_dir_fd
_TIME_BY_DESCRIPTOR = os.utime in os.supports_fd


class Limits(NamedTuple):
    """What an archive may be: so many members, and unpacked at most `ratio` times as large as it is."""

    members: int = 1_000_000
    ratio: int = 1000


DEFAULT_LIMITS = Limits()


class Unpacker:
    """Writes the members of one archive below a folder, inside a context; the parts of an archive share one.

    `folds_case` says whether the file system takes names for the same that differ by case or Unicode form.
    """

    def __init__(self, into: str, limits: Limits = DEFAULT_LIMITS, *, folds_case: bool | None = None) -> None:
        self._root = self._told = os.path.join(into, "")
        self._descriptor: int | None = None
        self._limits = limits
        self._folds_case = folds_in(into) if folds_case is None else folds_case
        self._members = 0
        self._now = time.time_ns()
        self._unpacked: dict[str, int | None] = {}
        self._spelled: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._folders = {""}

    def __enter__(self) -> Self:
        """Open the folder: paths that are told from it cost the system half of what whole ones do."""
        if _BY_DESCRIPTOR:
            self._descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._told = ""
        return self

    def __exit__(self, *error: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def unpack(self, source: ByteSource, belongs: Callable[[str], bool]) -> None:
        """Unpack a tar stream whose members all have paths that belong there.

        Raises ArchiveFault and UnsafePath, and OSError when writing fails.
        """
        for member in read_members(source):
            self._members += 1
            if self._members > self._limits.members:
                raise ArchiveFault(f"it has more than {self._limits.members} members")
            if member.kind == "folder" and member.name in (".", "./"):
                continue
            path = safe_relative_path(member.name, windows=_WINDOWS)
            if not belongs(path):
                raise ArchiveFault(f"the path {quoted(path)} does not belong into its part of the archive")
            if is_reserved(path):
                raise ArchiveFault(f"the path {quoted(path)} is reserved for the package manager")
            if self._key(path) in _OWN_PATHS:
                source.skip(member.size)
                continue
            self._write(path, member, source)

    def finish(self) -> Mapping[str, int | None]:
        """Check what only the whole archive shows: that no link leaves the tree by way of other links.

        Returns all paths, folders that no member names too: those of files with their sizes.
        """
        check_links(self._links, self._key)
        return self._unpacked

    def _write(self, path: str, member: TarMember, source: ByteSource) -> None:
        parent = path.rpartition("/")[0]
        if parent not in self._folders:
            self._make_parents(parent)
        if member.kind == "folder":
            if path in self._folders:
                self._restrict(path, member.mode)
            else:
                self._claim(path, "folder")
                os.mkdir(self._told + path, _folder_mode(member.mode), dir_fd=self._descriptor)
                self._folders.add(path)
            return
        if member.kind == "hardlink":
            self._write_hard_link(path, member.target)
            return
        if member.kind == "symlink":
            check_link_target(path, member.target)
            self._claim(path, "symlink")
            self._links[self._key(path)] = member.target
            os.symlink(member.target, self._root + path)
            return
        self._claim(path, "file", member.size)
        self._write_file(path, member, source)

    def _write_file(self, path: str, member: TarMember, source: ByteSource) -> None:
        moment = member.modified
        if not 0 <= moment <= self._now:
            moment = min(max(moment, 0), self._now)
        descriptor = os.open(self._told + path, _CREATE, _file_mode(member.mode), dir_fd=self._descriptor)
        try:
            whole = source.view(member.size)
            # Most files are small, and a generator for each takes its time.
            for piece in (whole,) if whole is not None else source.pieces(member.size):
                written = os.write(descriptor, piece)
                while written < len(piece):
                    written += os.write(descriptor, piece[written:])
            if _TIME_BY_DESCRIPTOR:
                os.utime(descriptor, ns=(moment, moment))
        finally:
            os.close(descriptor)
        if not _TIME_BY_DESCRIPTOR:
            os.utime(self._root + path, ns=(moment, moment))

    def _write_hard_link(self, path: str, target: str) -> None:
        source = safe_relative_path(target, windows=_WINDOWS)
        size = self._unpacked.get(source)
        if size is None:
            raise ArchiveFault(f"the hard link {quoted(path)} to {quoted(target)} points to no file before it")
        self._claim(path, "file", size)
        try:
            os.link(self._root + source, self._root + path, follow_symlinks=False)
        except (OSError, NotImplementedError):
            # Some file systems have no hard links, and all bound how many a file may have.
            shutil.copy2(self._root + source, self._root + path, follow_symlinks=False)

    def _make_parents(self, path: str) -> None:
        """Make a folder and those above it; a part that is there already and is no folder is a fault."""
        parent = path.rpartition("/")[0]
        if parent not in self._folders:
            self._make_parents(parent)
        self._claim(path, "folder")
        os.mkdir(self._told + path, dir_fd=self._descriptor)
        self._folders.add(path)

    def _claim(self, path: str, kind: Kind, size: int | None = None) -> None:
        """Note a path that is about to be written; raise `ArchiveFault` when there is something."""
        if self._folds_case:
            other = self._spelled.setdefault(folded_path(path), path)
            if other != path:
                raise ArchiveFault(f"the paths {quoted(other)} and {quoted(path)} are one on this file system")
        if path in self._unpacked:
            raise ArchiveFault(f"the path {quoted(path)} is there twice, as {self._kind(path)} and as {kind}")
        self._unpacked[path] = size

    def _kind(self, path: str) -> Kind:
        if self._unpacked[path] is not None:
            return "file"
        return "folder" if path in self._folders else "symlink"

    def _restrict(self, path: str, mode: int) -> None:
        """Give a folder that was made for what lies in it the mode that the archive has for it."""
        target = self._root + path
        made = os.lstat(target).st_mode & 0o777
        # It was made with all that the umask allows.
        os.chmod(target, _folder_mode(mode) & made)

    def _key(self, path: str) -> str:
        return folded_path(path) if self._folds_case else path


@contextmanager
def archive_named(archive: str) -> Iterator[None]:
    """Give faults the name of the archive: raise `PackageCorrupt`, or `CacheFailed` where the system refuses."""
    try:
        yield
    except (ArchiveFault, UnsafePath) as error:
        raise PackageCorrupt(
            f"the archive `{printable(archive)}` is broken or unsafe: {error}", archive=archive, reason=str(error)
        ) from error
    except OSError as error:
        raise CacheFailed.of("extract", archive, error) from error


def allowance(archive: str, size_limit: int, limits: Limits) -> Allowance:
    """Return how many bytes an archive may unpack to."""
    return Allowance(min(size_limit, max(os.path.getsize(archive) * limits.ratio, ALWAYS_ALLOWED)))


def folds_in(folder: str) -> bool:
    """Tell whether the file system of a folder ignores the case of letters."""
    parent, name = os.path.split(os.path.abspath(folder))
    other = os.path.join(parent, name.swapcase())
    try:
        return name.swapcase() != name and os.path.samefile(folder, other)
    except OSError:
        return False


def _file_mode(mode: int) -> int:
    """Return the mode to make a file with: without setuid and the like, and never hidden from its owner."""
    return mode & 0o777 | 0o600 if mode & 0o777 else 0o644


def _folder_mode(mode: int) -> int:
    return mode & 0o777 | 0o700 if mode & 0o777 else 0o755
