"""Tells what lies in a package cache, and whether it is the package that is wanted; nothing is verified, or written."""

from __future__ import annotations

import json
import os
import stat

from conda_kernel.errors import CondaError
from conda_kernel.model.paths import safe_name
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conda_kernel.model.record import PackageRecord
    from conda_package_cache.shelf import Shelf

RECORD_PATH = "info/repodata_record.json"
"""What the package manager itself writes into a package (CEP 34)."""


def check_names(records: Sequence[PackageRecord]) -> None:
    """Raise UnsafePath for names that make no path, CondaError for packages that have one name."""
    taken: dict[str, PackageRecord] = {}
    for record in records:
        for part, what in zip(record[:3], ("name", "version", "build"), strict=True):
            safe_name(str(part), what)
        safe_name(record.file_name, "file name")
        for name in (record.dist_name, record.file_name):
            other = taken.setdefault(name, record)
            if other != record:
                raise CondaError(f"`{other}` and `{record}` cannot be provided together: both are `{name}`")


def folder_names(record: PackageRecord) -> tuple[str, str]:
    """Return the names that the folder of a package may have: that of all tools, and one that no other package has.

    The second is used while the first is taken by a package of the same name, version and build, say of another
    channel, that another process is using.
    """
    mark = record.sha256 or record.md5 or _digest_of(record.url)
    return record.dist_name, f"{record.dist_name}-{mark[:12]}"


def _digest_of(url: str) -> str:
    import hashlib  # noqa: PLC0415 - OpenSSL, for packages that state no digest

    return hashlib.sha256(url.encode()).hexdigest()


def is_kept(cache: Shelf, record: PackageRecord) -> bool:
    """Tell whether the package lies in the cache, extracted or as an archive; neither of them is verified."""
    # Of most there is nothing: that is seen without an error for each name.
    if not any(map(cache.has, (*folder_names(record), record.file_name))):
        return False
    return any(kept_folders(cache, record)) or find_archive(cache, record) is not None


def kept_folders(cache: Shelf, record: PackageRecord) -> Iterator[str]:
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
    if differ(stored.get("size"), record.size):
        return False
    for known, wanted in ((stored.get("sha256"), record.sha256), (stored.get("md5"), record.md5)):
        if isinstance(known, str) and known and wanted:
            return known.lower() == wanted
    return bool(record.url) and stored.get("url") == mask_secrets(record.url)


def find_archive(cache: Shelf, record: PackageRecord) -> str | None:
    """Return the archive of the package in the cache, by name and size; its content has to be verified yet."""
    archive = cache.place(record.file_name)
    try:
        status = os.stat(archive)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or differ(status.st_size, record.size):
        return None
    if record.sha256 or record.md5:
        return archive
    return archive if record.url and cache.noted_url(record.file_name) == mask_secrets(record.url) else None


def differ(one: object, other: object) -> bool:
    """Tell whether two sizes are known and differ."""
    return isinstance(one, int) and isinstance(other, int) and one != other
