"""Finds what in a package cache is not what it claims to be: altered files, archives of another content."""

from __future__ import annotations

import os

from conda_kernel.model.manifest import InvalidManifest, read_manifest
from conda_kernel.model.paths import UnsafePath, printable
from conda_package_cache.kept import stored_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.model.manifest import PathEntry


def package_faults(folder: str) -> tuple[str, ...]:
    """Return which files of an extracted package are missing or not as it lists them."""
    if stored_record(folder) is None:
        return ("it has no record, and was perhaps not extracted to its end",)
    try:
        entries = read_manifest(folder)
    except (InvalidManifest, UnsafePath) as error:
        return (str(error),)
    return tuple(_altered(folder, entries))


def archive_faults(archive: str, folder: str) -> tuple[str, ...]:
    """Return in what an archive differs from the record that lies in `folder`, which was extracted from it."""
    record = stored_record(folder)
    if record is None or record.get("fn") != os.path.basename(archive):
        return ()
    size, sha256 = record.get("size"), record.get("sha256")
    try:
        if isinstance(size, int) and os.path.getsize(archive) != size:
            return (f"it has {os.path.getsize(archive)} bytes instead of {size}",)
        if isinstance(sha256, str) and sha256_of(archive) != sha256.lower():
            return (f"its SHA-256 is not {sha256.lower()}",)
    except OSError as error:
        return (f"it cannot be read: {error.strerror}",)
    return ()


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file; raise OSError."""
    import hashlib  # noqa: PLC0415 - OpenSSL, for what is not believed

    with open(path, "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _altered(folder: str, entries: tuple[PathEntry, ...]) -> Iterator[str]:
    for entry in entries:
        path = os.path.join(folder, *entry.path.split("/"))
        shown = f"`{printable(entry.path)}`"
        if not os.path.lexists(path):
            yield f"{shown} is missing"
        elif entry.path_type == "hardlink" and not os.path.islink(path):
            try:
                size = os.path.getsize(path)
                if entry.size_in_bytes not in (None, size):
                    yield f"{shown} has {size} bytes instead of {entry.size_in_bytes}"
                elif entry.sha256 is not None and sha256_of(path) != entry.sha256:
                    yield f"{shown} has another content"
            except OSError as error:
                yield f"{shown} cannot be read: {error.strerror}"
