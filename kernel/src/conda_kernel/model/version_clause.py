"""The conditions that a version spec is made of, compiled to ranges of the order of versions."""

from __future__ import annotations

from bisect import bisect_right

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from conda_kernel.model.pattern import Pattern
    from conda_kernel.model.version import Version

EVERYTHING: Final = ("",)
"""The ranges of a condition that accepts any version."""

Ranges = tuple[str, ...]
"""Sorted keys; versions from an even place up to the next key are accepted, those from an odd place on are not."""


class Clause(NamedTuple):
    """One condition on a version.

    `operator` is `==`, `!=`, `<`, `<=`, `>`, `>=`, `~=`, `=` (starts with), `!=*` (does not start with), `*`
    (anything), or `glob`, `!glob` and `regex`, which look at the text. `literal` is the version or pattern.
    """

    text: str
    operator: str
    literal: str
    ranges: Ranges | None
    pattern: Pattern | None = None

    def matches(self, version: Version) -> bool:
        """Tell whether the clause accepts the version."""
        if self.pattern is None:
            return bool(bisect_right(self.ranges or (), version.key) & 1)
        return self.pattern.matches(version.text) is not (self.operator == "!glob")


class Group(NamedTuple):
    """Conditions of which all (`,`) or any (`|`) must hold."""

    joint: str
    parts: tuple[Node, ...]
    ranges: Ranges | None

    def matches(self, version: Version) -> bool:
        """Tell whether the group accepts the version."""
        if self.ranges is not None:
            return bool(bisect_right(self.ranges, version.key) & 1)
        return (all if self.joint == "," else any)(part.matches(version) for part in self.parts)


Node = Clause | Group


def joined(joint: str, parts: list[Node]) -> Node:
    """Join conditions; groups with the same joint are merged into one."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Group) and part.joint == joint else [part])
    ranges = [part.ranges for part in parts if part.ranges is not None]
    complete = len(ranges) == len(parts)
    return Group(joint, tuple(flat), covered(ranges, len(parts) if joint == "," else 1) if complete else None)


def covered(ranges: list[Ranges], wanted: int) -> Ranges:
    """Return where at least so many of the ranges accept."""
    changes = sorted((key, -1 if index % 2 else 1) for one in ranges for index, key in enumerate(one))
    result: list[str] = []
    count = 0
    for index, (key, change) in enumerate(changes):
        count += change
        last_at_this_key = index + 1 == len(changes) or changes[index + 1][0] != key
        if last_at_this_key and (count >= wanted) is not bool(len(result) % 2):
            result.append(key)
    return tuple(result)


def ranges_of(operator: str, version: Version) -> Ranges:
    """Return where the operator accepts; a key and a zero character is the first text past the key."""
    key = version.key
    match operator:
        case "==":
            return key, key + "\0"
        case "!=":
            return "", key, key + "\0"
        case "<":
            return "", key
        case "<=":
            return "", key + "\0"
        case ">":
            return (key + "\0",)
        case ">=":
            return (key,)
        case "=":
            return version.prefix_range()
        case "!=*":
            return "", *version.prefix_range()
        case _:
            return version.compatible_range()
