"""Reads the plain match specs, which nearly all dependencies are: `name`, `name version` and `name version build`.

Whatever is not plain, or not right, is left to the full grammar, which also finds the words for what is wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache

from conda_kernel.model.match_spec_fields import LONGEST_NAME, NAME
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.version_spec import plain_version_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from conda_kernel.model.version_spec import VersionSpec

_BUILD: Final = r"[A-Za-z0-9_.+*-]+"


def read_plain(text: str) -> tuple[str, VersionSpec | None, Pattern | None] | None:
    """Return name, version and build of a plain match spec that names no archive; None for any other text."""
    name, _, rest = text.partition(" ")
    if not (name.isalnum() and name.islower() and name.isascii() and len(name) <= LONGEST_NAME) and not _is_name(name):
        return None
    if not rest:
        return (name, None, None) if name == text else None
    word, blank, last = rest.partition(" ")
    version = None
    if word != "*":
        version = plain_version_spec(word)
        if version is None:
            return None
    if not blank:
        return name, version, None
    build = _build(last)
    if build is None or word == "if":
        return None
    return name, version, None if last == "*" else build


@lru_cache(maxsize=1 << 13)
def _is_name(word: str) -> bool:
    return len(word) <= LONGEST_NAME and re.fullmatch(NAME, word) is not None


@lru_cache(maxsize=1 << 12)
def _build(word: str) -> Pattern | None:
    return Pattern.parse(word) if re.fullmatch(_BUILD, word) else None
