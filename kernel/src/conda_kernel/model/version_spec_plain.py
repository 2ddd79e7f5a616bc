"""Reads the plain version specs, which nearly all dependencies have: conditions without patterns, joined with commas.

Whatever is not plain, or not right, is left to the full grammar, which also finds the words for what is wrong.
"""

from __future__ import annotations

from conda_kernel.model.errors import InvalidVersion
from conda_kernel.model.version import Version
from conda_kernel.model.version_clause import covered, ranges_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from conda_kernel.model.version_clause import Ranges

_OPERATORS: Final = ("==", "!=", "<=", ">=", "<", ">", "=")
_STARRED: Final = {"==": "=", "!=": "!=*"}


def read_plain(text: str) -> tuple[str, Ranges] | None:
    """Return the canonical text of a plain version spec, and where it accepts; None for any other text."""
    try:
        return (text, _all_of(text)) if "," in text else _one(text)
    except InvalidVersion:
        return None


def _all_of(text: str) -> Ranges:
    first, _, rest = text.partition(",")
    if first.startswith(">=") and rest.startswith("<") and rest[1:2].isalnum() and "*" not in text:
        # Most are so. A further comma is no part of a version.
        low, high = _version(first[2:]).key, _version(rest[1:]).key
        return (low, high) if low < high else ()
    parts = [_one(part)[1] for part in text.split(",")]
    return covered(parts, len(parts))


def _one(text: str) -> tuple[str, Ranges]:
    """Read one condition; raise InvalidVersion for what is none, and for patterns."""
    operator = "==" if text[:1].isalnum() else text[:2] if text[1:2] == "=" else text[:1]
    literal = text if text[:1].isalnum() else text[len(operator) :]
    if operator not in _OPERATORS:
        raise InvalidVersion(text)
    if literal.endswith("*"):
        literal = literal[:-1].removesuffix(".")
        operator = _STARRED.get(operator, operator)
    ranges = ranges_of(operator, _version(literal))
    if operator == "=":
        return f"{literal}.*", ranges
    return f"!={literal}.*" if operator == "!=*" else f"{operator}{literal}", ranges


def _version(literal: str) -> Version:
    """Return the version; raise InvalidVersion for what is none or has blanks around it."""
    version = Version.parse(literal)
    if version.text != literal:
        raise InvalidVersion(literal)
    return version
