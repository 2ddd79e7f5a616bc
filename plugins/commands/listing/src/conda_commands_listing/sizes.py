"""Tells how much room an installed package takes."""

from __future__ import annotations

import os

from conda_kernel.model.prefix_record import corrupted, prefix_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.prefix_record import PackageSummary

TITLE = "Size"


def installed_size(prefix: str, package: PackageSummary) -> int:
    """Return the bytes of the files of a package: as recorded, and as found where nothing is recorded.

    Raises `CorruptedEnvironment`.
    """
    path = package.file_path
    try:
        with open(path, encoding="utf-8") as file:
            installed = prefix_record(file.read(), path, lambda text: text)
    except OSError as error:
        raise corrupted(path, f"it cannot be read ({error.strerror})") from error
    recorded = {entry.path: entry.size_in_bytes for entry in installed.paths if entry.size_in_bytes is not None}
    return sum(recorded[file] if file in recorded else _found(prefix, file) for file in installed.files)


def _found(prefix: str, file: str) -> int:
    try:
        return os.lstat(os.path.join(prefix, file)).st_size
    except OSError:
        return 0
