"""The kinds of things that can be removed: where each is found, and how it goes."""

from __future__ import annotations

import errno
import os
import shutil

from conda_commands_cache.temporary_files import temporary_files
from conda_commands_cache.used_packages import is_used, used_packages
from conda_kernel.model.cached import CachedItem, CachedKind
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_kernel.hookspecs import CacheKeeper

INDEX_CACHE, TARBALLS, PACKAGES, TEMPORARY, LOGS = "index-cache", "tarballs", "packages", "tempfiles", "logfiles"
EVERYTHING = "pkgs-dirs"
KINDS = (INDEX_CACHE, TARBALLS, PACKAGES, TEMPORARY, LOGS)
"""In the order in which they are removed."""

FOLDERS = {INDEX_CACHE: "cache", LOGS: ".logs"}
"""The folders in a package cache that are removed as a whole."""

MOST_ATTEMPTS = 20

_PARTIAL = ".partial"


class Thing(NamedTuple):
    """A file or folder that can be removed: `name` in `folder`; `item` is what the keeper of packages calls it."""

    folder: str
    name: str
    size: int
    item: CachedItem | None = None

    @property
    def path(self) -> str:
        """Where it lies."""
        return os.path.join(self.folder, self.name)


class Stock:
    """What is kept in package caches and environments.

    `caches` are the folders of packages, `prefixes` the environments that are known; `chosen` are those to look for
    temporary files in, when it is not all and the caches.
    """

    def __init__(
        self,
        keeper: Callable[[], CacheKeeper],
        caches: tuple[str, ...],
        prefixes: tuple[str, ...],
        chosen: tuple[str, ...] = (),
    ) -> None:
        self._keeper = keeper
        self._caches = caches
        self._prefixes = prefixes
        self._chosen = chosen

    def removable(self, kind: str) -> tuple[Thing, ...]:
        """Return what could be removed, and change nothing."""
        if kind in FOLDERS:
            return tuple(_folders(self._caches, FOLDERS[kind]))
        if kind == EVERYTHING:
            return tuple(_folders(map(os.path.dirname, self._caches), *map(os.path.basename, self._caches)))
        if kind == TEMPORARY:
            in_caches = () if self._chosen else self._items(_is_left_over)
            prefixes = tuple(map(os.path.abspath, self._chosen)) or self._prefixes
            return (*in_caches, *(Thing(*found) for prefix in prefixes for found in temporary_files(prefix)))
        if kind == TARBALLS:
            return self._items(_is_archive)
        used = used_packages(self._prefixes)
        return self._items(
            lambda item: item.kind is CachedKind.PACKAGE and not (item.record and is_used(item.record, used))
        )

    def removed(self, kind: str, things: tuple[Thing, ...]) -> tuple[Thing, ...]:
        """Remove things, and return those that are gone; what a process is using stays."""
        if kind == EVERYTHING:
            return tuple(thing for thing in things if self._is_emptied(thing.path) and _delete(thing.path))
        items = [thing.item for thing in things if thing.item is not None]
        gone = {item.path for item in self._keeper().remove(items)} if items else set()
        return tuple(thing for thing in things if (thing.path in gone if thing.item else _delete(thing.path)))

    def _items(self, wanted: Callable[[CachedItem], bool]) -> tuple[Thing, ...]:
        items = [
            item for item in self._keeper().contents() if item.is_removable and not item.is_leased and wanted(item)
        ]
        return tuple(Thing(item.cache, item.name, item.size, item) for item in items)

    def _is_emptied(self, cache: str) -> bool:
        """Remove all packages of a cache, and tell whether no process kept one."""
        items = [item for item in self._keeper().contents() if item.cache == cache]
        return not any(item.is_leased for item in items) and len(self._keeper().remove(items)) == len(items)


def _is_archive(item: CachedItem) -> bool:
    return item.kind is CachedKind.ARCHIVE or item.name.endswith(_PARTIAL)


def _is_left_over(item: CachedItem) -> bool:
    return item.kind is CachedKind.LEFTOVER and not item.name.endswith(_PARTIAL)


def _folders(parents: Iterable[str], *names: str) -> list[Thing]:
    """Return folders that are there and can be removed: one of each parent, or the same of all."""
    places = list(parents)
    pairs = zip(places, names if len(names) == len(places) else names * len(places), strict=True)
    return [
        Thing(parent, name, _size(os.path.join(parent, name)))
        for parent, name in dict.fromkeys(pairs)
        if os.path.isdir(os.path.join(parent, name)) and os.access(parent, os.W_OK | os.X_OK)
    ]


def _delete(path: str) -> bool:
    """Delete a file or folder, following no link, and tell whether it is gone.

    A folder into which another process writes meanwhile is emptied again, some times.
    """
    for _ in range(MOST_ATTEMPTS):
        try:
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        except FileNotFoundError:
            if not os.path.lexists(path):
                return True
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                return False
        else:
            return True
    return False


def _size(folder: str) -> int:
    size = 0
    for above, _, files in os.walk(folder):
        for name in files:
            try:
                size += os.lstat(os.path.join(above, name)).st_size
            except OSError:
                continue
    return size
