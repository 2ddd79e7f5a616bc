"""The names that the packages of a name can need, without reading more of them than that.

Ten times as many names are looked through as a solver asks about: this takes a tenth of the time of reading records.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from conda_channels.package_names import VIRTUAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_channels.checks import Checks

_PLAIN = re.compile(r"([a-z0-9_.-]+)(?: [^\[\];:#()]*)?")


class Entry(msgspec.Struct, gc=False):
    """What a package depends on; nothing where it does not say."""

    depends: msgspec.Raw = msgspec.Raw(b"")


class Document(msgspec.Struct):
    """The entries of a name as far as they tell what they need; revision 3 has more ways to do so."""

    old: dict[str, Entry] | None = msgspec.field(default=None, name="packages")
    new: dict[str, Entry] | None = msgspec.field(default=None, name="packages.conda")
    v3: msgspec.Raw | None = None


class NeedsReader:
    """Reads documents in JSON or in msgpack; what requirements say is found out once for each."""

    def __init__(self, checks: Checks, *, is_json: bool) -> None:
        library = msgspec.json if is_json else msgspec.msgpack
        self._decode = library.Decoder(Document).decode
        self._list = library.Decoder(tuple[str, ...]).decode
        self._checks = checks
        self._names: dict[str, tuple[str, ...]] = {}

    def needs(self, contents: Iterable[bytes]) -> tuple[str, ...] | None:
        """Return all names that any of the packages needs, sorted; `None` where only reading all of it can tell.

        There may be more than those that candidates need.
        """
        # From build to build lists come again: each is decoded once.
        packed: set[bytes] = set()
        try:
            for content in contents:
                document = self._decode(content)
                if document.v3 is not None:
                    return None
                packed.update(
                    bytes(entry.depends) for found in (document.old, document.new) if found for entry in found.values()
                )
            packed.discard(b"")
            texts = {text for each in packed for text in self._list(each)}
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None
        known = self._names
        known.update([(text, self._of(text)) for text in texts if text not in known])
        return tuple(sorted({name for text in texts for name in known[text]}))

    def _of(self, text: str) -> tuple[str, ...]:
        plain = _PLAIN.fullmatch(text)
        found = (plain[1],) if plain is not None else self._checks.names(text)
        return tuple([name for name in found if not name.startswith(VIRTUAL)])
