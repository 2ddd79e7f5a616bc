"""Extracts one archive and puts the package into its place in a cache, complete or not at all.

All of it is made in a folder of this process and renamed when it is finished. Nothing is synced to disk on the way:
after a power failure, not after a kill, a file may be shorter than it was; linking compares sizes.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import contextmanager

from conda_kernel.errors import PackageCorrupt
from conda_kernel.model.manifest import InvalidManifest
from conda_kernel.model.paths import UnsafePath, printable
from conda_kernel.model.plan import ExtractedPackage
from conda_kernel.model.record_writing import record_as_json
from conda_kernel.model.secret import mask_secrets
from conda_package_cache.errors import CacheFailed
from conda_package_cache.kept import RECORD_PATH, folder_names
from conda_package_cache.listed_files import listed_files
from conda_package_cache.lookup import find_extracted, verified_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from conda_kernel.hookspecs import PackageExtractor
    from conda_kernel.model.record import PackageRecord
    from conda_package_cache.cache_folder import CacheFolder

SIZE_LIMIT = 20 * 1024**3
"""Bytes that a package may have, unpacked."""

_OCCUPIED = frozenset((errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR))
_ATTEMPTS = 20
# What the archive says about these counts nothing where the channel has dropped it.
_OF_THE_CHANNEL_ALONE = ("track_features", "features")
_OF_THE_PLACE = ("fn", "channel", "size", "md5")


def place_archive(  # noqa: PLR0913 - all by keyword but the first three
    cache: CacheFolder,
    record: PackageRecord,
    source: str,
    *,
    extractor: PackageExtractor,
    aside: Callable[[], AbstractContextManager[object]],
    sha256: str | None = None,
    brought_from: str = "",
    is_stated: bool = False,
) -> ExtractedPackage:
    """Extract the archive at `source` into the cache, and return the package.

    `sha256` is the digest of an archive that is verified already and that nobody can have replaced since; without it
    the archive is verified here. With `brought_from`, a URL, it is that of another cache, and is kept in this one. When
    the record `is_stated` by the package, no more than place and digests are known, and the rest stands in the package.

    Raises ChecksumMismatch, PackageCorrupt and CacheFailed.
    """
    with _workshop(cache, record) as workshop:
        archive = _own(source, os.path.join(workshop, record.file_name))
        digest = sha256 or verified_digest(archive, record)
        made = os.path.join(workshop, "package")
        os.mkdir(made)
        try:
            unpacked = extractor.extract(archive, made, size_limit=SIZE_LIMIT, aside=aside)
            package = _finish(cache, made, unpacked, record, digest, is_stated=is_stated)
        except PackageCorrupt:
            if not brought_from:
                _remove_same(source, archive)
            raise
        if brought_from:
            os.replace(archive, cache.place(record.file_name))
            cache.note_url(brought_from)
        return _put(cache, package)


@contextmanager
def _workshop(cache: CacheFolder, record: PackageRecord) -> Iterator[str]:
    """Make a folder for one package in which nobody else writes, on the file system of the cache."""
    folder = os.path.join(cache.own_lease.work_folder, record.dist_name)
    try:
        cache.own_lease.made_work_folder()
        os.mkdir(folder, 0o700)
        yield folder
    except OSError as error:
        raise CacheFailed.of("extract to", cache.path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(source: str, target: str) -> str:
    """Return a path of the archive under which nobody replaces it while it is verified and read."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _remove_same(source: str, archive: str) -> None:
    """Remove a broken archive from the cache, so that it is brought anew; one that has replaced it since is left."""
    try:
        if os.path.samefile(source, archive):
            os.unlink(source)
    except OSError:
        pass


def _finish(  # noqa: PLR0913 - what is known of an archive and of what was made of it
    cache: CacheFolder,
    folder: str,
    unpacked: Mapping[str, int | None],
    record: PackageRecord,
    sha256: str,
    *,
    is_stated: bool,
) -> ExtractedPackage:
    """Check that an extracted package is the one that was wanted, write its record, and return the package."""
    info = os.path.join(folder, "info")
    if not os.path.isdir(info) or os.path.islink(info):
        raise _corrupt(record, "it has no folder `info`")
    try:
        with open(os.path.join(info, "index.json"), encoding="utf-8") as file:
            index = json.load(file)
    except (OSError, ValueError, RecursionError):
        raise _corrupt(record, "its `info/index.json` cannot be read") from None
    if not isinstance(index, dict):
        raise _corrupt(record, "its `info/index.json` is no JSON object")
    name = index.get("name")
    found = [name.lower() if isinstance(name, str) else name, index.get("version"), index.get("build")]
    if found != [record.name, record.version, record.build]:
        raise _corrupt(record, f"it holds the package `{printable('-'.join(map(str, found)))}`")
    try:
        files = listed_files(folder, cache)
    except (InvalidManifest, UnsafePath) as error:
        raise _corrupt(record, str(error)) from error
    for path in (*files.paths, *[entry.path for entry in files.others]):
        if path not in unpacked:
            raise _corrupt(record, f"the file `{path}` is missing")
    said = record_as_json(record)
    if is_stated:
        document = {**index, **{key: said[key] for key in _OF_THE_PLACE if key in said}}
    else:
        document = {**{key: value for key, value in index.items() if key not in _OF_THE_CHANNEL_ALONE}, **said}
    document |= {"url": mask_secrets(record.url), "sha256": record.sha256 or sha256}
    with open(os.path.join(folder, *RECORD_PATH.split("/")), "x", encoding="utf-8") as file:
        json.dump(document, file, indent=2, sort_keys=True)
    is_as_listed = tuple(map(unpacked.get, files.paths)) == files.sizes
    return ExtractedPackage(record, folder, files, is_as_listed=is_as_listed)


def _put(cache: CacheFolder, made: ExtractedPackage) -> ExtractedPackage:
    """Rename a finished package into its place.

    Where another process was faster its package is used, once it is found to be the same. What lies there and is
    another package is moved aside, unless a process uses it: then this one gets a name of its own.
    """
    record = made.record
    usual, unique = folder_names(record)
    for _ in range(_ATTEMPTS):
        found = find_extracted(cache, record)
        if found is not None:
            return _fetched(found)
        name = usual
        if os.path.lexists(cache.place(usual)):
            if cache.leased_elsewhere(usual):
                name = unique
            if os.path.lexists(cache.place(name)):
                cache.set_aside(name)
        folder, archive = cache.place(name), cache.place(record.file_name)
        try:
            os.rename(made.folder, folder)
        except OSError as error:
            if error.errno not in _OCCUPIED:
                raise
            continue
        return _fetched(made.replaced(folder=folder, archive=archive if os.path.isfile(archive) else None))
    found = find_extracted(cache, record)
    if found is None:
        raise CacheFailed(
            f"cannot replace `{cache.place(usual)}`: it comes back whenever it is removed", path=cache.place(usual)
        )
    return _fetched(found)


def _fetched(package: ExtractedPackage) -> ExtractedPackage:
    return package.replaced(fetched=True)


def _corrupt(record: PackageRecord, reason: str) -> PackageCorrupt:
    return PackageCorrupt(f"the package is not what it claims to be: {reason}", package=str(record), reason=reason)
