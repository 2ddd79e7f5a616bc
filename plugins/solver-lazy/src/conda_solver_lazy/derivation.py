"""What a proof rests on: the jobs and rules from which it was derived that there is no solution."""

from __future__ import annotations

from conda_solver_lazy.analysis import terms_of
from conda_solver_lazy.nogood import Nogood

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.solving import Job
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.nogood import Reason, Rule
    from conda_solver_lazy.rules import Rules
    from conda_solver_lazy.world import World


class Derivation:
    """The jobs and rules that a proof needs; without what it does not need the request may have a solution."""

    def __init__(self, proof: Nogood, world: World, domains: Domains, rules: Rules) -> None:
        self._world = world
        self._domains = domains
        self._rules = rules
        self._sources: dict[int, Job | Rule] = {}
        self._seen: set[int] = set()
        self._reasons: list[Reason] = [proof]
        self._terms: list[tuple[int, int]] = []
        self._seen_terms: set[tuple[int, int]] = set()
        self._walk()
        found = self._sources.values()
        jobs = {id(source) for source in found if not isinstance(source, tuple)}
        self.jobs = [job for job in world.request.jobs if id(job) in jobs]
        self.rules = list(dict.fromkeys(source for source in found if isinstance(source, tuple)))

    def _walk(self) -> None:
        while self._reasons or self._terms:
            if self._reasons:
                self._take(self._reasons.pop())
            else:
                name, mask = self._terms.pop()
                self._trace(name, mask)

    def _take(self, reason: Reason) -> None:
        """Note where a reason comes from, or what it was derived from."""
        if not isinstance(reason, Nogood):
            self._note(reason)
        elif id(reason) not in self._seen:
            self._seen.add(id(reason))
            if reason.source is not None:
                self._note(reason.source)
            self._reasons += reason.parents
            self._add(reason.settled)

    def _trace(self, name: int, mask: int) -> None:
        """Take the reasons for which a domain lay in a mask before any decision."""
        domains = self._domains
        while mask != domains.every[name]:
            place = domains.since(name, mask)
            if place < 0:
                for nogood in self._world.restrictions.get(name, ()):
                    if nogood.terms[name] & ~mask:
                        self._take(nogood)
                return
            reason = domains.trail[place].reason
            if reason is None:
                return
            self._take(reason)
            terms = terms_of(reason, domains, self._rules)
            self._add((other, held) for other, held in terms.items() if other != name)
            mask |= terms[name]

    def _add(self, terms: Iterable[tuple[int, int]]) -> None:
        for term in terms:
            if term not in self._seen_terms:
                self._seen_terms.add(term)
                self._terms.append(term)

    def _note(self, source: Job | Rule) -> None:
        self._sources[hash(source) if isinstance(source, tuple) else id(source)] = source
