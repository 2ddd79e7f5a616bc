"""Holds the records of a name so that a match spec is evaluated once for each distinct version, build and number."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeVar

from conda_kernel.model.errors import InvalidVersion
from conda_kernel.model.match_spec_matching import place_and_content_match
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.match_spec_matching import Matchable
    from conda_kernel.model.version_spec import VersionSpec

_Value = TypeVar("_Value")


class Candidates:
    """Records that match specs are asked about again and again; sets of them are numbers, bit i for the i-th record.

    The versions are sorted, and for each it is known which records are not below it: a version spec, which is a list of
    the keys where acceptance begins and ends, takes one binary search for each of them.
    """

    __slots__ = ("_all", "_builds", "_keys", "_names", "_not_below", "_numbers", "_versions", "records")

    records: tuple[Matchable, ...]

    def __init__(self, records: Iterable[Matchable]) -> None:
        self.records = tuple(records)
        self._all = (1 << len(self.records)) - 1
        self._names: dict[str, int] = {}
        self._builds: dict[str, int] = {}
        self._numbers: dict[int, int] = {}
        self._versions: dict[str, int] = {}
        for index, record in enumerate(self.records):
            bit = 1 << index
            self._names[record.name] = self._names.get(record.name, 0) | bit
            self._builds[record.build.lower()] = self._builds.get(record.build.lower(), 0) | bit
            self._numbers[record.build_number] = self._numbers.get(record.build_number, 0) | bit
            self._versions[record.version] = self._versions.get(record.version, 0) | bit
        self._keys, self._not_below = _by_key(self._versions)

    def matching(self, spec: MatchSpec) -> int:
        """Return the records that the spec selects: those for which `spec.matches(record)` holds."""
        mask = self._all if spec.version is None else self._of_version(spec.version)
        for name, holders in self._names.items():
            if name != spec.name and not spec.matches_name(name):
                mask &= ~holders
        if spec.build is not None:
            if spec.build.is_exact:
                mask &= self._builds.get(str(spec.build).lower(), 0)
            else:
                mask = _kept(mask, self._builds, spec.build.matches)
        if spec.build_number is not None:
            mask = _kept(mask, self._numbers, spec.build_number.matches)
        return mask if spec.is_plain else self._of_place(mask, spec)

    def _of_version(self, spec: VersionSpec) -> int:
        ranges = spec.ranges
        if ranges is None:
            return _kept(self._not_below[0], self._versions, lambda text: spec.matches(Version.parse(text)))
        mask = 0
        for key in ranges:
            mask ^= self._not_below[bisect_left(self._keys, key)]
        return mask

    def _of_place(self, mask: int, spec: MatchSpec) -> int:
        found = 0
        while mask:
            bit = mask & -mask
            mask ^= bit
            if place_and_content_match(spec.fields, self.records[bit.bit_length() - 1]):
                found |= bit
        return found


def _by_key(versions: dict[str, int]) -> tuple[list[str], list[int]]:
    """Return the keys of the versions, sorted, and the records not below each, none at the end; no version, no key."""
    by_key: dict[str, int] = {}
    for text, holders in versions.items():
        try:
            key = Version.parse(text).key
        except InvalidVersion:
            continue
        by_key[key] = by_key.get(key, 0) | holders
    keys = sorted(by_key)
    not_below = [0]
    for key in reversed(keys):
        not_below.append(not_below[-1] | by_key[key])
    return keys, not_below[::-1]


def _kept(mask: int, groups: dict[_Value, int], accepts: Callable[[_Value], bool]) -> int:
    """Return the records of the mask whose group is accepted; groups without any of them are not asked about."""
    for value, holders in groups.items():
        if mask & holders and not accepts(value):
            mask &= ~holders
    return mask
