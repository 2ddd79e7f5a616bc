"""Decodes the entries of a name in JSON with the standard library: to load another takes as long as to read 1500."""

from __future__ import annotations

import json

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAPS = {"packages", "packages.conda"}


class Odd(Exception):
    """A document has something that another decoder has to look at."""


class PlainDocument(NamedTuple):
    """A document that has nothing but entries, each of them a map."""

    old: dict[str, Any] | None
    new: dict[str, Any] | None
    v3: None = None
    removed: None = None


class PlainJson:
    """Decodes documents that have nothing but entries, each of them a map."""

    def document(self, content: bytes) -> PlainDocument:
        """Return what a document holds; raise Odd for another one."""
        found = _value(content)
        if type(found) is not dict or not found.keys() <= _MAPS:
            raise Odd
        return PlainDocument(_entries(found.get("packages")), _entries(found.get("packages.conda")))

    def entry(self, raw: Any) -> object:  # noqa: ANN401 - there is none
        """Raise Odd: all entries of a document are decoded with it."""
        raise Odd


def _value(content: bytes) -> object:
    # What is escaped may be half a character.
    if b"\\u" in content:
        raise Odd
    try:
        return _decode(str(content, "utf-8"))
    except (ValueError, RecursionError) as error:
        raise Odd from error


def _entries(found: object) -> dict[str, Any] | None:
    if found is None:
        return None
    if type(found) is not dict or set(map(type, found.values())) - {dict}:
        raise Odd
    return found


def _refuse(_: str) -> object:
    raise Odd


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).decode
