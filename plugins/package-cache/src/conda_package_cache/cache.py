"""Provides extracted packages out of the package caches; what is missing is brought, verified and kept."""

from __future__ import annotations

from conda_kernel.hookspecs import DOWNLOADERS, PACKAGE_EXTRACTORS
from conda_kernel.prefixes import package_folders
from conda_package_cache.kept import check_names, is_kept
from conda_package_cache.shelf import ListedShelf, Shelf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from conda_kernel.hookspecs import PackageExtractor
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.model.record import PackageRecord
    from conda_package_cache.opening import Opening


MANY = 100
"""A cache is listed to look for more packages than this, each of which can have three names there."""


class PackageCache:
    """The package caches of a command: the folders that `pkgs_dirs` names, in that order."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context
        self._reporter = kernel.reporter
        self._driver = kernel.driver
        self._suffixes = tuple(plugin.name for plugin in kernel.index.group(PACKAGE_EXTRACTORS.group))

    def provide(self, records: Sequence[PackageRecord]) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        """Have the packages there, complete and verified, in the order asked.

        A lease keeps them while the context is open. What no cache has extracted is extracted from archives in them, or
        downloaded into the first that can be written.

        Entering the context raises UnsafePath, NoWritableCache, PackageCorrupt, CacheFailed, what the downloader
        raises, and PackagesUnavailable with the errors of several packages.
        """
        return self._opening().provided(records)

    def provide_stated(self, records: Sequence[PackageRecord]) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        """Provide packages of which only name, version, build, URL and at most digests are known.

        The records of what is yielded are those that the packages were stored with or state themselves. Raises what
        `provide` raises.
        """
        return self._opening().provided_as_stated(records)

    def missing(self, records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
        """Return those of the records that `provide` would have to download, in the order given.

        What a cache holds is believed: an archive that turns out to be another one is downloaded all the same. Raises
        what `provide` raises for names that make no path.
        """
        check_names(records)
        kind = ListedShelf if len(records) > MANY else Shelf
        caches = [shelf for path in package_folders(self._context) if (shelf := kind(path)).is_there()]
        return tuple(record for record in records if not any(is_kept(cache, record) for cache in caches))

    def _opening(self) -> Opening:
        from conda_package_cache.opening import Opening  # noqa: PLC0415 - a dry run opens nothing, and this unpacks

        return Opening(self._context, self._reporter, lambda: self._driver(DOWNLOADERS), self._extractor)

    def _extractor(self, file_name: str) -> PackageExtractor:
        fitting = [suffix for suffix in self._suffixes if file_name.lower().endswith(suffix)]
        # Without one, the kernel says what could be installed.
        suffix = max(fitting, key=len, default="." + file_name.rpartition(".")[2])
        return self._driver(PACKAGE_EXTRACTORS, suffix)
