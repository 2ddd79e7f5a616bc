"""Decides whether facts leave a choice; when they do not, says which of them it took to find out.

It learns from conflicts: a combination that cannot be is remembered together with the facts that it follows from, so
that the last one, the empty combination, names them all. Names are decided breadth first, each at its best candidate:
a choice that is found is a good one, if not the best.
"""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import Freeze, Install
from conda_planner.universe import Nogood

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_planner.universe import Universe

MOST_CONFLICTS = 1_500
"""After so many conflicts it is given up; counted, not timed, so that the same question has the same answer."""


class Undecided(Exception):
    """It was given up."""


class Decided(NamedTuple):
    """The choice of every name that was looked at, None when there is none; then the facts that exclude each other."""

    choice: dict[str, int] | None
    facts: int = 0


class Step(NamedTuple):
    """What was left of a name before it was narrowed, and why it was; a decision has no reason."""

    name: str
    before: int
    level: int
    reason: Nogood | None


class Contradiction(Exception):
    """The facts of a set exclude each other."""

    def __init__(self, facts: int) -> None:
        super().__init__()
        self.facts = facts


def decide(universe: Universe, among: int = -1) -> Decided:
    """Return whether those facts leave a choice that stand in the set `among`; raise `Undecided`."""
    search = Search(universe, among)
    try:
        return Decided(search.choice())
    except Contradiction as found:
        return Decided(None, found.facts)


class Search:
    """One attempt; what can still be chosen of every name that was met, and how that came about."""

    def __init__(self, universe: Universe, among: int) -> None:
        self._universe = universe
        self._among = among
        self._left: dict[str, int] = {}
        self._uses: dict[str, list[tuple[int, Nogood]]] = {}
        self._steps: list[Step] = []
        self._places: dict[str, list[int]] = {}
        self._level = 0
        self._known: set[int] = set()
        self._examined: set[tuple[str, int]] = set()
        self._late: list[tuple[Nogood, int]] = []
        self._unchecked: list[Nogood] = []
        self._changed: list[str] = []
        self._order: list[str] = []
        self._place_in_order: dict[str, int] = {}
        self._first_open = 0
        self._doubtful: dict[str, None] = {}
        self._conflicts = 0

    def choice(self) -> dict[str, int]:
        """Return the choice; raise `Contradiction` and `Undecided`."""
        for place, job in enumerate(self._universe.jobs):
            if self._among >> place & 1:
                if isinstance(job, Install):
                    self._queue(job.spec.name)
                elif isinstance(job, Freeze):
                    self._queue(job.record.name)
                self._take(place)
        while True:
            conflict = self._propagate()
            if conflict is not None:
                self._learn(conflict)
            elif not self._go_on():
                return self._left

    def _go_on(self) -> bool:
        """Take in what is known of the next candidate, or decide about a name; tell whether there was one."""
        name = self._next_required()
        if name is None:
            return self._leave_one_out()
        left = self._left[name]
        bit = left & self._universe.preferred.get(name, 0) or left & -left
        if (name, bit) not in self._examined:
            self._examined.add((name, bit))
            for number in self._universe.facts_about(name, bit):
                if number not in self._known and self._among >> number & 1:
                    self._take(number)
        else:
            self._level += 1
            self._narrow(name, bit, None)
        return True

    def _next_required(self) -> str | None:
        for place in range(self._first_open, len(self._order)):
            name = self._order[place]
            left = self._left[name]
            if left & self._universe.absent(name) or (not left & (left - 1) and (name, left) in self._examined):
                continue
            self._first_open = place
            return name
        self._first_open = len(self._order)
        return None

    def _leave_one_out(self) -> bool:
        """Decide that a package which may be wanted is not there; what only one combination wants needs no decision."""
        for name in self._doubtful:
            left, absent = self._left[name], self._universe.absent(name)
            if left & absent and left != absent:
                self._level += 1
                self._narrow(name, absent, None)
                return True
        return False

    def _take(self, number: int) -> None:
        self._known.add(number)
        for nogood in self._universe.nogoods(number):
            self._add(nogood)

    def _add(self, nogood: Nogood) -> None:
        if not nogood.terms:
            raise Contradiction(nogood.facts)
        for name, mask in nogood.terms.items():
            self._touch(name)
            self._uses[name].append((mask, nogood))
        perhaps = [name for name, mask in nogood.terms.items() if mask & self._universe.absent(name)]
        if len(perhaps) > 1:
            self._doubtful.update(dict.fromkeys(perhaps))
        self._unchecked.append(nogood)
        if self._level:
            self._late.append((nogood, self._level))

    def _touch(self, name: str) -> None:
        if name not in self._left:
            self._left[name] = self._universe.full(name)
            self._uses[name] = []
            self._places[name] = []
            for place in self._universe.patterns(name):
                if self._among >> place & 1:
                    for nogood in self._universe.nogoods(place, name):
                        self._add(nogood)

    def _queue(self, name: str) -> None:
        self._touch(name)
        place = self._place_in_order.setdefault(name, len(self._order))
        if place == len(self._order):
            self._order.append(name)
        self._first_open = min(self._first_open, place)

    def _narrow(self, name: str, left: int, reason: Nogood | None) -> None:
        before = self._left[name]
        self._places[name].append(len(self._steps))
        self._steps.append(Step(name, before, self._level, reason))
        self._left[name] = left
        self._changed.append(name)
        absent = self._universe.absent(name)
        if before & absent and not left & absent:
            self._queue(name)

    def _propagate(self) -> Nogood | None:
        """Draw every conclusion; return a combination that cannot be and is."""
        while True:
            while self._unchecked:
                nogood = self._unchecked.pop()
                if self._is_fulfilled(nogood):
                    return nogood
            if not self._changed:
                return None
            name = self._changed.pop()
            left = self._left[name]
            for mask, nogood in self._uses[name]:
                if not left & ~mask and self._is_fulfilled(nogood):
                    return nogood

    def _is_fulfilled(self, nogood: Nogood) -> bool:
        """Tell whether the combination is there; where one name is open, narrow it so that it will not be."""
        lacking = ""
        for name, mask in nogood.terms.items():
            if self._left[name] & ~mask:
                if lacking:
                    return False
                lacking = name
        if not lacking:
            return True
        left = self._left[lacking]
        kept = left & ~nogood.terms[lacking]
        if kept != left:
            self._narrow(lacking, kept, nogood)
        return False

    def _learn(self, conflict: Nogood) -> None:
        """Find the last step without which there is no conflict, go back before it, and remember why."""
        self._conflicts += 1
        if self._conflicts > MOST_CONFLICTS:
            raise Undecided
        terms, facts = dict(conflict.terms), conflict.facts
        for step in reversed(self._steps):
            mask = terms.get(step.name)
            if mask is None or not step.before & ~mask:
                continue
            if step.level:
                level = self._level_of_others(terms, step.name)
                if level < step.level:
                    self._go_back(level)
                    self._add(Nogood(terms, facts))
                    return
            if step.reason is None:
                break
            facts |= step.reason.facts
            for name, other in step.reason.terms.items():
                if name != step.name:
                    terms[name] = terms[name] & other if name in terms else other
                elif mask | other == self._universe.full(name):
                    del terms[name]
                else:
                    terms[name] = mask | other
        raise Contradiction(facts)

    def _level_of_others(self, terms: dict[str, int], name: str) -> int:
        """Return the level at which all terms but that of one name held first."""
        found = 0
        for other, mask in terms.items():
            if other != name:
                for place in reversed(self._places[other]):
                    if self._steps[place].before & ~mask:
                        found = max(found, self._steps[place].level)
                        break
        return found

    def _go_back(self, level: int) -> None:
        while self._steps and self._steps[-1].level > level:
            step = self._steps.pop()
            self._left[step.name] = step.before
            self._places[step.name].pop()
        self._level = level
        self._first_open = 0
        self._changed.clear()
        self._unchecked.clear()
        moved = []
        while self._late and self._late[-1][1] > level:
            moved.append(self._late.pop()[0])
        self._unchecked.extend(moved)
        if level:
            self._late.extend((nogood, level) for nogood in reversed(moved))
