"""Finds extracted packages in a cache, and verifies archives."""

from __future__ import annotations

import os

from conda_kernel.errors import ChecksumMismatch
from conda_kernel.model.manifest import InvalidManifest
from conda_kernel.model.paths import UnsafePath, printable
from conda_kernel.model.plan import ExtractedPackage
from conda_package_cache.errors import CacheFailed
from conda_package_cache.kept import differ, kept_folders
from conda_package_cache.listed_files import listed_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.record import PackageRecord
    from conda_package_cache.cache_folder import CacheFolder


def find_extracted(cache: CacheFolder, record: PackageRecord) -> ExtractedPackage | None:
    """Return the package when it lies extracted in the cache: complete, and the one that is wanted."""
    for folder in kept_folders(cache, record):
        try:
            files = listed_files(folder, cache)
        except (InvalidManifest, UnsafePath):
            continue
        archive = cache.place(record.file_name)
        return ExtractedPackage(record, folder, files, archive if os.path.isfile(archive) else None)
    return None


def verified_digest(archive: str, record: PackageRecord) -> str:
    """Return the SHA-256 of an archive whose size and digest are those of the record, as far as it has any.

    A known SHA-256 decides; there are channels that give a wrong MD5 beside it. Raises ChecksumMismatch.
    """
    import hashlib  # noqa: PLC0415 - OpenSSL, for what is not extracted yet

    sha256 = hashlib.sha256()
    md5 = hashlib.md5(usedforsecurity=False) if record.md5 and not record.sha256 else None
    size = 0
    try:
        with open(archive, "rb", buffering=0) as file:
            while block := file.read(1024 * 1024):
                size += len(block)
                sha256.update(block)
                if md5 is not None:
                    md5.update(block)
    except OSError as error:
        raise CacheFailed.of("read", archive, error) from error
    if differ(size, record.size):
        raise mismatch(archive, record, "size", str(record.size), str(size))
    if record.sha256 and sha256.hexdigest() != record.sha256:
        raise mismatch(archive, record, "sha256", record.sha256, sha256.hexdigest())
    if md5 is not None and md5.hexdigest() != record.md5:
        raise mismatch(archive, record, "md5", str(record.md5), md5.hexdigest())
    return sha256.hexdigest()


def mismatch(archive: str, record: PackageRecord, kind: str, expected: str, actual: str) -> ChecksumMismatch:
    """Return the error for an archive that is not the one announced."""
    return ChecksumMismatch(
        f"the archive of `{printable(record.url or record.file_name)}` has the {kind} {actual} instead of {expected}",
        url=record.url,
        target_full_path=archive,
        checksum_type=kind,
        expected_checksum=expected,
        actual_checksum=actual,
    )
