"""Reads the plain match specs, which nearly all are: `name`, `name version`, `name version build`, and `name=version`.

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

_OPERATORS: Final = "=<>!~"
_JOINTS: Final = ",|("
_BUILD: Final = r"[A-Za-z0-9_.+*-]+"


def read_plain(text: str) -> tuple[str, VersionSpec | None, Pattern | None] | None:
    """Return name, version and build of a plain match spec that names no archive; None for any other text."""
    name, blank, rest = text.partition(" ")
    if not blank and not name.isalnum():
        end = min((place for place in map(text.find, _OPERATORS) if place >= 0), default=len(text))
        name, rest = text[:end], text[end:]
    if not (name.isalnum() and name.islower() and name.isascii() and len(name) <= LONGEST_NAME) and not _is_name(name):
        return None
    if not rest:
        return (name, None, None) if name == text else None
    word, mark, last = _words(rest)
    version = None
    if word != "*":
        version = plain_version_spec(word)
        if version is None:
            return None
    if not mark:
        return name, version, None
    build = _build(last)
    if build is None or word == "if":
        return None
    return name, version, None if last == "*" else build


def _words(rest: str) -> tuple[str, str, str]:
    """Return version, what stands before the build, and the build; the latter two are empty where there is none."""
    word, mark, last = rest.partition(" ")
    if not mark:
        before, equals, after = word.rpartition("=")
        if not before or before[-1] in _OPERATORS + _JOINTS:
            return word, "", ""
        word, mark, last = before, equals, after
    if word[:1] == "=" and word[1:2].isalnum() and "*" not in word and "," not in word:
        # Before a build it is one version.
        word = word[1:]
    return word, mark, last


@lru_cache(maxsize=1 << 13)
def _is_name(word: str) -> bool:
    return len(word) <= LONGEST_NAME and re.fullmatch(NAME, word) is not None


@lru_cache(maxsize=1 << 12)
def _build(word: str) -> Pattern | None:
    return Pattern.parse(word) if re.fullmatch(_BUILD, word) else None
