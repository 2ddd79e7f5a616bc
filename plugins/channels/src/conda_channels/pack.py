"""A file of named pieces that is whole or is not there, and that is never believed without its digests.

It is written under another name and never changed. The pieces come first, then a directory of them sorted by name, then
sixty octets: where the directory is, its digest, and the kind of file. A name may have several pieces. Whoever has the
file open reads on when it is replaced.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
import sys
import threading
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, BinaryIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGIC = b"conda pack 1" + sys.byteorder[:1].encode()
_END = struct.Struct("<QQ16s13s7x")
_DIGEST = 16
_LARGEST_DIRECTORY = 1 << 28


class Damaged(Exception):
    """A piece is not what its digest says."""


class Directory(msgspec.Struct, array_like=True):
    """Where the pieces are: names one a line, then an entry of each of the arrays for every piece."""

    about: bytes
    names: str
    starts: bytes
    lengths: bytes
    digests: bytes


class PackWriter:
    """Writes a pack to an open, empty file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self._pieces: list[tuple[str, int, int, int, bytes]] = []

    def add(self, name: str, content: bytes) -> None:
        """Write a piece; the name has no line break."""
        digest = _digest(content)
        self._file.write(content)
        self._pieces.append((name, len(self._pieces), self._position, len(content), digest))
        self._position += len(content)

    def finish(self, about: bytes) -> None:
        """Write the directory; `about` is for whoever opens the pack."""
        self._pieces.sort()
        directory = msgspec.msgpack.encode(
            Directory(
                about,
                "\n".join(piece[0] for piece in self._pieces),
                array("Q", [piece[2] for piece in self._pieces]).tobytes(),
                array("Q", [piece[3] for piece in self._pieces]).tobytes(),
                b"".join(piece[4] for piece in self._pieces),
            )
        )
        self._file.write(directory)
        self._file.write(_END.pack(self._position, len(directory), _digest(directory), _MAGIC))
        self._file.flush()


class Pack:
    """A pack that is open for reading, from any thread."""

    def __init__(self, file: BinaryIO | io.FileIO) -> None:
        """Read the directory; raise OSError, and Damaged for what is no whole pack."""
        self._file = file
        self._reading = threading.Lock()
        size = file.seek(0, os.SEEK_END)
        if size < _END.size:
            raise Damaged
        start, length, digest, magic = _END.unpack(self._bytes(size - _END.size, _END.size))
        if magic != _MAGIC or start + length + _END.size != size or length > _LARGEST_DIRECTORY:
            raise Damaged
        content = self._bytes(start, length)
        if _digest(content) != digest:
            raise Damaged
        try:
            directory = msgspec.msgpack.decode(content, type=Directory)
        except msgspec.DecodeError as error:
            raise Damaged from error
        self.about = directory.about
        self._names = directory.names.split("\n") if directory.starts else []
        self._starts, self._lengths = _numbers(directory.starts), _numbers(directory.lengths)
        self._digests = directory.digests
        if not len(self._names) == len(self._starts) == len(self._lengths) == len(self._digests) / _DIGEST:
            raise Damaged

    @classmethod
    def at(cls, path: str) -> Pack | None:
        """Return the pack at a path, `None` when there is none that is whole.

        What neither this user wrote nor root nor the owner of the folder counts as absent: digests only tell that it is
        what somebody wrote.
        """
        try:
            file = _OpenFile(path, "rb")
        except OSError:
            return None
        try:
            if _is_trusted(file, path):
                return cls(file)
        except (OSError, Damaged):
            pass
        file.close()
        return None

    def names(self) -> list[str]:
        """Return the names, each once."""
        return list(dict.fromkeys(self._names))

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the size in bytes of every piece."""
        return zip(self._names, self._lengths, strict=True)

    def digest(self, name: str) -> bytes:
        """Return what tells the pieces of a name from others; empty when there are none."""
        first, end = self._span(name)
        return self._digests[first * _DIGEST : end * _DIGEST]

    def pieces(self, name: str) -> list[bytes]:
        """Return the pieces of a name, in the order of writing; raise Damaged when one is not whole."""
        found = []
        for number in range(*self._span(name)):
            content = self._bytes(self._starts[number], self._lengths[number])
            if _digest(content) != self._digests[number * _DIGEST : (number + 1) * _DIGEST]:
                raise Damaged
            found.append(content)
        return found

    def _span(self, name: str) -> tuple[int, int]:
        names = self._names
        first = end = bisect_left(names, name)
        while end < len(names) and names[end] == name:
            end += 1
        return first, end

    def _bytes(self, start: int, length: int) -> bytes:
        try:
            with self._reading:
                self._file.seek(start)
                content = self._file.read(length)
        except (OSError, OverflowError) as error:
            raise Damaged from error
        if content is None or len(content) != length:
            raise Damaged
        return content


class _OpenFile(io.FileIO):
    """A file that stays open as long as somebody has it, and is closed without a warning."""

    def __del__(self) -> None:
        self.close()


def private_name(path: str) -> str:
    """Return a name beside a path that nobody else uses."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f"incoming-{os.getpid()}-{os.urandom(6).hex()}-{name}")


def _is_trusted(file: io.FileIO, path: str) -> bool:
    if not hasattr(os, "geteuid"):
        return True
    folder = os.path.dirname(path) or os.curdir
    return os.fstat(file.fileno()).st_uid in (0, os.geteuid(), os.stat(folder).st_uid)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:_DIGEST]


def _numbers(content: bytes) -> array[int]:
    numbers = array("Q")
    try:
        numbers.frombytes(content)
    except ValueError as error:
        raise Damaged from error
    return numbers
