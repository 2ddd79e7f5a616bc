"""A smallest set of facts that exclude each other, and the smallest set of a user's wishes that is in the way."""

from __future__ import annotations

from itertools import combinations

from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import Install, Pin
from conda_planner.deciding import Undecided, decide
from conda_planner.universe import Universe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from conda_planner.deciding import Decided

MOST_ATTEMPTS = 12
"""How often it is tried whether fewer wishes can be met."""

MOST_REMEDIES = 3


class Remedy(NamedTuple):
    """Jobs without which there is a solution: the place of each, and the version that comes when only the name stays.

    A job without a version has to be left out altogether.
    """

    changes: tuple[tuple[int, str], ...]


def minimal(universe: Universe, facts: int, first: Sequence[int] = ()) -> int:
    """Return a part of facts that exclude each other, of which none can be left out.

    It is tried first to do without the jobs whose places are given, in that order, then without other jobs.
    """
    rank = {place: number for number, place in enumerate(first)}
    jobs = [number for number in members(facts) if number < len(universe.jobs)]
    for place in sorted(jobs, key=lambda place: (rank.get(place, len(first)), -place)):
        if facts >> place & 1:
            facts = _excluding(universe, facts & ~(1 << place)) or facts
    rest = [number for number in members(facts) if number >= len(universe.jobs)][::-1]
    size = max(1, len(rest) // 2)
    while rest:
        start = 0
        while start < len(rest):
            found = _excluding(universe, facts & ~_set(rest[start : start + size]))
            if found:
                facts = found
                before = sum(1 for number in rest[:start] if facts >> number & 1)
                rest = [number for number in rest if facts >> number & 1]
                start = before
            else:
                start += size
        if size == 1:
            break
        size = max(1, size // 2)
    return facts


def remedies(universe: Universe, facts: int, own: Sequence[int], essential: Collection[int] = ()) -> tuple[Remedy, ...]:
    """Return the smallest changes of a user's own wishes, of equal size, that make a solution possible.

    `facts` are those that exclude each other, `own` the places of the wishes that can be changed, those first that are
    left out most readily; what is `essential` can be loosened, and not left out. Nothing is returned when it is not
    found out within a few attempts.
    """
    attempts = _Attempts(universe, facts, frozenset(essential))
    found = []
    try:
        for place in own:
            if facts >> place & 1:
                remedy = attempts.without((place,))
                if remedy is not None:
                    found.append(remedy)
                if len(found) == MOST_REMEDIES:
                    break
        if not found:
            found.extend(_of_several(attempts, own))
    except Undecided:
        pass
    return tuple(found)


def _of_several(attempts: _Attempts, own: Sequence[int]) -> Iterator[Remedy]:
    """Yield the smallest change of several wishes: one that touches every set of wishes found to be impossible."""
    cores = attempts.impossible
    refused: set[tuple[int, ...]] = set()
    while True:
        places = [place for place in own if any(core >> place & 1 for core in cores)]
        chosen = next(
            (
                several
                for size in range(2, len(places) + 1)
                for several in combinations(places, size)
                if several not in refused and all(any(core >> place & 1 for place in several) for core in cores)
            ),
            None,
        )
        if chosen is None:
            return
        refused.add(chosen)
        remedy = attempts.without(chosen)
        if remedy is not None:
            yield remedy
            return


class _Attempts:
    """Tries a request without some of its jobs; `impossible` are the sets of jobs found to exclude each other.

    Its universe has every job twice, first with the bare name: what takes the place of a wish is decided first, so that
    the best version is found that it can have.
    """

    def __init__(self, universe: Universe, facts: int, essential: frozenset[int]) -> None:
        self._jobs = jobs = universe.jobs
        self._essential = essential
        self._every = (1 << len(jobs)) - 1
        bare = [Install(MatchSpec.parse(job.spec.name)) if isinstance(job, Install) else job for job in jobs]
        self._universe = Universe((*bare, *jobs), universe.index, universe.machine)
        self._left = MOST_ATTEMPTS
        self.impossible = [facts & self._every]

    def without(self, places: Sequence[int]) -> Remedy | None:
        """Return the change that makes a solution possible: with the bare names if that is enough, else without them.

        Without a solution, `impossible` has one set more. Raise `Undecided` after too many attempts.
        """
        kept = [place for place in places if self._can_be_bare(place)]
        choice, facts = self._decided(places, kept)
        if facts & _set(kept):
            kept = []
            choice, facts = self._decided(places, ())
        if choice is None:
            self.impossible.append(facts >> len(self._jobs) & self._every)
            return None
        if not self._essential.isdisjoint(set(places).difference(kept)):
            return None
        kept += [place for place in places if isinstance(self._jobs[place], Pin)]
        return Remedy(tuple((place, self._version(place, choice) if place in kept else "") for place in places))

    def _decided(self, without: Sequence[int], named: Sequence[int]) -> Decided:
        self._left -= 1
        if self._left < 0:
            raise Undecided
        count = len(self._jobs)
        return decide(self._universe, (-1 << 2 * count) | (self._every & ~_set(without)) << count | _set(named))

    def _can_be_bare(self, place: int) -> bool:
        job = self._jobs[place]
        return isinstance(job, Install) and str(job.spec) != job.spec.name

    def _version(self, place: int, choice: dict[str, int]) -> str:
        job = self._jobs[place]
        name = job.spec.name if isinstance(job, (Install, Pin)) else ""
        chosen, records = choice.get(name, 0), self._universe.records(name)
        return records[chosen.bit_length() - 1].version if 0 < chosen <= (1 << len(records)) >> 1 else ""


def members(facts: int) -> list[int]:
    """Return the numbers of the facts in a set."""
    return [number for number in range(facts.bit_length()) if facts >> number & 1]


def _excluding(universe: Universe, facts: int) -> int:
    """Return a part of the facts that exclude each other, 0 when they do not or it is not found out."""
    try:
        return decide(universe, facts).facts
    except Undecided:
        return 0


def _set(numbers: Sequence[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found
