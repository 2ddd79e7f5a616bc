"""Unpacks what channels offer, piece by piece.

What it is packed with is told by its first bytes, since headers often are wrong.
"""

from __future__ import annotations

import os
from io import BytesIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    import bz2
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    import zstandard

_STEP = 1 << 12  # unpacks to 128 MiB at most
_PIECE = 1 << 18
_PLAIN_PIECE = 1 << 22
_TRUNCATED = "it is not complete"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"


def unpacked(content: bytes, limit: int, decompressor: zstandard.ZstdDecompressor | None = None) -> bytes:
    """Return the content of a file; raise as `pieces` does. No other thread uses the decompressor meanwhile."""
    import zstandard  # noqa: PLC0415 - as below

    try:
        # Most are one frame that says how large it is.
        if 0 < zstandard.frame_content_size(content) <= limit:
            return (decompressor or zstandard.ZstdDecompressor()).decompress(content, allow_extra_data=False)
    except zstandard.ZstdError:
        pass
    return b"".join(pieces(BytesIO(content), limit))


def pieces(file: BinaryIO, limit: int, see: Callable[[bytes], object] | None = None) -> Iterator[bytes]:
    """Yield the content of a file from where it is; `see` is shown every bit of the file as it is read.

    Raises ValueError, EOFError or OSError when it is damaged, not complete, or has more than `limit` bytes.
    """
    size = 0
    for piece in _pieces(_Steps(file, see)):
        size += len(piece)
        if size > limit:
            raise ValueError(f"it unpacks to more than {limit} bytes")
        if piece:
            yield piece


def _pieces(steps: _Steps) -> Iterator[bytes]:
    first = steps.ahead(4)
    if first.startswith(_ZSTANDARD):
        yield from _zstandard_frames(steps)
    elif first.startswith(_GZIP):
        yield from _deflated(steps)
    elif first.startswith(_BZIP2):
        import bz2  # noqa: PLC0415 - few files are packed with it

        yield from _frames(steps, bz2.BZ2Decompressor, _STEP)
    else:
        while piece := steps.read(_PLAIN_PIECE):
            yield piece


class _Steps:
    """A file that is read in steps, some of which can be given back."""

    def __init__(self, file: BinaryIO, see: Callable[[bytes], object] | None) -> None:
        self._file = file
        self._see = see
        self._back = b""

    def ahead(self, size: int) -> bytes:
        """Return the next bytes, which stay unread; nothing was given back."""
        found = self._file.read(size)
        self._file.seek(-len(found), os.SEEK_CUR)
        return found

    def read(self, size: int) -> bytes:
        """Return up to so many bytes; none at the end."""
        if self._back:
            found, self._back = self._back[:size], self._back[size:]
            return found
        found = self._file.read(size)
        if self._see is not None:
            self._see(found)
        return found

    def give_back(self, content: bytes) -> None:
        """Put bytes back that were read last."""
        self._back = content + self._back


def _zstandard_frames(steps: _Steps) -> Iterator[bytes]:
    import zstandard  # noqa: PLC0415 - costs 3 ms, and files on this machine mostly are not packed

    try:
        yield from _frames(steps, zstandard.ZstdDecompressor().decompressobj, _STEP)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _frames(
    steps: _Steps, make: Callable[[], zstandard.ZstdDecompressionObj | bz2.BZ2Decompressor], size: int
) -> Iterator[bytes]:
    """Yield what frames hold that follow each other."""
    while content := steps.read(size):
        frame = make()
        while True:
            yield frame.decompress(content)
            if frame.eof:
                break
            content = steps.read(size)
            if not content:
                raise ValueError(_TRUNCATED)
        steps.give_back(frame.unused_data)


def _deflated(steps: _Steps) -> Iterator[bytes]:
    import zlib  # noqa: PLC0415 - hardly any file is packed with it

    unpacker = zlib.decompressobj(wbits=31)
    while not unpacker.eof:
        content = unpacker.unconsumed_tail or steps.read(_PIECE)
        if not content:
            raise ValueError(_TRUNCATED)
        try:
            yield unpacker.decompress(content, _PLAIN_PIECE)
        except zlib.error as error:
            raise ValueError(str(error)) from error
    while steps.read(_PLAIN_PIECE):
        pass
