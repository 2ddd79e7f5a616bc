"""Which candidate of a name is the best of those that are left.

An installed one that is to be kept; then the first in the order of the index, which is by features, channel, version,
build number and platform. Of candidates that are equal in all of these it is the one whose dependencies can be newest:
what each dependency that all of them have allows best is a number of steps from the best there is, and the smallest sum
wins. That is found out when such candidates are first compared, and does not change during a solve.
"""

from __future__ import annotations

from conda_kernel.model.solving import ChannelPriority, Install, Strategy
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.rules import Rules
    from conda_solver_lazy.world import World

KEPT = -1
"""The distance of what is installed and to be kept."""


class Preference:
    """The order in which the candidates of names are tried."""

    def __init__(self, world: World, domains: Domains, rules: Rules) -> None:
        self._world = world
        self._domains = domains
        self._rules = rules
        request = world.request
        self._lowest: set[str] | None = set()
        if request.strategy is Strategy.LOWEST:
            self._lowest = None
        elif request.strategy is Strategy.LOWEST_DIRECT:
            self._lowest = {job.spec.name for job in request.jobs if isinstance(job, Install)}
        self._by_channel = request.channel_priority is not ChannelPriority.DISABLED
        self._best: dict[int, dict[int, int]] = {}
        self._upwards: dict[int, list[int]] = {}
        self._tied: dict[int, dict[int, int]] = {}
        self._sorted: dict[tuple[int, int], list[int]] = {}
        # How often features, channel or version have changed before each of the first candidates.
        self._steps: dict[int, list[int]] = {}

    def best(self, name: int) -> int:
        """Return the bit of the best candidate that is left of a name that must be there."""
        left = self._domains.now[name]
        known = self._best.get(name)
        if known is None:
            known = self._best[name] = {}
        bit = known.get(left)
        if bit is None:
            if not self._world.records[name]:
                return self._chosen_already(name, left) or left & -left
            bit = known[left] = self._found(name, left)
        return bit

    def _found(self, name: int, left: int) -> int:
        kept = left & self._world.kept.get(name, 0)
        if kept:
            return kept
        bit = left & -left
        if self._lowest is None or self._world.texts[name] in self._lowest:
            bit = self._lowest_of(name, left)
        if bit == left:
            return bit
        tied = self._equals(name, bit)
        if tied & left == bit:
            return bit
        return next(member for member in self._in_order(name, tied) if member & left)

    def _chosen_already(self, name: int, left: int) -> int:
        """Return the first package that tracks a feature and is there anyway, or 0."""
        now = self._domains.now
        for bit in _bits(left):
            for rule in self._rules.of(name, bit):
                if not now[self._rules.target[rule]] & ~self._rules.allowed[rule]:
                    return bit
        return 0

    def _equals(self, name: int, bit: int) -> int:
        """Return the candidates that only dependencies, time and build string tell apart from one."""
        tied = self._tied.get(name)
        if tied is None:
            tied = self._tied[name] = {}
        mask = tied.get(bit)
        if mask is None:
            records = self._world.records[name]
            first = last = bit.bit_length() - 1
            record = records[first]
            while first > 0 and _are_tied(record, records[first - 1]):
                first -= 1
            while last + 1 < len(records) and _are_tied(record, records[last + 1]):
                last += 1
            mask = (2 << last) - (1 << first)
            for member in _bits(mask):
                tied[member] = mask
        return mask

    def _in_order(self, name: int, tied: int) -> list[int]:
        order = self._sorted.get((name, tied))
        if order is None:
            order = self._sorted[name, tied] = list(_bits(tied))
            distances = self._distances(name, order)
            if distances:
                order.sort(key=distances.__getitem__)
        return order

    def _distances(self, name: int, bits: Sequence[int]) -> dict[int, int]:
        """Return for each candidate how far its dependencies are from the best; nothing when all need the same."""
        records, index = self._world.records[name], self._world.index
        lists = {bit: index.requirements(records[bit.bit_length() - 1]) for bit in bits}
        if len({id(specs) for specs in lists.values()}) == 1:
            return {}
        needs = {bit: {spec.name: spec for spec in specs if spec.condition is None} for bit, specs in lists.items()}
        first, *others = needs.values()
        common = [
            target
            for target, spec in first.items()
            if not target.startswith("__")
            and all(target in need for need in others)
            and any(need[target] is not spec for need in others)
        ]
        return {bit: sum(self._distance(need[target]) for target in common) for bit, need in needs.items()}

    def _distance(self, spec: MatchSpec) -> int:
        """Return how many steps in features, channel and version are before the best candidate that matches."""
        mask, name = self._world.matching(spec), self._world.number(spec.name)
        if mask & self._world.kept.get(name, 0):
            return KEPT
        records = self._world.records[name]
        if not mask:
            return len(records)
        place = (mask & -mask).bit_length() - 1
        steps = self._steps.setdefault(name, [0])
        while len(steps) <= place:
            before, record = records[len(steps) - 1], records[len(steps)]
            steps.append(steps[-1] + (not _are_of_one_step(before, record)))
        return steps[place]

    def _lowest_of(self, name: int, left: int) -> int:
        order = self._upwards.get(name)
        if order is None:
            order = self._upwards[name] = _lowest_first(self._world.records[name], by_channel=self._by_channel)
        return next(bit for bit in order if bit & left)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


def _same_version(one: PackageRecord, other: PackageRecord) -> bool:
    return one.version == other.version or Version.parse(one.version) == Version.parse(other.version)


def _are_tied(one: PackageRecord, other: PackageRecord) -> bool:
    return (
        one.build_number == other.build_number
        and (one.subdir == "noarch") == (other.subdir == "noarch")
        and _are_of_one_step(one, other)
    )


def _are_of_one_step(one: PackageRecord, other: PackageRecord) -> bool:
    return (
        one.channel == other.channel
        and len(one.track_features) == len(other.track_features)
        and _same_version(one, other)
    )


def _lowest_first(records: Sequence[PackageRecord], *, by_channel: bool) -> list[int]:
    """Return the bits with the order of versions turned round, and of nothing else."""
    runs: list[tuple[object, list[list[int]]]] = []
    for place, record in enumerate(records):
        run = (len(record.track_features), by_channel and record.channel)
        if not runs or runs[-1][0] != run:
            runs.append((run, [[]]))
        elif not _same_version(record, records[place - 1]):
            runs[-1][1].append([])
        runs[-1][1][-1].append(1 << place)
    return [bit for _, versions in runs for version in reversed(versions) for bit in version]
