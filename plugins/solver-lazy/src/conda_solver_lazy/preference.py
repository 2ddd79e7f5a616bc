"""Which candidate of a name is the best of those that are left.

An installed one that is to be kept; then the first in the order of the index, which is by features, channel, version,
build number and platform. Of candidates that are equal in all of these it is the one whose dependencies can be newest:
what each dependency that all of them have allows best is a number of steps from the best there is, and the smallest sum
wins. That is found out when such candidates are first compared, and does not change during a solve.
"""

from __future__ import annotations

from conda_kernel.model.alike import are_of_one_step, have_one_version, single_bits
from conda_kernel.model.solving import ChannelPriority, Install, Strategy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.alike import Alike
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
        self._tied: dict[int, dict[int, Alike]] = {}
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
        tied = self._alike(name, bit)
        if tied.mask & left == bit:
            return bit
        return next(member for member in self._in_order(name, tied) if member & left)

    def _chosen_already(self, name: int, left: int) -> int:
        """Return the first package that tracks a feature and is there anyway, or 0."""
        now = self._domains.now
        for bit in single_bits(left):
            for rule in self._rules.of(name, bit):
                if not now[self._rules.target[rule]] & ~self._rules.allowed[rule]:
                    return bit
        return 0

    def _alike(self, name: int, bit: int) -> Alike:
        tied = self._tied.get(name)
        if tied is None:
            tied = self._tied[name] = {}
        alike = tied.get(bit)
        if alike is None:
            alike = self._world.alike(name, bit)
            for member in single_bits(alike.mask):
                tied[member] = alike
        return alike

    def _in_order(self, name: int, tied: Alike) -> list[int]:
        """Return the bits of candidates that are alike, those first whose dependencies are the least far from best."""
        order = self._sorted.get((name, tied.mask))
        if order is None:
            order = self._sorted[name, tied.mask] = list(single_bits(tied.mask))
            if tied.differing:
                order.sort(key=self._distances(tied).__getitem__)
        return order

    def _distances(self, tied: Alike) -> dict[int, int]:
        far = dict.fromkeys(single_bits(tied.mask), 0)
        for requirement, holders in tied.differing:
            distance = self._distance(requirement)
            for bit in single_bits(holders):
                far[bit] += distance
        return far

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
            steps.append(steps[-1] + (not are_of_one_step(before, record)))
        return steps[place]

    def _lowest_of(self, name: int, left: int) -> int:
        order = self._upwards.get(name)
        if order is None:
            order = self._upwards[name] = _lowest_first(self._world.records[name], by_channel=self._by_channel)
        return next(bit for bit in order if bit & left)


def _lowest_first(records: Sequence[PackageRecord], *, by_channel: bool) -> list[int]:
    """Return the bits with the order of versions turned round, and of nothing else."""
    runs: list[tuple[object, list[list[int]]]] = []
    for place, record in enumerate(records):
        run = (len(record.track_features), by_channel and record.channel)
        if not runs or runs[-1][0] != run:
            runs.append((run, [[]]))
        elif not have_one_version(record, records[place - 1]):
            runs[-1][1].append([])
        runs[-1][1][-1].append(1 << place)
    return [bit for _, versions in runs for version in reversed(versions) for bit in version]
