"""What is asked under a condition (CEP 43), of a group of dependencies (CEP 44), or of the own name, as nogoods.

A part of a condition that is true when one of several others is, and a group that something asks for, become names of
their own, which have to be there then: so that nothing is written down more than once.
"""

from __future__ import annotations

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import AnyOf, MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_solver_lazy.nogood import Nogood

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.model.match_spec import Condition
    from conda_kernel.model.solving import Job
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.nogood import Rule, Terms
    from conda_solver_lazy.world import World

NEVER = None


class _Wanted(NamedTuple):
    """A spec that is to hold where the premise does."""

    premise: Terms
    spec: MatchSpec
    is_requirement: bool


class Riders:
    """Turns specs with premises into nogoods."""

    def __init__(self, world: World, domains: Domains) -> None:
        self._world = world
        self._domains = domains
        self._groups: dict[tuple[int, str], int] = {}

    def nogoods(self, premise: Terms, spec: MatchSpec, source: Job | Rule, *, is_requirement: bool) -> Iterator[Nogood]:
        """Yield what says that a spec holds where the premise does, with its condition and the groups it asks for."""
        waiting = [_Wanted(premise, spec, is_requirement)]
        broken: list[Terms] = []
        while waiting:
            wanted = waiting.pop(0)
            terms: Terms | None = wanted.premise
            if wanted.spec.condition is not None:
                condition = self._terms(wanted.spec.condition, broken)
                terms = NEVER if condition is NEVER else _together(wanted.premise, condition)
            if terms is not NEVER:
                self._ask(terms, wanted, broken, waiting)
            yield from (Nogood(self._without_truths(one), source) for one in broken)
            broken.clear()

    def _ask(self, terms: Terms, wanted: _Wanted, broken: list[Terms], waiting: list[_Wanted]) -> None:
        """Add what cannot be when the terms hold; a group that is asked for the first time adds what it wants."""
        spec = wanted.spec
        target, mask = self._world.number(spec.name), self._world.matching(spec)
        allowed = mask if wanted.is_requirement else mask | self._domains.absent[target]
        contrary = _together(terms, {target: self._domains.every[target] & ~allowed})
        if contrary is not NEVER:
            broken.append(contrary)
        for extra in spec.extras if wanted.is_requirement else ():
            group = self._groups.get((target, extra))
            if group is None:
                group = self._groups[target, extra] = self._world.invent(f"{spec.name}[{extra}]", 1)
                waiting += self._members(target, extra, group, broken)
            broken.append({**terms, group: self._domains.absent[group]})

    def _members(self, target: int, extra: str, group: int, broken: list[Terms]) -> Iterator[_Wanted]:
        """Yield what a group requires, each with the candidates that say so; what cannot be read excludes them."""
        asking: dict[str, int] = {}
        for place, record in enumerate(self._world.records[target]):
            for text in record.extra_depends.get(extra, ()):
                asking[text] = asking.get(text, 0) | 1 << place
        for text, bits in asking.items():
            try:
                yield _Wanted({group: 1, target: bits}, MatchSpec.parse(text), is_requirement=True)
            except ParseError:
                broken.append({group: 1, target: bits})

    def _terms(self, condition: Condition, broken: list[Terms]) -> Terms | None:
        """Return what must hold for a condition to, `NEVER` for one that cannot; its depth is limited by its parser."""
        if isinstance(condition, MatchSpec):
            number, mask = self._world.number(condition.name), self._world.matching(condition)
            return {number: mask} if mask else NEVER
        parts = [self._terms(part, broken) for part in condition.parts]
        if isinstance(condition, AnyOf):
            either = self._world.invent("a condition", 1)
            broken += [{**part, either: self._domains.absent[either]} for part in parts if part is not NEVER]
            return {either: 1}
        terms: Terms | None = {}
        for part in parts:
            terms = NEVER if terms is NEVER or part is NEVER else _together(terms, part)
        return terms

    def _without_truths(self, terms: Terms) -> Terms:
        """Return the terms without those that hold for every domain; one is left in any case."""
        every = self._domains.every
        return {name: mask for name, mask in terms.items() if mask != every[name]} or terms


def _together(one: Terms, other: Terms) -> Terms | None:
    """Return terms that hold when both do, `NEVER` when that cannot be."""
    terms = dict(one)
    for name, mask in other.items():
        terms[name] = terms.get(name, mask) & mask
        if not terms[name]:
            return NEVER
    return terms
