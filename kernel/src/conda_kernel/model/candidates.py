"""The records of a name: their order, and sets of them, each match spec evaluated once for what it looks at."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby

from conda_kernel.model.alike import single_bits
from conda_kernel.model.errors import InvalidVersion, ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import ChannelPriority, Rejected
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    from conda_kernel.model.match_spec_matching import Matchable
    from conda_kernel.model.package import PackageRecord
    from conda_kernel.model.pattern import Pattern
    from conda_kernel.model.version_spec import VersionSpec

    _Value = TypeVar("_Value")

_OLD_SUFFIX = ".tar.bz2"

STRICT_PRIORITY = "strict channel priority: a channel before it has the name"
"""The reason against a record that only strict channel priority hides."""


class Ordered(NamedTuple):
    """The records of a name, as `best_first` orders them; those that are no candidates are in `rejected`."""

    records: Sequence[PackageRecord]
    rejected: tuple[Rejected, ...] = ()


class Candidates:
    """Records that match specs are asked about again and again; sets of them are numbers, bit i for the i-th record.

    The versions are sorted, and for each it is known which records are not below it: a version spec, which is a list of
    the keys where acceptance begins and ends, takes one binary search for each of them.
    """

    __slots__ = ("_all", "_builds", "_keys", "_names", "_not_below", "_numbers", "_versions", "records")

    _builds: dict[str, int] | None
    _numbers: dict[int, int] | None

    records: Sequence[Matchable]

    def __init__(self, records: Iterable[Matchable]) -> None:
        self.records = records if isinstance(records, Sequence) else tuple(records)
        self._all = (1 << len(self.records)) - 1
        self._names = by_value(values_of(self.records, "name"))
        self._versions = by_value(values_of(self.records, "version"))
        self._builds = self._numbers = None
        self._keys, self._not_below = _by_key(self._versions)

    def matching(self, spec: MatchSpec) -> int:
        """Return the records that the spec selects: those for which `spec.matches(record)` holds."""
        mask = self._all if spec.version is None else self._of_version(spec.version)
        for name, holders in self._names.items():
            if name != spec.name and not spec.matches_name(name):
                mask &= ~holders
        if spec.build is not None:
            mask = self._of_build(mask, spec.build)
        if spec.build_number is not None:
            if self._numbers is None:
                self._numbers = by_value(values_of(self.records, "build_number"))
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

    def _of_build(self, mask: int, build: Pattern) -> int:
        if self._builds is None:
            self._builds = by_value([build.lower() for build in values_of(self.records, "build")])
        if build.is_exact:
            return mask & self._builds.get(str(build).lower(), 0)
        return _kept(mask, self._builds, build.matches)

    def _of_place(self, mask: int, spec: MatchSpec) -> int:
        found = 0
        for bit in single_bits(mask):
            if spec.matches_place_and_content(self.records[bit.bit_length() - 1]):
                found |= bit
        return found


def values_of(records: Sequence[Matchable], field: str) -> Sequence[Any]:
    """Return a field of all records; a sequence that has it in a `column` need not make records for that."""
    column = getattr(records, "column", None)
    return [getattr(record, field) for record in records] if column is None else column(field)


def by_value(values: Sequence[_Value]) -> dict[_Value, int]:
    """Return where each value stands, bit i for the i-th place.

    Equal ones mostly stand together, and are then one piece of work.
    """
    places: dict[_Value, int] = {}
    start = 0
    for value, run in groupby(values):
        length = len([*run])
        places[value] = places.get(value, 0) | ((1 << length) - 1) << start
        start += length
    return places


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


def in_order(records: Iterable[PackageRecord], ranks: Mapping[str, int], priority: ChannelPriority) -> Ordered:
    """Return the records of a name, best first, and those that are no candidates: hidden or not to be read.

    `ranks` are those of the channels, as for `best_first`.
    """
    given = list(records)
    places = [ranks.get(record.channel, len(ranks)) for record in given]
    first = min(places, default=0) if priority is ChannelPriority.STRICT else None
    candidates, rejected = [], []
    for record, place in zip(given, places, strict=True):
        reason = STRICT_PRIORITY if first is not None and place != first else _fault(record)
        if reason:
            rejected.append(Rejected(record, reason))
        else:
            candidates.append(record)
    return Ordered(tuple(best_first(candidates, ranks, priority)), tuple(rejected))


def best_first(
    records: Iterable[PackageRecord],
    ranks: Mapping[str, int] | None = None,
    priority: ChannelPriority = ChannelPriority.FLEXIBLE,
) -> list[PackageRecord]:
    """Sort: few features, channel, version, build number, platform before noarch, time, build string.

    `ranks` are those of the channels; one that has none comes last. Raises `InvalidVersion`.
    """
    places = ranks or {}

    def merit(record: PackageRecord) -> tuple[object, ...]:
        version, rank = Version.parse(record.version).key, -places.get(record.channel, len(places))
        before = (version, rank) if priority is ChannelPriority.DISABLED else (rank, version)
        return (
            -len(record.track_features),
            *before,
            record.build_number,
            record.subdir != "noarch",
            record.timestamp or 0,
        )

    found = sorted(records, key=lambda record: (record.build, record.url))
    found.sort(key=merit, reverse=True)
    return found


def _fault(record: PackageRecord) -> str:
    """Return why a record cannot be read, or an empty text."""
    try:
        Version.parse(record.version)
        for text in (*record.depends, *record.constrains):
            MatchSpec.parse(text)
    except ParseError as error:
        return unreadable(error)
    return ""


def unreadable(error: ParseError) -> str:
    """Return the reason against a record whose version or match specs cannot be read."""
    return f"unreadable metadata: {error}"


def without_twins(records: Iterable[PackageRecord]) -> list[PackageRecord]:
    """Drop the archive in the old format where the same package is there in the new one."""
    found = list(records)
    new = {_build_of(record) for record in found if not record.file_name.endswith(_OLD_SUFFIX)}
    return [record for record in found if not (record.file_name.endswith(_OLD_SUFFIX) and _build_of(record) in new)]


def _build_of(record: PackageRecord) -> tuple[str, ...]:
    return (record.name, record.version, record.build, record.subdir, record.channel)
