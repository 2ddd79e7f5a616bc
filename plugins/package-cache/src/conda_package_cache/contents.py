"""Tells what a package cache holds."""

from __future__ import annotations

import os
import stat

from conda_kernel.model.cached import CachedItem, CachedKind
from conda_kernel.model.record import InvalidRecord, stored_record
from conda_package_cache.cache_folder import LOCKS, TRASH
from conda_package_cache.kept import stored_record as stored_document
from conda_package_cache.leases import FOLDER, WORK_FOLDER, is_leased, leased_folders
from conda_package_cache.shelf import URLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conda_kernel.model.record import PackageRecord

PARTIAL = ".partial"
"""Ends the names of unfinished downloads."""

_NOT_OURS = frozenset(("cache", "urls", URLS, FOLDER, LOCKS))
_BASKETS = (TRASH, WORK_FOLDER)


def contents_of(cache: str, suffixes: Sequence[str], channel_name: Callable[[str], str]) -> Iterator[CachedItem]:
    """Yield what lies in a cache, by name; nothing for a folder that is no package cache.

    `suffixes` are those of archives. What no package manager can have put there is left out.
    """
    if not os.path.isfile(os.path.join(cache, URLS)):
        return
    leased = leased_folders(cache)
    is_removable = os.access(cache, os.W_OK | os.X_OK)
    for name in _names(cache):
        if name in _NOT_OURS or name in _BASKETS:
            continue
        found = _described(cache, name, suffixes, channel_name)
        if found is not None:
            kind, stem, record = found
            path = os.path.join(cache, name)
            yield CachedItem(kind, cache, name, path, size_of(path), record, stem in leased, is_removable)
    for basket in _BASKETS:
        for name in _names(os.path.join(cache, basket)):
            path = os.path.join(cache, basket, name)
            inner = f"{basket}/{name}"
            leftover = CachedKind.LEFTOVER
            yield CachedItem(leftover, cache, inner, path, size_of(path), None, is_used(cache, inner), is_removable)


def is_used(cache: str, inner: str) -> bool:
    """Tell whether a process works in a folder below the cache: one in `.extracting` is named for its lease."""
    basket, _, name = inner.partition("/")
    return basket == WORK_FOLDER and is_leased(cache, name)


def stem_of(name: str, suffixes: Sequence[str]) -> str:
    """Return the folder that a lease names for what has this name in a cache: archive, download or package."""
    stem = name.removesuffix(PARTIAL)
    suffix = max((suffix for suffix in suffixes if stem.lower().endswith(suffix)), key=len, default="")
    return stem[: len(stem) - len(suffix)]


def size_of(path: str) -> int:
    """Return the bytes of a file, or of all files in a folder; a file that has several names there counts once."""
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    if not stat.S_ISDIR(status.st_mode):
        return status.st_size
    total = 0
    seen: set[tuple[int, int]] = set()
    for parent, _, files in os.walk(path):
        for name in files:
            try:
                status = os.lstat(os.path.join(parent, name))
            except OSError:
                continue
            if status.st_nlink > 1:
                identity = status.st_dev, status.st_ino
                if identity in seen:
                    continue
                seen.add(identity)
            total += status.st_size
    return total


def _described(
    cache: str, name: str, suffixes: Sequence[str], channel_name: Callable[[str], str]
) -> tuple[CachedKind, str, PackageRecord | None] | None:
    """Return the kind of an entry, the folder that a lease on it names, and the record of a package."""
    path = os.path.join(cache, name)
    stem = stem_of(name, suffixes)
    if name.endswith(PARTIAL):
        return CachedKind.LEFTOVER, stem, None
    if stem != name and os.path.isfile(path):
        return CachedKind.ARCHIVE, stem, None
    if os.path.islink(path) or not os.path.isdir(os.path.join(path, "info")):
        return None
    document = stored_document(path)
    try:
        record = stored_record(document, channel_name) if document is not None else None
    except InvalidRecord:
        record = None
    return (CachedKind.PACKAGE if record is not None else CachedKind.LEFTOVER), name, record


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
