"""Provides extracted packages out of the package caches; what is missing is brought, verified and kept."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from conda_kernel.channels import channel_settings, chosen_channels
from conda_kernel.errors import CondaError, PackageCorrupt
from conda_kernel.hookspecs import DOWNLOADERS, PACKAGE_EXTRACTORS
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.paths import safe_name
from conda_kernel.model.record import InvalidRecord, stored_record
from conda_kernel.prefixes import package_folders
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.errors import CacheFailed, NoWritableCache
from conda_package_cache.lookup import find_extracted, folder_names, is_kept
from conda_package_cache.lookup import stored_record as stored_document
from conda_package_cache.settings import EXTRACT_THREADS, NO_LOCK
from conda_package_cache.soundness import sha256_of

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
        with self._opened(records, are_stated=False) as packages:
            yield packages

    @contextmanager
    def provide_stated(self, records: Sequence[PackageRecord]) -> Iterator[Sequence[ExtractedPackage]]:
        """Provide packages of which only name, version, build, URL and at most digests are known.

        The records of what is yielded are those that the packages were stored with or state themselves. Raises what
        `provide` raises.
        """
        channel_name = ChannelNames(channel_settings(self._context))
        with self._opened([_digested(record) for record in records], are_stated=True) as packages:
            yield tuple(package.replaced(record=_stored(package, channel_name)) for package in packages)

    def missing(self, records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
        """Return those of the records that `provide` would have to download, in the order given.

        What a cache holds is believed: an archive that turns out to be another one is downloaded all the same. Raises
        what `provide` raises for names that make no path.
        """
        _checked_names(records)
        caches = [CacheFolder(path) for path in package_folders(self._context)]
        return tuple(record for record in records if not any(is_kept(cache, record) for cache in caches))

    @contextmanager
    def _opened(self, records: Sequence[PackageRecord], *, are_stated: bool) -> Iterator[Sequence[ExtractedPackage]]:
        names = _checked_names(records)
        caches = [CacheFolder(path) for path in package_folders(self._context)]
        try:
            for cache in caches:
                cache.open(names)
            found = {record: package for record in records if (package := _extracted(caches, record)) is not None}
            missing = dict.fromkeys(record for record in records if record not in found)
            if missing:
                found |= self._brought(caches, missing, names, are_stated=are_stated)
            yield tuple(found[record] for record in records)
        finally:
            for cache in caches:
                cache.close()

    def _brought(
        self,
        caches: Sequence[CacheFolder],
        missing: Iterable[PackageRecord],
        names: Sequence[str],
        *,
        are_stated: bool,
    ) -> dict[PackageRecord, ExtractedPackage]:
        from conda_package_cache.provision import (  # noqa: PLC0415 - a dry run brings nothing, and it loads logging
            Means,
            Provision,
            thread_count,
        )

        target = _writable(caches, names)
        means = Means(
            caches=caches,
            target=target,
            downloader=lambda: self._driver(DOWNLOADERS),
            access=_access(self._channels()),
            reporter=self._reporter,
            threads=thread_count(self._context[EXTRACT_THREADS]),
            locks=not self._context[NO_LOCK],
            are_stated=are_stated,
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


def _digested(record: PackageRecord) -> PackageRecord:
    """Return the record with the SHA-256 of an archive on this machine, which may be another one the next time."""
    if record.sha256 or record.md5 or not record.url.startswith("file:"):
        return record
    archive = url_path(record.url)
    try:
        return record._replace(sha256=sha256_of(archive))
    except OSError as error:
        raise CacheFailed.of("read", archive, error) from error


def _stored(package: ExtractedPackage, channel_name: Callable[[str], str]) -> PackageRecord:
    """Return the record that an extracted package was stored with."""
    try:
        return stored_record(stored_document(package.folder) or {}, channel_name)
    except InvalidRecord as error:
        raise PackageCorrupt(
            f"the record of `{package.folder}` cannot be used: {error}", package=package.record.dist_name
        ) from error


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
