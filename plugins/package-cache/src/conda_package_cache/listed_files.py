"""Keeps beside the list of a package's files what was read from it, for the list itself takes long to read."""

from __future__ import annotations

import os

from conda_kernel.model.file_table import FileTable, file_table, file_table_text
from conda_package_cache.locking import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_package_cache.cache_folder import CacheFolder
    from conda_package_cache.leases import Lease

TABLE_PATH = "info/file_table.txt"
"""What this module writes into a package; one that an archive brings along is not unpacked."""

FORMAT = 1


def listed_files(folder: str, cache: CacheFolder | None = None) -> FileTable:
    """Return the files that an extracted package lists.

    What had to be read from the list itself is kept for the next time when the `cache` can be written. Raises
    `InvalidManifest` and `UnsafePath`.
    """
    mark = _mark(folder)
    kept = file_table(_content(folder), mark) if mark else None
    if kept is not None:
        return kept
    table = FileTable.read(folder)
    if mark and cache is not None and cache.lease is not None:
        _keep(cache.lease, folder, file_table_text(table, mark))
    return table


def _keep(lease: Lease, folder: str, text: str) -> None:
    """Write the table whole or not at all, as far as that can be."""
    # Packages are extracted side by side, and each has a table of its own.
    made = f"{lease.work_folder}/table-{os.urandom(8).hex()}"
    try:
        lease.made_work_folder()
        with open(made, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(made, f"{folder}/{TABLE_PATH}")
    except OSError:
        remove(made)


def _mark(folder: str) -> str:
    """Return what tells the list of files from every other; empty when there is none of the usual kind."""
    try:
        status = os.lstat(f"{folder}/info/paths.json")
    except OSError:
        return ""
    return f"{FORMAT} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def _content(folder: str) -> str:
    try:
        with open(f"{folder}/{TABLE_PATH}", encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""
