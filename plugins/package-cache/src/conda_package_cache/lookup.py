"""Finds packages in a cache, and tells whether what lies there is the package that is wanted."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING

from conda_kernel.errors import ChecksumMismatch
from conda_kernel.model.manifest import InvalidManifest, read_manifest
from conda_kernel.model.paths import UnsafePath, printable
from conda_kernel.model.plan import ExtractedPackage
from conda_kernel.model.secret import mask_secrets
from conda_package_cache.errors import CacheFailed
from conda_package_cache.unpacking import RECORD_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conda_kernel.model.record import PackageRecord
    from conda_package_cache.cache_folder import CacheFolder


def folder_names(record: PackageRecord) -> tuple[str, str]:
    """Return the names that the folder of a package may have: that of all tools, and one that no other package has.

    The second is used while the first is taken by a package of the same name, version and build, say of another
    channel, that another process is using.
    """
    mark = record.sha256 or record.md5 or hashlib.sha256(record.url.encode()).hexdigest()
    return record.dist_name, f"{record.dist_name}-{mark[:12]}"


def is_kept(cache: CacheFolder, record: PackageRecord) -> bool:
    """Tell whether the package lies in the cache, extracted or as an archive; neither of them is verified."""
    return any(_folders(cache, record)) or find_archive(cache, record) is not None


def find_extracted(cache: CacheFolder, record: PackageRecord) -> ExtractedPackage | None:
    """Return the package when it lies extracted in the cache: complete, and the one that is wanted."""
    for folder in _folders(cache, record):
        try:
            paths = read_manifest(folder)
        except (InvalidManifest, UnsafePath):
            continue
        archive = cache.place(record.file_name)
        return ExtractedPackage(record, folder, paths, archive if os.path.isfile(archive) else None)
    return None


def _folders(cache: CacheFolder, record: PackageRecord) -> Iterator[str]:
    """Yield the folders of the cache that say they are the package."""
    for name in folder_names(record):
        folder = cache.place(name)
        stored = stored_record(folder)
        if stored is not None and is_same_package(stored, record):
            yield folder


def stored_record(folder: str) -> Mapping[str, object] | None:
    """Return the record in an extracted package, which is written last; `None` when the folder is unfinished."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode) or not os.path.isfile(os.path.join(folder, "info", "index.json")):
            return None
        with open(os.path.join(folder, *RECORD_PATH.split("/")), encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def is_same_package(stored: Mapping[str, object], record: PackageRecord) -> bool:
    """Tell whether a stored record is that of the package.

    Name, version and build are the same; then a digest that both know decides, for the same archive may come from
    several places. Where there is none, the URL does.
    """
    if any(stored.get(key) != getattr(record, key) for key in ("version", "build")):
        return False
    name = stored.get("name")
    if not isinstance(name, str) or name.lower() != record.name:
        return False
    if _differ(stored.get("size"), record.size):
        return False
    for known, wanted in ((stored.get("sha256"), record.sha256), (stored.get("md5"), record.md5)):
        if isinstance(known, str) and known and wanted:
            return known.lower() == wanted
    return bool(record.url) and stored.get("url") == mask_secrets(record.url)


def find_archive(cache: CacheFolder, record: PackageRecord) -> str | None:
    """Return the archive of the package in the cache, by name and size; its content has to be verified yet."""
    archive = cache.place(record.file_name)
    try:
        status = os.stat(archive)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or _differ(status.st_size, record.size):
        return None
    if record.sha256 or record.md5:
        return archive
    return archive if record.url and cache.noted_url(record.file_name) == mask_secrets(record.url) else None


def verified_digest(archive: str, record: PackageRecord) -> str:
    """Return the SHA-256 of an archive whose size and digest are those of the record, as far as it has any.

    A known SHA-256 decides; there are channels that give a wrong MD5 beside it. Raises ChecksumMismatch.
    """
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
    if _differ(size, record.size):
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


def _differ(one: object, other: object) -> bool:
    """Tell whether two sizes are known and differ."""
    return isinstance(one, int) and isinstance(other, int) and one != other
