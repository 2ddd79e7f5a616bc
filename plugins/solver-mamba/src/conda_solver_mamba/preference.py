"""The order of a name's candidates where the index leaves it to time: the newer dependencies come first.

Candidates that are equal in features, channel, version, build number and platform are compared by the dependencies that
all of them have: how many steps below the best one the newest candidate is that each of them permits, added up.
"""

from __future__ import annotations

from itertools import groupby

from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index


def in_order(records: Sequence[PackageRecord], index: Index) -> list[PackageRecord]:
    """Return the records, which are as the index has them, with the equal ones in order."""
    return [record for _, group in groupby(records, key=_rank) for record in _tied_in_order(list(group), index)]


def _rank(record: PackageRecord) -> tuple[object, ...]:
    return (*_step(record), record.build_number, record.subdir == "noarch")


def _step(record: PackageRecord) -> tuple[object, ...]:
    return len(record.track_features), record.channel, Version.parse(record.version).key


def _tied_in_order(tied: list[PackageRecord], index: Index) -> list[PackageRecord]:
    lists = [index.requirements(record) for record in tied]
    if len({id(specs) for specs in lists}) == 1:
        return tied
    needs = [{spec.name: spec for spec in specs if spec.condition is None} for specs in lists]
    common = [
        name
        for name, spec in needs[0].items()
        if not name.startswith("__")
        and all(name in need for need in needs)
        and any(need[name] is not spec for need in needs)
    ]
    distances = {
        id(record): sum(_distance(need[name], index) for name in common)
        for record, need in zip(tied, needs, strict=True)
    }
    return sorted(tied, key=lambda record: distances[id(record)])


def _distance(spec: MatchSpec, index: Index) -> int:
    """Return how many steps in features, channel and version are before the best candidate that matches."""
    mask, records = index.matching(spec), index.candidates(spec.name)
    best = (mask & -mask).bit_length() - 1 if mask else len(records)
    return len({_step(record) for record in records[:best]} - ({_step(records[best])} if mask else set()))
