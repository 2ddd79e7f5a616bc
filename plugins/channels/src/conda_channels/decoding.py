"""Decodes the entries of a name in JSON or msgpack, with a library that is quick once it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Content = TypeVar("Content")
Value = TypeVar("Value")


class Entries(msgspec.Struct):
    """The entries of a document, decoded; the keys of maps are file names, in `v3` the suffix and the stem."""

    old: dict[str, dict[str, Any]] | None = msgspec.field(default=None, name="packages")
    new: dict[str, dict[str, Any]] | None = msgspec.field(default=None, name="packages.conda")
    v3: dict[str, dict[str, dict[str, Any]]] | None = None
    removed: list[str] | None = None


class RawEntries(msgspec.Struct):
    """The entries of a document of which some cannot be decoded."""

    old: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="packages")
    new: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="packages.conda")
    v3: dict[str, dict[str, msgspec.Raw]] | None = None
    removed: list[str] | None = None


class Decoder:
    """Decodes one of the two notations; a document with odd entries is decoded entry by entry."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - the modules `msgspec.json` and `msgspec.msgpack` share no type
        self._entries: Callable[[bytes], Entries] = library.Decoder(Entries).decode
        self._raw_entries: Callable[[bytes], RawEntries] = library.Decoder(RawEntries).decode
        self._entry: Callable[[bytes | msgspec.Raw], object] = library.Decoder().decode

    def document(self, content: bytes) -> Entries | RawEntries:
        """Return the entries; raise ValueError or RecursionError for what is no document."""
        try:
            return self._entries(content)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return _decoded(self._raw_entries, content)

    def entry(self, raw: msgspec.Raw) -> object:
        """Return an entry that was not decoded; raise as above."""
        return _decoded(self._entry, raw)


def _decoded(decode: Callable[[Content], Value], content: Content) -> Value:
    try:
        return decode(content)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


JSON, MSGPACK = Decoder(msgspec.json), Decoder(msgspec.msgpack)
