"""A file of named pieces that is whole or is not there.

It is written under another name and never changed. The pieces come first, then the leaves of a directory, each with the
names of a hundred pieces or so and where they are, then its root, which says where the leaves are, then the end: where
the root is, and the kind of file. Opening one reads the root, and looking for a name a leaf: neither costs more where
there are more names.

Every part has a checksum against damage, with the part that leads to it. A name may have several pieces. Whoever has
the file open reads on when it is replaced.
"""

from __future__ import annotations

import io
import os
import struct
import sys
import threading
from binascii import crc32
from bisect import bisect_left, bisect_right

from conda_channels.columns import Columns
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAGIC = b"conda pack 3" + sys.byteorder[:1].encode()
END = struct.Struct("<QQI13s7x")
DIGEST = 32
ROW = struct.Struct(f"<QQI{DIGEST}s")
"""Of a piece: start, length, checksum, digest."""

BUFFER = 1 << 17
"""Bytes that are written together where a pack is made: the pieces are small, and many."""

_LARGEST_DIRECTORY = 1 << 28

_AHEAD = 1 << 16
"""Bytes that are read together where pieces are copied: mostly the next one lies behind."""


class Damaged(Exception):
    """A part is not what its checksum says."""


class Leaf(NamedTuple):
    """Names, sorted, and a row for each."""

    names: list[str]
    rows: bytes


class Pack:
    """A pack that is open for reading, from any thread."""

    def __init__(self, file: BinaryIO | io.FileIO) -> None:
        """Read the root; raise OSError, and Damaged for what is no whole pack."""
        self._file = file
        self._reading = threading.Lock()
        size = file.seek(0, os.SEEK_END)
        if size < END.size:
            raise Damaged
        start, length, checksum, magic = END.unpack(self._bytes(size - END.size, END.size))
        if magic != MAGIC or start + length + END.size != size or length > _LARGEST_DIRECTORY:
            raise Damaged
        try:
            root = Columns(self._checked(start, length, checksum))
            self.about = root.octets(0)
            self._firsts = root.texts(1)
            self._places = list(zip(root.numbers(2), root.numbers(3), root.numbers(4), strict=True))
        except ValueError as error:
            raise Damaged from error
        if len(self._firsts) != len(self._places):
            raise Damaged
        self._leaves: dict[int, Leaf] = {}
        self._end = start
        self._held = 0, b""

    @classmethod
    def at(cls, path: str) -> Pack | None:
        """Return the pack at a path, `None` when there is none that is whole.

        What neither this user wrote nor root nor the owner of the folder counts as absent: checksums only tell that it
        is what somebody wrote.
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
        """Return the names, each once; raise Damaged when one of the leaves is not whole."""
        return list(dict.fromkeys(name for number in range(len(self._places)) for name in self._leaf(number).names))

    def rows(self) -> Iterator[tuple[str, tuple[int, int, int, bytes]]]:
        """Yield the name and the row of every piece; raise Damaged."""
        for number in range(len(self._places)):
            names, rows = self._leaf(number)
            yield from zip(names, ROW.iter_unpack(rows), strict=True)

    def has(self, name: str, row: tuple[int, int, int, bytes]) -> bool:
        """Tell whether a piece of a name has this row; raise Damaged."""
        return row in self._rows(name)

    def unchecked(self, start: int, length: int) -> bytes:
        """Return the bytes of a piece, for a copy with the same checksum; raise Damaged when they are not there."""
        held_from, held = self._held
        first = start - held_from
        if first < 0 or first + length > len(held):
            held = self._bytes(start, max(length, min(_AHEAD, self._end - start)))
            self._held, first = (start, held), 0
        return held[first : first + length]

    def digests(self) -> Iterator[bytes]:
        """Yield the digest of every piece; raise Damaged."""
        for number in range(len(self._places)):
            yield from (row[3] for row in ROW.iter_unpack(self._leaf(number).rows))

    def digest(self, name: str) -> bytes:
        """Return what tells the pieces of a name from others, empty when there are none; raise Damaged."""
        return b"".join([digest for _, _, _, digest in self._rows(name)])

    def pieces(self, name: str) -> list[bytes]:
        """Return the pieces of a name, in the order of writing; raise Damaged when one is not whole."""
        return [self._checked(start, length, checksum) for start, length, checksum, _ in self._rows(name)]

    def piece(self, name: str, digest: bytes) -> bytes | None:
        """Return a piece of a name by its digest, `None` when there is none; raise Damaged when it is not whole."""
        for start, length, checksum, found in self._rows(name):
            if found == digest:
                return self._checked(start, length, checksum) if length else b""
        return None

    def _rows(self, name: str) -> list[tuple[int, int, int, bytes]]:
        number = bisect_right(self._firsts, name) - 1
        if number < 0:
            return []
        names, rows = self._leaf(number)
        first = end = bisect_left(names, name)
        while end < len(names) and names[end] == name:
            end += 1
        return [ROW.unpack_from(rows, place * ROW.size) for place in range(first, end)]

    def _leaf(self, number: int) -> Leaf:
        leaf = self._leaves.get(number)
        if leaf is None:
            try:
                content = Columns(self._checked(*self._places[number]))
                leaf = Leaf(content.texts(0), content.octets(1))
            except ValueError as error:
                raise Damaged from error
            if len(leaf.names) * ROW.size != len(leaf.rows):
                raise Damaged
            self._leaves[number] = leaf
        return leaf

    def _checked(self, start: int, length: int, checksum: int) -> bytes:
        content = self._bytes(start, length)
        if crc32(content) != checksum:
            raise Damaged
        return content

    def _bytes(self, start: int, length: int) -> bytes:
        try:
            with self._reading:
                self._file.seek(start)
                content = self._file.read(length)
        except (OSError, OverflowError, ValueError) as error:
            raise Damaged from error
        if content is None or len(content) != length:
            raise Damaged
        return content


class _OpenFile(io.FileIO):
    """A file that stays open as long as somebody has it, and is closed without a warning."""

    def __del__(self) -> None:
        self.close()


def _is_trusted(file: io.FileIO, path: str) -> bool:
    if not hasattr(os, "geteuid"):
        return True
    folder = os.path.dirname(path) or os.curdir
    return os.fstat(file.fileno()).st_uid in (0, os.geteuid(), os.stat(folder).st_uid)
