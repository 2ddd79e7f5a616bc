"""The search: decisions, their consequences, and what is learned when they contradict each other."""

from __future__ import annotations

from conda_solver_lazy.analysis import learned
from conda_solver_lazy.domains import Conflict, Domains
from conda_solver_lazy.features import Features
from conda_solver_lazy.nogood import Nogood
from conda_solver_lazy.preference import Preference
from conda_solver_lazy.riders import Riders
from conda_solver_lazy.rules import Rules
from conda_solver_lazy.support import Support
from conda_solver_lazy.watches import MOST_LEARNED, Watches
from conda_solver_lazy.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import SolveRequest
    from conda_solver_lazy.effort import Effort
    from conda_solver_lazy.nogood import Reason

LONGEST_JUMP = 100
"""A conflict that would undo more levels than this undoes the last one only: most of the others would come again."""


class NoSolution(Exception):
    """A conflict that needs no decision; the nogood has no terms, and what it was derived from is the proof."""

    def __init__(self, nogood: Nogood) -> None:
        super().__init__(nogood)
        self.nogood = nogood


class Search:
    """One search; why it ends is written in `docs/decisions/0011-the-lazy-solver-ends.md`."""

    def __init__(
        self,
        request: SolveRequest,
        effort: Effort,
        *,
        longest_jump: int = LONGEST_JUMP,
        most_learned: int = MOST_LEARNED,
    ) -> None:
        self.domains = Domains()
        self.world = World(request, self.domains)
        self.riders = Riders(self.world, self.domains)
        features = Features(self.world)
        self.rules = Rules(
            self.world, self.domains, lambda feature: features.number(feature, self.rules), self._meet_special
        )
        self.preference = Preference(self.world, self.domains, self.rules)
        self._support = Support(self.domains, self.rules, self.preference)
        self._watches = Watches(self.domains, most_learned)
        self._effort = effort
        self._longest_jump = longest_jump

    @property
    def conflicts(self) -> int:
        """How many conflicts there were."""
        return self._effort.conflicts

    def run(self, given: Iterable[Nogood]) -> None:
        """Decide on every name that must be there; raise `NoSolution`, or `SolverGaveUp` when it takes too long."""
        for nogood in given:
            self._watches.add(nogood)
        while True:
            try:
                self._propagate()
                if not self._decide():
                    return
            except Conflict as conflict:
                self._learn(conflict.reason)

    def chosen(self) -> list[PackageRecord]:
        """Return the packages of the solution that was found, sorted by name."""
        found = []
        for name in self.domains.queue:
            records = self.world.records[name]
            if records:
                found.append(records[self.domains.now[name].bit_length() - 1])
        return sorted(found, key=lambda record: record.name)

    def _propagate(self) -> None:
        """Draw the conclusions from everything that changed; raise `Conflict`."""
        changed, watches = self.domains.changed, self._watches
        look_after, visit = self._support.look_after, watches.visit
        place = 0
        while True:
            if watches.fresh:
                watches.examine_fresh()
            if place == len(changed):
                break
            name = changed[place]
            place += 1
            visit(name)
            look_after(name)
        changed.clear()

    def _decide(self) -> bool:
        """Take the next name that must be there; return whether there was one. Raise `Conflict`."""
        domains, rules = self.domains, self.rules
        if domains.head == len(domains.queue):
            return False
        name = domains.queue[domains.head]
        bit = self._support.best(name)
        if domains.changed or self._watches.fresh:
            return True
        if domains.now[name] != bit:
            if len(domains.marks) % 64 == 63:
                self._effort.check_time()
            domains.open_level()
            domains.narrow(name, bit, None)
        domains.head += 1
        now, target, allowed = domains.now, rules.target, rules.allowed
        for rule in rules.of(name, bit):
            if now[target[rule]] & ~allowed[rule]:
                domains.narrow(target[rule], allowed[rule], (name, rule))
        return True

    def _learn(self, reason: Reason) -> None:
        """Go back as far as a conflict demands, and take up what follows from it; raise `NoSolution`."""
        self._effort.count_conflict()
        nogood, level, of_conflict = learned(reason, self.domains, self.rules)
        if not nogood.terms:
            raise NoSolution(nogood)
        for used in (nogood, *nogood.parents):
            if isinstance(used, Nogood):
                used.used = self.conflicts
        back_to = of_conflict - 1 if of_conflict - level > self._longest_jump else level
        self.domains.undo(back_to)
        self._watches.look_again(back_to)
        self._watches.add(nogood, since=level)
        self._watches.forget()

    def _meet_special(self, name: int, rule: int) -> None:
        """Take up what candidates of a name ask that look-ups of rules do not see."""
        spec, is_requirement = self.rules.asked[rule]
        assert not isinstance(spec, str)  # noqa: S101 - features are looked up
        premise = {name: self.rules.having(name, rule)}
        for nogood in self.riders.nogoods(premise, spec, (name, rule), is_requirement=is_requirement):
            self._watches.add(nogood, since=0)
