"""Extracts the older package archives: one tar file, compressed with bzip2 (CEP 35)."""

from __future__ import annotations

import bz2
from contextlib import nullcontext

from conda_package_cache.errors import ArchiveFault
from conda_package_cache.tar_stream import ByteSource
from conda_package_cache.unpacking import DEFAULT_LIMITS, Limits, Unpacker, allowance, archive_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager


class TarBz2Extractor:
    """Unpacks `.tar.bz2` archives; `folds_case` overrides what the file system says about itself."""

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
        with archive_named(archive), bz2.BZ2File(archive) as stream, unpacker:
            source = ByteSource(_reader(stream, aside), allowance(archive, size_limit, self._limits))
            unpacker.unpack(source, lambda _path: True)
            return unpacker.finish()


def _reader(stream: bz2.BZ2File, aside: Callable[[], AbstractContextManager[object]]) -> Callable[[int], bytes]:
    def read(count: int) -> bytes:
        try:
            with aside():
                return stream.read(count)
        except EOFError:
            raise ArchiveFault("it is cut off") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise ArchiveFault("it is not compressed with bzip2, or damaged") from error

    return read
