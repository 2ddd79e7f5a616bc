"""A problem as clauses for a SAT solver, and the calls of that solver."""

from __future__ import annotations

import time

import pycosat

from conda_kernel.errors import SolverGaveUp
from conda_kernel.model.match_spec import AnyOf, MatchSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.model.match_spec import Condition
    from conda_solver_classic.problem import Group, Problem, Rider

    Clause = list[int]
    Model = dict[str, int]

FIRST_LIMIT = 4_000_000
"""How many propagations the first call of PicoSAT may take: about a second; ordinary requests need a hundredth."""


class Encoding:
    """The clauses that say what a solution is: one variable for each live candidate, others for what many ask."""

    def __init__(
        self,
        problem: Problem,
        riders: Iterable[Rider] = (),
        *,
        deadline: float | None = None,
        first_limit: int = FIRST_LIMIT,
    ) -> None:
        self._problem = problem
        self._deadline = deadline
        self._first_limit = first_limit
        self._count = 0
        self._variables: dict[str, dict[int, int]] = {}
        self._meaning: dict[int, tuple[str, int]] = {}
        self._shared: dict[tuple[str, int, bool], int] = {}
        self._features: dict[str, int] = {}
        self.clauses: list[Clause] = []
        for name, live in problem.live.items():
            self._add_name(name, live)
        for name in problem.present:
            self.clauses.append(self.literals(name, problem.live.get(name, 0)))
        for name in self._variables:
            for group in problem.groups[name]:
                self._add_group(name, group)
        for rider in riders:
            self._add_rider([], rider.spec, is_requirement=rider.is_requirement)

    def literals(self, name: str, mask: int) -> Clause:
        """Return the variables of those candidates of a name that the mask has and that were live."""
        return [variable for bit, variable in self._variables.get(name, {}).items() if bit & mask]

    def within(self, name: str, mask: int) -> list[Clause]:
        """Return clauses that leave of a name only the candidates of the mask, or none."""
        return [[-variable] for bit, variable in self._variables.get(name, {}).items() if not bit & mask]

    def switch(self, roots: Iterable[str], allowed: Mapping[str, int], riders: Iterable[Rider]) -> int:
        """Return a literal that makes these names present, of names only these candidates, and the riders hold."""
        switch = self._new()
        for name in roots:
            self.clauses.append([-switch, *self.literals(name, allowed.get(name, -1))])
        for name, mask in allowed.items():
            self.clauses += [[-switch, *clause] for clause in self.within(name, mask)]
        for rider in riders:
            self._add_rider([-switch], rider.spec, is_requirement=rider.is_requirement)
        return switch

    def solve(self, more: Iterable[Clause] = ()) -> Model | None:
        """Return the candidate of each name in some solution that satisfies more clauses, None when there is none.

        Raise `SolverGaveUp` when the deadline has passed.
        """
        check_deadline(self._deadline)
        if not self.clauses:
            return {}
        answer = self._answer([*self.clauses, *more])
        if isinstance(answer, str):
            return None
        return dict(self._meaning[literal] for literal in answer if literal > 0 and literal in self._meaning)

    def _answer(self, clauses: list[Clause]) -> list[int] | str:
        """Return what PicoSAT answers.

        A call cannot be interrupted, so it is given only so many propagations, and asked again with twice as many when
        they do not suffice: between calls the deadline counts, and so does control-C. At most half of the work is in
        vain.
        """
        limit = self._first_limit
        while (answer := pycosat.solve(clauses, prop_limit=limit)) == "UNKNOWN":
            check_deadline(self._deadline)
            limit *= 2
        found: list[int] | str = answer
        return found

    def _true(self) -> int:
        literal = self._new()
        self.clauses.append([literal])
        return literal

    def _new(self) -> int:
        self._count += 1
        return self._count

    def _add_name(self, name: str, live: int) -> None:
        """Make the variables of a name, of which at most one is true."""
        variables: dict[int, int] = {}
        while live:
            bit = live & -live
            live ^= bit
            variables[bit] = variable = self._new()
            self._meaning[variable] = (name, bit)
        if variables:
            self._variables[name] = variables
            self._add_at_most_one(list(variables.values()))

    def _add_at_most_one(self, variables: list[int]) -> None:
        """Say it with a chain: `before` is true from the chosen one on."""
        before = 0
        for variable in variables:
            here = self._new()
            self.clauses.append([-variable, here])
            if before:
                self.clauses += [[-before, here], [-before, -variable]]
            before = here

    def _add_group(self, name: str, group: Group) -> None:
        members = self.literals(name, group.bits)
        if not members:
            return
        literals = (self._asked(demand.name, demand.mask, demand.is_requirement) for demand in group.demands)
        asked = [literal for literal in literals if literal is not None]
        asked += [self._tracked(feature) for feature in group.features]
        if len(members) > 1 and len(asked) + len(group.riders) > 1:
            either = self._new()
            self.clauses += [[-member, either] for member in members]
            members = [either]
        self.clauses += [[-member, literal] for member in members for literal in asked]
        for rider in group.riders:
            for member in members:
                self._add_rider([-member], rider.spec, is_requirement=rider.is_requirement)

    def _asked(self, name: str, mask: int, is_requirement: bool) -> int | None:  # noqa: FBT001 - part of the key
        """Return a literal that makes a demand hold, None for a demand that always does."""
        live = self._problem.live.get(name, 0)
        if not is_requirement and not live & ~mask:
            return None
        key = (name, live & mask, is_requirement)
        literal = self._shared.get(key)
        if literal is None:
            chosen = self.literals(name, mask)
            if is_requirement and len(chosen) == 1:
                literal = chosen[0]
            else:
                literal = self._new()
                if is_requirement:
                    self.clauses.append([-literal, *chosen])
                else:
                    self.clauses += [[-literal, -other] for other in self.literals(name, ~mask)]
            self._shared[key] = literal
        return literal

    def _tracked(self, feature: str) -> int:
        """Return a literal that makes some chosen package track the feature."""
        literal = self._features.get(feature)
        if literal is None:
            literal = self._features[feature] = self._new()
            trackers = self._problem.tracking(feature)
            self.clauses.append(
                [-literal, *(one for name, mask in trackers.items() for one in self.literals(name, mask))]
            )
        return literal

    def _add_rider(
        self, premise: Clause, spec: MatchSpec, *, is_requirement: bool, inside: frozenset[MatchSpec] = frozenset()
    ) -> None:
        """Say that the spec holds where the premise, negated, does: with its condition and the groups it asks for."""
        if spec in inside:
            return
        if spec.condition is not None:
            premise = [*premise, -self._condition(spec.condition)]
        if spec.name.startswith("__"):
            if not self._problem.mask(spec) and (is_requirement or self._problem.has_virtual(spec.name)):
                self.clauses.append(premise or [-self._true()])
            return
        literal = self._asked(spec.name, self._problem.mask(spec), is_requirement)
        if literal is not None:
            self.clauses.append([*premise, literal])
        if is_requirement:
            for bit, member in self._problem.group_members(spec):
                for candidate in self.literals(spec.name, bit):
                    self._add_rider([*premise, -candidate], member, is_requirement=True, inside=inside | {spec})

    def _condition(self, condition: Condition) -> int:
        """Return a literal that is true where the condition holds; it may be true elsewhere."""
        literal = self._new()
        if isinstance(condition, MatchSpec):
            if condition.name.startswith("__"):
                self.clauses += [[literal]] if self._problem.mask(condition) else []
            else:
                found = self.literals(condition.name, self._problem.mask(condition))
                self.clauses += [[literal, -candidate] for candidate in found]
            return literal
        parts = [self._condition(part) for part in condition.parts]
        if isinstance(condition, AnyOf):
            self.clauses += [[literal, -part] for part in parts]
        else:
            self.clauses.append([literal, *(-part for part in parts)])
        return literal


def check_deadline(deadline: float | None) -> None:
    """Raise `SolverGaveUp` when the time, as `time.monotonic` counts it, has passed."""
    if deadline is not None and time.monotonic() >= deadline:
        raise SolverGaveUp("the solver ran out of time")
