"""Reads `file:` URLs, as if a server answered."""

from __future__ import annotations

import os
import stat

from conda_kernel.errors import FetchError
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.fetching import AdapterRequest

CHUNK = 1 << 18
"""Bytes that are read at once."""

# A pipe without a writer would keep us waiting for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class FileAdapter:
    """Answers for files of this machine: status 200, or 206 from an offset on, or 404 where there is none."""

    def __init__(self, kernel: Kernel) -> None:
        """Begin; there are no settings."""

    def open(self, request: AdapterRequest) -> FileResponse:
        """Return the file of a URL; raise `FetchError` when it cannot be read."""
        path = url_path(request.url)
        try:
            descriptor = os.open(path, _FLAGS)
        except (FileNotFoundError, NotADirectoryError):
            return FileResponse(path, None, 404, {})
        except OSError as error:
            raise _read_failure(path, error) from error
        try:
            return _answer(path, descriptor, request.offset)
        except BaseException:
            os.close(descriptor)
            raise


class FileResponse:
    """The content of a file, or the news that there is none; closed at the end of its `with` block."""

    def __init__(self, path: str, descriptor: int | None, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = headers
        self._path = path
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the file."""
        while self._descriptor is not None:
            try:
                chunk = os.read(self._descriptor, CHUNK)
            except OSError as error:
                raise _read_failure(self._path, error) from error
            if not chunk:
                return
            yield chunk


def _answer(path: str, descriptor: int, offset: int) -> FileResponse:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise FetchError(f"`{printable(path)}` is not a file", path=path, reason="read")
    if not offset:
        return FileResponse(path, descriptor, 200, {"content-length": str(found.st_size)})
    if offset >= found.st_size:
        return FileResponse(path, descriptor, 416, {})
    os.lseek(descriptor, offset, os.SEEK_SET)
    place = f"bytes {offset}-{found.st_size - 1}/{found.st_size}"
    return FileResponse(path, descriptor, 206, {"content-length": str(found.st_size - offset), "content-range": place})


def _read_failure(path: str, error: OSError) -> FetchError:
    why = os.strerror(error.errno).lower() if error.errno else str(error)
    return FetchError(f"cannot read `{printable(path)}`: {why}", path=path, reason="read")
