"""Reads the plain version specs, which nearly all dependencies have: one condition, or a lower and an upper bound.

Whatever is not plain, or not right, is left to the full grammar, which also finds the words for what is wrong.
"""

from __future__ import annotations

from conda_kernel.model.errors import InvalidVersion
from conda_kernel.model.version import Version
from conda_kernel.model.version_clause import ranges_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.version_clause import Ranges


def read_plain(text: str) -> tuple[str, Ranges] | None:
    """Return the canonical text of a plain version spec, and where it accepts; None for any other text."""
    try:
        if text.startswith(">="):
            return _from(text)
        if text[:1].isalnum():
            if text.endswith(".*"):
                return text, _version(text[:-2]).prefix_range()
            return f"=={text}", ranges_of("==", _version(text))
        operator = text[:2] if text[1:2] == "=" else text[:1]
        if operator in ("==", "<", "<=", ">", "!="):
            return text, ranges_of(operator, _version(text[len(operator) :]))
    except InvalidVersion:
        pass
    return None


def _from(text: str) -> tuple[str, Ranges] | None:
    """Read `>=1`, or `>=1,<2`; raise InvalidVersion for more commas and for other operators after the first."""
    literal, comma, bound = text.partition(",")
    low = _version(literal[2:]).key
    if not comma:
        return text, (low,)
    if not bound.startswith("<"):
        return None
    high = _version(bound[1:]).key
    return text, (low, high) if low < high else ()


def _version(literal: str) -> Version:
    """Return the version; raise InvalidVersion for what is none or has blanks around it."""
    version = Version.parse(literal)
    if version.text != literal:
        raise InvalidVersion(literal)
    return version
