"""Provides extracted packages out of the package caches; what is missing is brought, verified and kept."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from conda_kernel.channels import chosen_channels
from conda_kernel.errors import CondaError
from conda_kernel.hookspecs import DOWNLOADERS, PACKAGE_EXTRACTORS
from conda_kernel.model.paths import safe_name
from conda_kernel.prefixes import package_folders
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.errors import CacheFailed, NoWritableCache
from conda_package_cache.lookup import find_extracted, folder_names, is_kept
from conda_package_cache.provision import Means, Provision, thread_count
from conda_package_cache.settings import EXTRACT_THREADS, NO_LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conda_kernel.hookspecs import PackageExtractor
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.secret import Secret


class PackageCache:
    """The package caches of a command: the folders that `pkgs_dirs` names, in that order."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context
        self._reporter = kernel.reporter
        self._driver = kernel.driver
        self._suffixes = tuple(plugin.name for plugin in kernel.index.group(PACKAGE_EXTRACTORS.group))

    @contextmanager
    def provide(self, records: Sequence[PackageRecord]) -> Iterator[Sequence[ExtractedPackage]]:
        """Have the packages there, complete and verified, in the order asked.

        A lease keeps them while the context is open. What no cache has extracted is extracted from archives in them, or
        downloaded into the first that can be written.

        Raises UnsafePath, NoWritableCache, PackageCorrupt, CacheFailed, what the downloader raises, and
        PackagesUnavailable with the errors of several packages.
        """
        names = _checked_names(records)
        caches = [CacheFolder(path) for path in package_folders(self._context)]
        try:
            for cache in caches:
                cache.open(names)
            found = {record: package for record in records if (package := _extracted(caches, record)) is not None}
            missing = dict.fromkeys(record for record in records if record not in found)
            if missing:
                found |= self._brought(caches, missing, names)
            yield tuple(found[record] for record in records)
        finally:
            for cache in caches:
                cache.close()

    def missing(self, records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
        """Return those of the records that `provide` would have to download, in the order given.

        What a cache holds is believed: an archive that turns out to be another one is downloaded all the same. Raises
        what `provide` raises for names that make no path.
        """
        _checked_names(records)
        caches = [CacheFolder(path) for path in package_folders(self._context)]
        return tuple(record for record in records if not any(is_kept(cache, record) for cache in caches))

    def _brought(
        self, caches: Sequence[CacheFolder], missing: Iterable[PackageRecord], names: Sequence[str]
    ) -> dict[PackageRecord, ExtractedPackage]:
        target = _writable(caches, names)
        means = Means(
            caches=caches,
            target=target,
            downloader=lambda: self._driver(DOWNLOADERS),
            access=_access(self._channels()),
            reporter=self._reporter,
            threads=thread_count(self._context[EXTRACT_THREADS]),
            locks=not self._context[NO_LOCK],
        )
        return Provision(means, {record: self._extractor(record.file_name) for record in missing}).run()

    def _extractor(self, file_name: str) -> PackageExtractor:
        fitting = [suffix for suffix in self._suffixes if file_name.lower().endswith(suffix)]
        # Without one, the kernel says what could be installed.
        suffix = max(fitting, key=len, default="." + file_name.rpartition(".")[2])
        return self._driver(PACKAGE_EXTRACTORS, suffix)

    def _channels(self) -> tuple[Channel, ...]:
        """Return the channels that may have brought credentials; packages named by URL need none."""
        try:
            return chosen_channels(self._context)
        except CondaError:
            return ()


def _checked_names(records: Sequence[PackageRecord]) -> list[str]:
    """Return the names of all folders that the packages may have; raise for names that are none."""
    names: list[str] = []
    taken: dict[str, PackageRecord] = {}
    for record in records:
        for part, what in zip(record[:3], ("name", "version", "build"), strict=True):
            safe_name(str(part), what)
        safe_name(record.file_name, "file name")
        for name in (record.dist_name, record.file_name):
            other = taken.setdefault(name, record)
            if other != record:
                raise CondaError(f"`{other}` and `{record}` cannot be provided together: both are `{name}`")
        names.extend(folder_names(record))
    return names


def _extracted(caches: Iterable[CacheFolder], record: PackageRecord) -> ExtractedPackage | None:
    return next((package for cache in caches if (package := find_extracted(cache, record)) is not None), None)


def _writable(caches: Iterable[CacheFolder], names: Sequence[str]) -> CacheFolder:
    """Return the first cache that can be written; raise `NoWritableCache` with what stands against each."""
    reasons = []
    for cache in caches:
        try:
            cache.prepare(names)
        except CacheFailed as error:
            reasons.append(str(error))
        else:
            return cache
    raise NoWritableCache(
        "no package cache can be written: " + "; ".join(reasons),
        hint="name a folder that you may write to in `pkgs_dirs`",
        package_cache_dirs=[cache.path for cache in caches],
    )


def _access(channels: Sequence[Channel]) -> Callable[[str], Secret | None]:
    """Return a function that gives a URL the credentials of the channel it lies in."""
    private = [channel for channel in channels if channel.has_credentials and channel.base_url]

    def access(url: str) -> Secret | None:
        owner = next((channel for channel in private if url.startswith(channel.base_url.rstrip("/") + "/")), None)
        return owner.authenticated_url(url) if owner is not None else None

    return access
