"""What the pack of an earlier file has, for that of a new one: most names of a changed file are as they were."""

from __future__ import annotations

import json
from binascii import crc32

from conda_channels.flat_reading import unpacked_document
from conda_channels.pack import Damaged
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_channels.pack import Pack


class Carried(NamedTuple):
    """A piece of a pack as it is, for another one; `size` is that of the document in it."""

    name: str
    content: bytes
    checksum: int
    digest: bytes
    size: int


class Earlier:
    """The pieces of the pack of an earlier file, each to be asked for once."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._rows: dict[str, list[tuple[int, int, int, bytes]]] = {}
        try:
            for name, row in reversed([*pack.rows()]):
                self._rows.setdefault(name, []).append(row)
        except Damaged:
            pass

    def next_same(self, name: str, braces: tuple[bytes, bytes], text: bytes, start: int) -> tuple[Carried, int] | None:
        """Return the next piece of a name, if a text has its entries from a place on, and where they end there.

        They are whole entries with commas between them.
        """
        name = name.lower()
        rows = self._rows.get(name)
        if not rows:
            return None
        place, length, checksum, digest = rows.pop()
        try:
            content = self._pack.unchecked(place, length)
            document = content if content.startswith(b"{") else _unpacked(content, checksum)
        except Damaged:
            return None
        before, behind = braces
        entries = document[len(before) : -len(behind)]
        if not (text.startswith(entries, start) and document.startswith(before) and document.endswith(behind)):
            return None
        return Carried(name, content, checksum, digest, len(document)), start + len(entries)


def braces(path: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Return what stands before and behind the entries of a map in a document with nothing else; `path` leads to it."""
    return "".join(f"{{{json.dumps(key)}:" for key in path).encode() + b"{", b"}" * (len(path) + 1)


def _unpacked(content: bytes, checksum: int) -> bytes:
    if crc32(content) != checksum:
        raise Damaged
    return unpacked_document(content)
