"""Lists, checks and removes what lies in the package caches."""

from __future__ import annotations

import os
from contextlib import ExitStack

from conda_kernel.channels import channel_settings
from conda_kernel.hookspecs import PACKAGE_EXTRACTORS
from conda_kernel.model.cached import CachedKind
from conda_kernel.model.channel import ChannelNames
from conda_kernel.prefixes import package_folders
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.collecting import collected
from conda_package_cache.contents import contents_of, stem_of
from conda_package_cache.soundness import archive_faults, package_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.cached import CachedItem


class CacheKeeper:
    """Knows the folders that `pkgs_dirs` names, in that order."""

    def __init__(self, kernel: Kernel) -> None:
        self._folders = package_folders(kernel.context)
        self._suffixes = tuple(plugin.name for plugin in kernel.index.group(PACKAGE_EXTRACTORS.group))
        self._channel_name = ChannelNames(channel_settings(kernel.context))

    def contents(self) -> tuple[CachedItem, ...]:
        """Return what lies in the caches, in their order and by name; nothing is changed."""
        return tuple(
            item
            for folder in dict.fromkeys(self._folders)
            for item in contents_of(folder, self._suffixes, self._channel_name)
        )

    def remove(self, items: Sequence[CachedItem]) -> tuple[CachedItem, ...]:
        """Remove the items that no process is using, and return those that are gone.

        Raises CacheFailed for a cache that cannot be written, before anything of it is removed.
        """
        gone: list[CachedItem] = []
        for folder in dict.fromkeys(item.cache for item in items):
            mine = [item for item in items if item.cache == folder]
            with ExitStack() as stack:
                cache = CacheFolder(folder)
                stack.callback(cache.close)
                gone += collected(cache, mine, self._suffixes)
        return tuple(item for item in items if item in gone)

    def faults(self, item: CachedItem) -> tuple[str, ...]:
        """Return in what the item is not what it claims to be; every file is read."""
        if item.kind is CachedKind.PACKAGE:
            return package_faults(item.path)
        if item.kind is CachedKind.ARCHIVE:
            return archive_faults(item.path, os.path.join(item.cache, stem_of(item.name, self._suffixes)))
        return ("it was never finished",)
