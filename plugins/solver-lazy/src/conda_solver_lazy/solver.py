"""The default solver: lazy, learning, in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.solving import Freeze, Install, Pin, Solution
from conda_solver_lazy.derivation import Derivation
from conda_solver_lazy.effort import Effort
from conda_solver_lazy.explanation import Explanation
from conda_solver_lazy.nogoods import Nogood
from conda_solver_lazy.search import NoSolution, Search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.solving import Job, SolveRequest


class LazySolver:
    """Decides on the names in the order in which they are needed, the best candidate first, and learns from conflicts.

    The packages asked for get the best versions that are possible, in the order of the jobs; what they need follows,
    breadth first. It reads no more of the index than the candidates that it considers ask for.
    """

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution.

        Raise `Unsolvable` when there is none, `CondaError` for a pattern of names, for a pin with a condition, and when
        the deadline passes or the conflicts become too many.
        """
        _refuse(request.jobs)
        search = Search(request, Effort(request.deadline))
        try:
            search.run(_given(request.jobs, search))
        except NoSolution as found:
            derivation = Derivation(found.nogood, search.world, search.domains, search.rules)
            explanation = Explanation(derivation, search.world, search.domains, search.rules)
            raise Unsolvable("no set of packages satisfies the request", facts=explanation.facts()) from None
        return Solution(tuple(search.chosen()))


def _refuse(jobs: Sequence[Job]) -> None:
    """Raise `CondaError` for what the solver cannot honour."""
    for job in jobs:
        if isinstance(job, (Install, Pin)) and not job.spec.is_exact_name:
            raise CondaError(f"the lazy solver needs the name of a package, and `{job.spec}` is a pattern")
        if isinstance(job, Pin) and job.spec.condition is not None:
            raise CondaError(f"the lazy solver does not know pins with a condition: `{job.spec}`")


def _given(jobs: Sequence[Job], search: Search) -> Iterator[Nogood]:
    """Yield what the jobs demand to be there."""
    for job in jobs:
        if isinstance(job, Install):
            yield from search.riders.nogoods({}, job.spec, job, is_requirement=True)
        elif isinstance(job, Freeze):
            number, bit = search.world.number(job.record.name), search.world.bit_of(job.record)
            yield Nogood({number: search.domains.every[number] & ~bit}, source=job)
