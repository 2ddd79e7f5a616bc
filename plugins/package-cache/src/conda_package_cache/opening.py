"""Opens the package caches for packages that are used: finds them there, and brings what is missing."""

from __future__ import annotations

from contextlib import contextmanager

from conda_kernel.channels import channel_settings, chosen_channels
from conda_kernel.errors import CondaError, PackageCorrupt
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.record import InvalidRecord, stored_record
from conda_kernel.prefixes import package_folders
from conda_kernel.settings import NO_LOCK
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.errors import CacheFailed, NoWritableCache
from conda_package_cache.kept import check_names, folder_names
from conda_package_cache.kept import stored_record as stored_document
from conda_package_cache.lookup import find_extracted
from conda_package_cache.settings import EXTRACT_THREADS
from conda_package_cache.soundness import sha256_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conda_kernel.context import Context
    from conda_kernel.hookspecs import Downloader, PackageExtractor
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.secret import Secret
    from conda_kernel.reporting import Reporter


class Opening:
    """What the package caches of a command are opened with; `extractor` is asked with the name of an archive."""

    def __init__(
        self,
        context: Context,
        reporter: Reporter,
        downloader: Callable[[], Downloader],
        extractor: Callable[[str], PackageExtractor],
    ) -> None:
        self._context = context
        self._reporter = reporter
        self._downloader = downloader
        self._extractor = extractor

    @contextmanager
    def provided(self, records: Sequence[PackageRecord]) -> Iterator[Sequence[ExtractedPackage]]:
        """Have the packages there; raises what `PackageCache.provide` does."""
        with self._opened(records, are_stated=False) as packages:
            yield packages

    @contextmanager
    def provided_as_stated(self, records: Sequence[PackageRecord]) -> Iterator[Sequence[ExtractedPackage]]:
        """Have packages there of which little is known, with the records that they bring."""
        channel_name = ChannelNames(channel_settings(self._context))
        with self._opened([_digested(record) for record in records], are_stated=True) as packages:
            yield tuple(package.replaced(record=_stored(package, channel_name)) for package in packages)

    @contextmanager
    def _opened(self, records: Sequence[PackageRecord], *, are_stated: bool) -> Iterator[Sequence[ExtractedPackage]]:
        check_names(records)
        names = [name for record in records for name in folder_names(record)]
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
        from conda_package_cache.provision import (  # noqa: PLC0415 - what is there is not brought, and it loads logging
            Means,
            Provision,
            thread_count,
        )

        target = _writable(caches, names)
        means = Means(
            caches=caches,
            target=target,
            downloader=self._downloader,
            access=_access(self._channels()),
            reporter=self._reporter,
            threads=thread_count(self._context[EXTRACT_THREADS]),
            locks=not self._context[NO_LOCK],
            are_stated=are_stated,
        )
        return Provision(means, {record: self._extractor(record.file_name) for record in missing}).run()

    def _channels(self) -> tuple[Channel, ...]:
        """Return the channels that may have brought credentials; packages named by URL need none."""
        try:
            return chosen_channels(self._context)
        except CondaError:
            return ()


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
