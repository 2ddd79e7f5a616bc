"""Extracts `.conda` archives: a ZIP file with two tar files, compressed with Zstandard (CEP 35)."""

from __future__ import annotations

import errno
import json
import zipfile
from contextlib import contextmanager, nullcontext

import zstandard

from conda_kernel.model.errors import quoted
from conda_package_cache.errors import ArchiveFault
from conda_package_cache.tar_stream import CHUNK, ByteSource
from conda_package_cache.unpacking import DEFAULT_LIMITS, Limits, Unpacker, allowance, archive_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import IO

    from conda_package_cache.tar_stream import Allowance

METADATA = "metadata.json"
VERSION = 2

_LARGEST_METADATA = 1024 * 1024
_ENCRYPTED = 0x1


class CondaExtractor:
    """Unpacks `.conda` archives; `folds_case` overrides what the file system says about itself."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, *, folds_case: bool | None = None) -> None:
        self._limits = limits
        self._folds_case = folds_case

    def extract(
        self,
        archive: str,
        into: str,
        *,
        size_limit: int,
        aside: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> Mapping[str, int | None]:
        """Unpack into an empty folder that nobody else writes to, at most so many bytes.

        Returns every path that is there then, those of files with their sizes. Raises PackageCorrupt for what is unsafe
        or broken, CacheFailed when reading or writing fails.
        """
        unpacker = Unpacker(into, self._limits, folds_case=self._folds_case)
        with archive_named(archive), _opened(archive) as container, unpacker:
            _check_version(container)
            info, payload = _part(container, "info-"), _part(container, "pkg-")
            allowed = allowance(archive, size_limit, self._limits)
            _unpack(container, info, unpacker, allowed, _is_info, aside)
            _unpack(container, payload, unpacker, allowed, lambda path: not _is_info(path), aside)
            return unpacker.finish()


@contextmanager
def _opened(archive: str) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP file; what `zipfile` raises for damaged ones becomes `ArchiveFault`."""
    try:
        with zipfile.ZipFile(archive) as container:
            yield container
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ArchiveFault(f"its ZIP file is damaged ({error})") from error
    except OSError as error:
        # Offsets that lead out of the file are found out by seeking there.
        if error.errno == errno.EINVAL and error.filename is None:
            raise ArchiveFault("its ZIP file is damaged") from error
        raise


def _check_version(container: zipfile.ZipFile) -> None:
    content = _stored([member for member in container.infolist() if member.filename == METADATA], METADATA)
    if content.file_size > _LARGEST_METADATA:
        raise ArchiveFault(f"its `{METADATA}` is too long")
    try:
        document = json.loads(container.read(content))
    except (ValueError, RecursionError):
        raise ArchiveFault(f"its `{METADATA}` is not JSON") from None
    version = document.get("conda_pkg_format_version") if isinstance(document, dict) else None
    if type(version) is not int or version != VERSION:
        raise ArchiveFault(f"it has version {quoted(str(version))} of the format, and {VERSION} is known here")


def _part(container: zipfile.ZipFile, prefix: str) -> zipfile.ZipInfo:
    """Return the one member `prefix….tar.zst`; a renamed archive still has its old name there."""
    found = [
        member
        for member in container.infolist()
        if member.filename.startswith(prefix) and member.filename.endswith(".tar.zst")
    ]
    return _stored(found, f"{prefix}….tar.zst")


def _stored(found: list[zipfile.ZipInfo], what: str) -> zipfile.ZipInfo:
    """Return the only member of those found; it has to be stored as it is."""
    if len(found) != 1:
        raise ArchiveFault(f"it has {len(found)} members `{what}` instead of one")
    if found[0].compress_type != zipfile.ZIP_STORED or found[0].flag_bits & _ENCRYPTED:
        raise ArchiveFault(f"its member `{what}` is compressed or encrypted instead of stored")
    return found[0]


def _unpack(  # noqa: PLR0913 - a part of an archive, and where it goes
    container: zipfile.ZipFile,
    part: zipfile.ZipInfo,
    unpacker: Unpacker,
    allowed: Allowance,
    belongs: Callable[[str], bool],
    aside: Callable[[], AbstractContextManager[object]],
) -> None:
    decompressor = zstandard.ZstdDecompressor()
    with (
        container.open(part) as stored,
        decompressor.stream_reader(stored, read_size=CHUNK, read_across_frames=True) as stream,
    ):
        unpacker.unpack(ByteSource(_reader(stream, aside), allowed), belongs)


def _reader(stream: IO[bytes], aside: Callable[[], AbstractContextManager[object]]) -> Callable[[int], bytes]:
    def read(count: int) -> bytes:
        try:
            with aside():
                return stream.read(count)
        except zstandard.ZstdError as error:
            raise ArchiveFault("it is not compressed with Zstandard, or damaged") from error

    return read


def _is_info(path: str) -> bool:
    return path == "info" or path.startswith("info/")
