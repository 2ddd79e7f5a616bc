"""Compares the files of a package in the cache with what its list says about them, before they are linked."""

from __future__ import annotations

from conda_kernel.model.paths import printable
from conda_linking.faults import FileAltered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_linking.layout import Item, Parcel


def altered(parcels: Sequence[Parcel], *, thorough: bool) -> Iterator[FileAltered]:
    """Yield an error for each file whose size is another one; with `thorough` also for another content."""
    for parcel in parcels:
        for item in (parcel.itemized() if thorough else parcel).items:
            entry = item.entry
            if item.size != entry.size_in_bytes and entry.size_in_bytes is not None and _is_plain(item):
                how = f"has {item.size} bytes instead of {entry.size_in_bytes}"
                yield _altered(parcel, item.source, item.path, how)
            elif thorough and entry.sha256 and _is_plain(item) and sha256_of(item.source) != entry.sha256:
                yield _altered(parcel, item.source, item.path, "has another content")


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file; raise OSError."""
    import hashlib  # noqa: PLC0415 - OpenSSL, for files that look altered or that two packages have

    with open(path, "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_plain(item: Item) -> bool:
    return item.target is None and not item.is_folder


def _altered(parcel: Parcel, source: str, path: str, how: str) -> FileAltered:
    return FileAltered(
        f"`{printable(path)}` of {parcel.record.dist_name} {how}: it was changed in the package cache",
        hint="`conda clean --packages` removes what is not used; then it is brought anew",
        package=parcel.record.dist_name,
        path=source,
    )
