"""Candidates of a name between which nothing decides that stands before their dependencies in the order."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.package import PackageRecord


class Alike(NamedTuple):
    """Candidates that only dependencies, time and build string tell apart, bit i for the i-th.

    `differing` are the requirements that they do not have in common, of the names that all of them need: each with the
    candidates that have it. What counts under a condition, and what the machine is, are left out.
    """

    mask: int
    differing: tuple[tuple[MatchSpec, int], ...]


def alike(
    records: Sequence[PackageRecord], place: int, requirements: Callable[[PackageRecord], Sequence[MatchSpec]]
) -> Alike:
    """Return the candidates that are alike the one at a place; `records` are in order.

    `requirements` returns what a record depends on, equal lists as one object and equal requirements as one object.
    """
    mask = _run(records, place)
    if mask == 1 << place:
        return Alike(mask, ())
    return Alike(mask, _differing({bit: requirements(records[bit.bit_length() - 1]) for bit in single_bits(mask)}))


def are_of_one_step(one: PackageRecord, other: PackageRecord) -> bool:
    """Tell whether neither features nor channel nor version tell two records of a name apart."""
    return (
        one.channel == other.channel
        and len(one.track_features) == len(other.track_features)
        and have_one_version(one, other)
    )


def have_one_version(one: PackageRecord, other: PackageRecord) -> bool:
    """Tell whether the versions of two records are equal, however they are written."""
    return one.version == other.version or Version.parse(one.version) == Version.parse(other.version)


def single_bits(mask: int) -> Iterator[int]:
    """Yield the bits of a set of candidates, the best first."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def _run(records: Sequence[PackageRecord], place: int) -> int:
    first = last = place
    record, end = records[place], len(records)
    while first > 0 and _are_alike(record, records[first - 1]):
        first -= 1
    while last + 1 < end and _are_alike(record, records[last + 1]):
        last += 1
    return (2 << last) - (1 << first)


def _are_alike(one: PackageRecord, other: PackageRecord) -> bool:
    return (
        one.build_number == other.build_number
        and (one.subdir == "noarch") == (other.subdir == "noarch")
        and are_of_one_step(one, other)
    )


def _differing(lists: Mapping[int, Sequence[MatchSpec]]) -> tuple[tuple[MatchSpec, int], ...]:
    if len({id(specs) for specs in lists.values()}) == 1:
        return ()
    needs = {bit: {spec.name: spec for spec in specs if spec.condition is None} for bit, specs in lists.items()}
    first, *others = needs.values()
    found: dict[int, tuple[MatchSpec, int]] = {}
    for target, spec in first.items():
        if target.startswith("__") or not all(target in need for need in others):
            continue
        if any(need[target] is not spec for need in others):
            for bit, need in needs.items():
                _, holders = found.get(id(need[target]), (spec, 0))
                found[id(need[target])] = need[target], holders | bit
    return tuple(found.values())
