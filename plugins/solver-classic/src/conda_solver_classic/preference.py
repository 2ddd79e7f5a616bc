"""Finds the best solution: objectives in order, each settled by calls of the SAT solver before the next."""

from __future__ import annotations

from conda_kernel.model.match_spec import MatchSpec, holds
from conda_kernel.model.version import Version
from conda_solver_classic.encoding import Encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conda_kernel.model.record import PackageRecord
    from conda_solver_classic.encoding import Model
    from conda_solver_classic.problem import Problem, Rider

    Choice = tuple[str, int]
    Parts = Callable[[str], list[int]]


class Search:
    """A satisfiable problem that is narrowed until one solution is left.

    Whatever it narrows, the problem stays satisfiable: each step was seen to hold in a model.
    """

    def __init__(
        self,
        problem: Problem,
        riders: Sequence[Rider],
        model: Model,
        kept: Mapping[str, int],
        deadline: float | None,
    ) -> None:
        self._problem = problem
        self._riders = riders
        self._model = model
        self._kept = kept
        self._deadline = deadline
        self._ranks: dict[str, list[int]] = {}
        self._encode()

    def prefer(self, choices: Iterable[Choice]) -> None:
        """Leave of each name only the given candidates (or none), as far as that is possible after those before it."""
        waiting = [choice for choice in choices if self._problem.live.get(choice[0], 0) & choice[1]]
        size = len(waiting)
        while waiting:
            if self._fix(waiting[:size]):
                del waiting[:size]
                size = min(size * 2, len(waiting))
            elif size > 1:
                size = (size + 1) // 2
            else:
                del waiting[0]

    def decide_ranks(self, names: Iterable[str]) -> None:
        """Leave of each name the best rank that is possible after those before it.

        A rank are the candidates of a name that differ in time, build string and dependencies only.
        """
        self._decide(names, self.ranks)

    def finish(self, roots: Iterable[str]) -> list[PackageRecord]:
        """Decide everything that the roots need, and return it."""
        roots = list(roots)
        while True:
            if undecided := [name for name in self._problem.present if len(self.ranks(name)) > 1]:
                self._decide(undecided, self.ranks)
            elif undecided := [name for name in self._problem.present if len(self._single(name)) > 1]:
                self._decide(undecided, self._single)
            else:
                needed = self._needed(roots)
                missing = [name for name in needed if name not in self._problem.present]
                if not missing:
                    return [self._record(name) for name in needed]
                for name in missing:
                    self._problem.require(name)
                self._problem.settle(missing)
                self._encode()

    def ranks(self, name: str) -> list[int]:
        """Return the candidates of a name that are left, by rank and the best first; a kept one precedes all."""
        ranks = self._ranks.get(name)
        if ranks is None:
            ranks = self._ranks[name] = _ranks(self._problem.records[name])
        live, kept = self._problem.live[name], self._kept.get(name, 0)
        return [part & live for part in (kept, *(rank & ~kept for rank in ranks)) if part & live]

    def _single(self, name: str) -> list[int]:
        live = self._problem.live[name]
        return [1 << place for place in range(live.bit_length()) if live >> place & 1]

    def _decide(self, names: Iterable[str], parts: Parts) -> None:
        """Leave the best part of each name; as many names as possible with one call of the SAT solver."""
        waiting = list(names)
        size = len(waiting)
        while waiting:
            if self._fix([(name, parts(name)[0]) for name in waiting[:size]]):
                del waiting[:size]
                size = min(size * 2, len(waiting))
            elif size > 1:
                size = (size + 1) // 2
            else:
                self._fix_best(waiting.pop(0), parts)
                size = min(2, len(waiting))

    def _fix_best(self, name: str, parts: Parts) -> None:
        """Leave the best part of a name whose first part is impossible, by halving."""
        self._narrow(name, ~parts(name)[0])
        while len(possible := parts(name)) > 1:
            chosen = next(place for place, part in enumerate(possible) if part & self._model[name])
            better = _union(possible[: (chosen + 1) // 2 or 1])
            if not self._fix([(name, better)]):
                self._narrow(name, ~better)

    def _fix(self, choices: Sequence[Choice]) -> bool:
        """Leave of each name only these candidates, if there is a solution that has it so."""
        if not all(self._model.get(name, mask) & mask for name, mask in choices):
            more = [clause for name, mask in choices for clause in self._encoding.within(name, mask)]
            model = self._encoding.solve(more)
            if model is None:
                return False
            self._model = model
        for name, mask in choices:
            self._narrow(name, mask)
        if self._size() * 2 < self._encoded:
            self._encode()
        return True

    def _narrow(self, name: str, mask: int) -> None:
        self._problem.narrow(name, mask)
        self._encoding.clauses += self._encoding.within(name, mask)

    def _encode(self) -> None:
        self._encoding = Encoding(self._problem, self._riders, deadline=self._deadline)
        self._encoded = self._size()

    def _size(self) -> int:
        return sum(live.bit_count() for live in self._problem.live.values())

    def _record(self, name: str) -> PackageRecord:
        return self._problem.records[name][self._model[name].bit_length() - 1]

    def _needed(self, roots: Sequence[str]) -> dict[str, None]:
        """Return the names of the model that the roots need, directly or not."""
        needed = dict.fromkeys(roots)
        while True:
            found = {name: None for name in self._asked(needed) if name in self._model and name not in needed}
            if not found:
                return needed
            needed |= found

    def _asked(self, needed: dict[str, None]) -> Iterator[str]:
        """Yield the names that packages ask for whose names are given."""
        for name in needed:
            for group in self._problem.groups[name]:
                if group.bits & self._model[name]:
                    yield from (demand.name for demand in group.demands if demand.is_requirement)
                    yield from self._asked_by(group.riders, needed)
                    yield from self._trackers(group.features, needed)
        yield from self._asked_by(self._riders, needed)

    def _asked_by(self, riders: Iterable[Rider], needed: dict[str, None]) -> Iterator[str]:
        waiting = [rider.spec for rider in riders if rider.is_requirement]
        seen = set[MatchSpec]()
        while waiting:
            spec = waiting.pop()
            if spec in seen or (spec.condition is not None and not holds(spec.condition, self._is_there(needed))):
                continue
            seen.add(spec)
            yield spec.name
            chosen = self._model.get(spec.name, 0)
            waiting += [member for bit, member in self._problem.group_members(spec) if bit & chosen]

    def _trackers(self, features: Iterable[str], needed: dict[str, None]) -> Iterator[str]:
        """Yield, for each feature that nothing needed tracks, one name of the model that does."""
        for feature in features:
            trackers = self._problem.tracking(feature).items()
            names = [name for name, mask in trackers if self._model.get(name, 0) & mask]
            if needed.keys().isdisjoint(names):
                yield from names[:1]

    def _is_there(self, needed: dict[str, None]) -> Callable[[MatchSpec], bool]:
        def is_there(spec: MatchSpec) -> bool:
            if spec.name.startswith("__"):
                return bool(self._problem.mask(spec))
            return spec.name in needed and bool(self._model.get(spec.name, 0) & self._problem.mask(spec))

        return is_there


def _ranks(records: Sequence[PackageRecord]) -> list[int]:
    """Return the records by rank; they are sorted, so that those of one rank follow each other."""
    ranks: list[int] = []
    last: object = None
    for place, record in enumerate(records):
        features, version = len(record.track_features), Version.parse(record.version).key
        rank = (features, record.channel, version, record.build_number, record.subdir == "noarch")
        if rank != last:
            ranks.append(0)
            last = rank
        ranks[-1] |= 1 << place
    return ranks


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
