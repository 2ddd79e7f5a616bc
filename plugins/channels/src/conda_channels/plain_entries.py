"""Decodes the entries of a name as they mostly are.

To load what reads many of them quickly takes as long as to read some hundreds.
"""

from __future__ import annotations

import json

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MEMBERS = {"packages", "packages.conda", "removed"}


class Odd(Exception):
    """A document has something that another decoder has to look at."""


class PlainDocument(NamedTuple):
    """A document that has nothing but entries, each of them a map, and the files that no longer count."""

    old: dict[str, Any] | None
    new: dict[str, Any] | None
    removed: list[str] | None
    v3: None = None


class PlainCodec:
    """Decodes such documents, with a function that raises ValueError or RecursionError for what it cannot decode."""

    def __init__(self, decode: Callable[[bytes], object]) -> None:
        self._decode = decode

    def document(self, content: bytes) -> PlainDocument:
        """Return what a document holds; raise Odd for another one."""
        try:
            found = self._decode(content)
        except (ValueError, RecursionError) as error:
            raise Odd from error
        if type(found) is not dict or not found.keys() <= _MEMBERS:
            raise Odd
        return PlainDocument(
            _entries(found.get("packages")), _entries(found.get("packages.conda")), _texts(found.get("removed"))
        )

    def entry(self, raw: Any) -> object:  # noqa: ANN401 - there is none
        """Raise Odd: all entries of a document are decoded with it."""
        raise Odd


def plain_json_value(content: bytes) -> object:
    """Return what JSON stands for; raise ValueError or RecursionError for what may be read in another way elsewhere."""
    if b"\\u" in content:
        raise ValueError("what is escaped may be half a character")
    return _decode(str(content, "utf-8"))


def _entries(found: object) -> dict[str, Any] | None:
    if found is None:
        return None
    if type(found) is not dict or set(map(type, found.values())) - {dict} or set(map(type, found)) - {str}:
        raise Odd
    return found


def _texts(found: object) -> list[str] | None:
    if found is None:
        return None
    if type(found) is not list or set(map(type, found)) - {str}:
        raise Odd
    return found


def _refuse(_: str) -> object:
    raise ValueError("there is a number that is not whole")


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).decode
