"""The file that keeps what was made ready, for the next command."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conda_channels.cache import discard
from conda_channels.pack import Damaged, Pack, PackWriter, private_name
from conda_channels.ready import FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ABOUT = f"ready {FORMAT}".encode()

MOST_BYTES = 1 << 26
"""How much is taken over from an earlier file when a new one is written."""


class ReadyFile:
    """What is kept at `path`; where that cannot be read or written, nothing is kept, and nothing goes wrong."""

    def __init__(self, path: str) -> None:
        self._path = path
        found = Pack.at(path)
        self._pack = found if found is not None and found.about == _ABOUT else None

    def content(self, name: str) -> bytes | None:
        """Return what is kept of a name; `None` when there is nothing, or it is damaged."""
        if self._pack is None:
            return None
        try:
            return next(iter(self._pack.pieces(name)), None)
        except Damaged:
            return None

    def save(self, contents: Mapping[str, bytes], is_wanted: Callable[[str], bool]) -> None:
        """Keep these as well; of what is kept already, go on keeping what is wanted.

        Of two processes that save at once one does so in vain.
        """
        private = private_name(self._path)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(private, "xb") as file:
                writer = PackWriter(file)
                for name, content in contents.items():
                    writer.add(name, content)
                self._take_over(writer, contents, is_wanted)
                writer.finish(_ABOUT)
            os.replace(private, self._path)
        except OSError:
            discard(private)
            return
        self._pack = Pack.at(self._path) or self._pack

    def _take_over(self, writer: PackWriter, but: Mapping[str, bytes], is_wanted: Callable[[str], bool]) -> None:
        room = MOST_BYTES
        current = Pack.at(self._path)
        if current is None or current.about != _ABOUT:
            return
        for name, size in current.sizes():
            if name in but or not is_wanted(name) or size > room:
                continue
            content = self._whole(current, name)
            if content is not None:
                writer.add(name, content)
                room -= size

    def _whole(self, pack: Pack, name: str) -> bytes | None:
        try:
            return next(iter(pack.pieces(name)), None)
        except Damaged:
            return None
