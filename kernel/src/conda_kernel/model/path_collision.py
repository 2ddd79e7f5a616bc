"""Finds paths that are one file where neither case nor Unicode form counts."""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def colliding_paths(paths: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two different paths that are one file, in the order given, or none."""
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(folded_path(path), path)
        if other != path:
            return other, path
    return None


def folded_path(path: str) -> str:
    """Return the key under which a file system that ignores case and Unicode form holds the path."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
