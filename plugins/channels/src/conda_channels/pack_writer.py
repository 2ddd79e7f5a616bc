"""Writes packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO
from zlib import crc32

from conda_channels.columns import written
from conda_channels.pack import DIGEST, END, MAGIC, ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEAF = 128
"""Names in a leaf, at least, but for the last."""

NO_DIGEST = bytes(DIGEST)

_Piece = tuple[str, int, bytes]
"""The name, the number in the order of writing, the row."""


class PackWriter:
    """Writes a pack to an open, empty file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self._pieces: list[_Piece] = []

    def add(self, name: str, content: bytes, digest: bytes = NO_DIGEST) -> None:
        """Write a piece; the name has no line break, and the digest 32 octets, which `Pack.digest` gives back."""
        row = ROW.pack(self._position, len(content), crc32(content), digest)
        self._pieces.append((name, len(self._pieces), row))
        self._write(content)

    def add_digests(self, digests: Mapping[str, bytes]) -> None:
        """Write pieces that have nothing but a digest; there may be tens of thousands."""
        before = ROW.pack(self._position, 0, crc32(b""), NO_DIGEST)[:-DIGEST]
        numbered = enumerate(digests.items(), len(self._pieces))
        self._pieces += [(name, number, before + digest) for number, (name, digest) in numbered]

    def finish(self, about: bytes) -> None:
        """Write the directory; `about` is for whoever opens the pack."""
        self._pieces.sort()
        firsts, starts, lengths, checksums = [], [], [], []
        for pieces in _leaves(self._pieces):
            leaf = written([piece[0] for piece in pieces], b"".join([piece[2] for piece in pieces]))
            firsts.append(pieces[0][0])
            starts.append(self._position)
            lengths.append(len(leaf))
            checksums.append(crc32(leaf))
            self._write(leaf)
        root = written(about, firsts, starts, lengths, checksums)
        self._file.write(root)
        self._file.write(END.pack(self._position, len(root), crc32(root), MAGIC))
        self._file.flush()

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._position += len(content)


def _leaves(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Yield runs of pieces; those of one name are in one."""
    start = 0
    while start < len(pieces):
        end = min(start + LEAF, len(pieces))
        while end < len(pieces) and pieces[end][0] == pieces[end - 1][0]:
            end += 1
        yield pieces[start:end]
        start = end
