"""Writes packs."""

from __future__ import annotations

from binascii import crc32

from conda_channels.columns import written
from conda_channels.pack import DIGEST, END, MAGIC, ROW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

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
        """Write a piece; the digest has 32 octets, which `Pack.digest` gives back."""
        self.copy(name, content, crc32(content), digest)

    def copy(self, name: str, content: bytes, checksum: int, digest: bytes) -> None:
        """Write a piece whose checksum is known."""
        self._pieces.append((name, len(self._pieces), ROW.pack(self._position, len(content), checksum, digest)))
        self._write(content)

    def finish(self, about: bytes) -> None:
        """Write the directory; `about` is for whoever opens the pack."""
        self._pieces.sort()
        self._finish(about, _leaves(self._pieces))

    def finish_with_digests(self, names: list[str], digests: list[bytes], about: bytes) -> None:
        """Write the directory of a pack that has nothing but a digest for each name; they are sorted, and thousands."""
        before = ROW.pack(self._position, 0, crc32(b""), NO_DIGEST)[:-DIGEST]
        leaves = (slice(start, start + LEAF) for start in range(0, len(names), LEAF))
        self._finish(about, ((names[leaf], before + before.join(digests[leaf])) for leaf in leaves))

    def _finish(self, about: bytes, leaves: Iterator[tuple[list[str], bytes]]) -> None:
        firsts, starts, lengths, checksums = [], [], [], []
        for names, rows in leaves:
            leaf = written(names, rows)
            firsts.append(names[0])
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


def _leaves(pieces: list[_Piece]) -> Iterator[tuple[list[str], bytes]]:
    """Yield runs of names with their rows; those of one name are in one."""
    start = 0
    while start < len(pieces):
        end = min(start + LEAF, len(pieces))
        while end < len(pieces) and pieces[end][0] == pieces[end - 1][0]:
            end += 1
        run = pieces[start:end]
        yield [piece[0] for piece in run], b"".join([piece[2] for piece in run])
        start = end
