"""Compares the files of a package in the cache with what its list says about them, before they are linked."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from conda_kernel.model.paths import printable
from conda_linking.faults import FileAltered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_linking.layout import Parcel


def altered(parcels: Sequence[Parcel], *, thorough: bool) -> Iterator[FileAltered]:
    """Yield an error for each file whose size is another one; with `thorough` also for another content."""
    for parcel in parcels:
        for item in parcel.items:
            size = item.entry.size_in_bytes
            if size is None or item.target is not None or item.is_folder:
                continue
            found = os.stat(item.source)
            if found.st_size != size:
                yield _altered(parcel, item.source, item.path, f"has {found.st_size} bytes instead of {size}")
            elif thorough and item.entry.sha256 and stat.S_ISREG(found.st_mode):
                with open(item.source, "rb", buffering=0) as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                if digest != item.entry.sha256:
                    yield _altered(parcel, item.source, item.path, "has another content")


def _altered(parcel: Parcel, source: str, path: str, how: str) -> FileAltered:
    return FileAltered(
        f"`{printable(path)}` of {parcel.record.dist_name} {how}: it was changed in the package cache",
        hint="`conda clean --packages` removes what is not used; then it is brought anew",
        package=parcel.record.dist_name,
        path=source,
    )
