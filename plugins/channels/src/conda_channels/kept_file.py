"""A file that keeps for the next command what was found out about names."""

from __future__ import annotations

import os

from conda_channels.cache import discard, private_name, stamp
from conda_channels.pack import Damaged, Pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conda_channels.pack_writer import PackWriter

_MONTH = 30 * 86_400

MOST_BYTES = 1 << 26
"""How much is taken over from an earlier file when a new one is written."""


class KeptFile:
    """What is kept at `path`; where that cannot be read or written, nothing is kept, and nothing goes wrong.

    `kind` says what it is, with the number of its format: a file of another kind counts as absent.
    """

    def __init__(self, path: str, kind: str) -> None:
        self._path = path
        self._kind = kind.encode()
        self._pack = self._current()

    def content(self, name: str) -> bytes | None:
        """Return what is kept of a name; `None` when there is nothing, or it is damaged."""
        try:
            return next(iter(self._pack.pieces(name)), None) if self._pack is not None else None
        except Damaged:
            return None

    def state(self) -> str:
        """Return what changes when anything is kept or removed."""
        return stamp(self._path)

    def save(self, contents: Mapping[str, bytes], is_wanted: Callable[[str], bool]) -> None:
        """Keep these as well; of what is kept already, go on keeping what is wanted.

        Of two processes that save at once one does so in vain.
        """
        from conda_channels.pack_writer import PackWriter  # noqa: PLC0415 - most commands save nothing

        private = private_name(self._path)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(private, "xb") as file:
                writer = PackWriter(file)
                for name, content in contents.items():
                    writer.add(name, content)
                self._take_over(writer, contents, is_wanted)
                writer.finish(self._kind)
            os.replace(private, self._path)
        except OSError:
            discard(private)
            return
        self._pack = self._current() or self._pack

    def drop_others(self, now: float) -> None:
        """Remove the files beside this one that nobody has written for a month; `now` is in seconds since 1970."""
        folder, own = os.path.split(self._path)
        try:
            with os.scandir(folder) as entries:
                old = [entry.path for entry in entries if now - entry.stat().st_mtime > _MONTH and entry.name != own]
        except OSError:
            return
        for path in old:
            discard(path)

    def _current(self) -> Pack | None:
        found = Pack.at(self._path)
        return found if found is not None and found.about == self._kind else None

    def _take_over(self, writer: PackWriter, but: Mapping[str, bytes], is_wanted: Callable[[str], bool]) -> None:
        room = MOST_BYTES
        current = self._current()
        if current is None:
            return
        try:
            for name, (start, size, checksum, digest) in current.rows():
                if name not in but and size <= room and is_wanted(name):
                    writer.copy(name, current.unchecked(start, size), checksum, digest)
                    room -= size
        except Damaged:
            return
