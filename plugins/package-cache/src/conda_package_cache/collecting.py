"""Removes from a cache what no process uses; how the two keep out of each other's way stands with the leases."""

from __future__ import annotations

import os
import shutil

from conda_package_cache.contents import is_used, stem_of
from conda_package_cache.errors import CacheFailed
from conda_package_cache.leases import leased_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.cached import CachedItem
    from conda_package_cache.cache_folder import CacheFolder


def collected(cache: CacheFolder, items: Sequence[CachedItem], suffixes: Sequence[str]) -> Iterator[CachedItem]:
    """Remove what nobody uses, and yield what is gone; raise `CacheFailed` when the cache cannot be written.

    `suffixes` are those of archives.
    """
    if not os.path.isdir(cache.path):
        return
    cache.prepare((), collects=[stem_of(item.name, suffixes) for item in items])
    leased = leased_folders(cache.path, cache.own_lease)
    for item in items:
        parts = item.name.split("/")
        if item.path != os.path.join(cache.path, *parts) or ".." in parts:
            raise ValueError(f"`{item.path}` is not in the cache `{cache.path}`")
        if stem_of(item.name, suffixes) in leased or is_used(cache.path, item.name):
            continue
        if len(parts) > 1:
            shutil.rmtree(item.path, ignore_errors=True)
        else:
            _set_aside(cache, item.name)
        if not os.path.lexists(item.path):
            yield item


def _set_aside(cache: CacheFolder, name: str) -> None:
    """Remove one entry as far as that can be; another may have been faster."""
    try:
        cache.set_aside(name)
    except CacheFailed:
        pass
