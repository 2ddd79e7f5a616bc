"""What lies in a package cache, as commands that list, check and clean it see it."""

from __future__ import annotations

from enum import Enum

from conda_kernel.model.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.record import PackageRecord


class CachedKind(Enum):
    """An archive, a package that was extracted, or what an unfinished download or extraction has left."""

    ARCHIVE = "archive"
    PACKAGE = "package"
    LEFTOVER = "leftover"


class CachedItem(Value):
    """One archive, folder or leftover in a package cache.

    `cache` is the folder of the cache and `name` that of the item in it. `size` is in bytes, all files of a folder
    together. `record` is what an extracted package was stored with; `None` where that is unfinished, and for archives.
    `is_leased` is true while another process uses the item, `is_removable` when its cache can be written.
    """

    kind: CachedKind
    cache: str
    name: str
    path: str
    size: int
    record: PackageRecord | None = None
    is_leased: bool = False
    is_removable: bool = True
