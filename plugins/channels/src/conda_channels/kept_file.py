"""A file that keeps for the next command what was found out about names."""

from __future__ import annotations

import os

from conda_channels.cache import discard, private_name, stamp
from conda_channels.pack import BUFFER, DIGEST, Damaged, Pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from conda_channels.pack_writer import PackWriter

_MONTH = 30 * 86_400

SURE = b"\x01" * DIGEST
"""Stands where packs have digests, for what was found out from the state that the file is kept with."""

MOST_BYTES = 1 << 26
"""How much is taken over from an earlier file when a new one is written."""


class KeptFile:
    """What is kept at `path`; where that cannot be read or written, nothing is kept, and nothing goes wrong.

    `kind` says what it is, with the number of its format: a file of another kind counts as absent. What was found out
    from one state of something else is kept with that state, and marked: while the state is the same nobody has to ask
    whether it still holds.
    """

    def __init__(self, path: str, kind: str) -> None:
        self._path = path
        self._kind = kind.encode()
        self._is_open = False

    def is_there(self) -> bool:
        """Tell whether anything is kept."""
        return self._opened() is not None

    def content(self, name: str) -> bytes | None:
        """Return what is kept of a name; `None` when there is nothing, or it is damaged."""
        pack = self._opened()
        try:
            return next(iter(pack.pieces(name)), None) if pack is not None else None
        except Damaged:
            return None

    def sure(self, name: str, state: str) -> bytes | None:
        """Return what is kept of a name if it was found out from this state; `None` when that is not known."""
        pack = self._opened()
        if pack is None or self._held_for != state:
            return None
        try:
            return pack.piece(name, SURE)
        except Damaged:
            return None

    def state(self) -> str:
        """Return what changes when anything is kept or removed."""
        return stamp(self._path)

    def save(
        self,
        contents: Mapping[str, bytes],
        is_wanted: Callable[[str], bool],
        state: str = "",
        confirmed: Container[str] = (),
    ) -> None:
        """Keep these as well; of what is kept already, go on keeping what is wanted.

        All of these, and what is kept of the names that are confirmed, hold for the state, if there is one. What held
        for the same state already is wanted. Of two processes that save at once one does so in vain.
        """
        from conda_channels.pack_writer import NO_DIGEST, PackWriter  # noqa: PLC0415 - most commands save nothing

        private = private_name(self._path)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(private, "xb", buffering=BUFFER) as file:
                writer = PackWriter(file)
                for name, content in contents.items():
                    writer.add(name, content, SURE if state else NO_DIGEST)
                self._take_over(writer, contents, is_wanted, state, confirmed)
                writer.finish(self._about(state))
            os.replace(private, self._path)
        except OSError:
            discard(private)
            return
        self._open(self._current() or self._opened())

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
        return found if found is not None and (found.about + b"\n").startswith(self._kind + b"\n") else None

    def _opened(self) -> Pack | None:
        """Return the pack, which is opened when something is asked for the first time: often nothing is."""
        if not self._is_open:
            self._open(self._current())
        return self._pack

    def _open(self, pack: Pack | None) -> None:
        self._pack = pack
        about = pack.about[len(self._kind) + 1 :] if pack is not None else b""
        self._held_for = str(about, "utf-8", "surrogateescape")
        self._is_open = True

    def _about(self, state: str) -> bytes:
        return b"\n".join((self._kind, state.encode("utf-8", "surrogateescape"))) if state else self._kind

    def _take_over(
        self,
        writer: PackWriter,
        but: Mapping[str, bytes],
        is_wanted: Callable[[str], bool],
        state: str,
        confirmed: Container[str],
    ) -> None:
        from conda_channels.pack_writer import NO_DIGEST  # noqa: PLC0415 - as above

        room = MOST_BYTES
        current = self._current()
        if current is None:
            return
        is_same = bool(state) and current.about == self._about(state)
        try:
            for name, row in sorted(current.rows(), key=_start):
                start, size, checksum, digest = row
                if name in but or size > room:
                    continue
                is_sure = (is_same and digest == SURE) or (name in confirmed and self._has(name, row))
                if is_sure or is_wanted(name):
                    writer.copy(name, current.unchecked(start, size), checksum, SURE if is_sure else NO_DIGEST)
                    room -= size
        except Damaged:
            return

    def _has(self, name: str, row: tuple[int, int, int, bytes]) -> bool:
        """Tell whether a piece is the one that was read here, and not what another process has put in its place."""
        pack = self._opened()
        return pack is not None and pack.has(name, row)


def _start(piece: tuple[str, tuple[int, int, int, bytes]]) -> int:
    """Return where a piece begins."""
    return piece[1][0]
