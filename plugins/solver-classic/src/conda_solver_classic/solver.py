"""Solves by SAT with PicoSAT: one objective after the other, each settled before the next."""

from __future__ import annotations

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.solving import Install, Keep, Pin, Solution, Strategy
from conda_solver_classic.encoding import Encoding
from conda_solver_classic.explanation import explained
from conda_solver_classic.jobs import apply, opened, riders_of, roots_of
from conda_solver_classic.preference import Search
from conda_solver_classic.problem import Contradiction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.solving import SolveRequest


class ClassicSolver:
    """Finds the best solution by SAT.

    The objectives, each settled before the next: the names of the jobs in their order, best rank first; as many kept
    records as possible; no features where candidates do without; the other names as they are found to be needed, best
    rank first; the latest builds. The rank of a candidate is its place by features, channel, version, build number and
    platform; a kept record is before all ranks. What nothing needs is left out.
    """

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution; raise `Unsolvable` when there is none, `CondaError` for what is not supported."""
        _refuse(request)
        problem, entrances = opened(request)
        roots, riders = roots_of(request.jobs), riders_of(request.jobs)
        try:
            for job in request.jobs:
                apply(job, problem)
            problem.settle(list(problem.live))
        except Contradiction:
            raise _unsolvable(request) from None
        problem.drop_unreachable(entrances)
        model = Encoding(problem, riders, deadline=request.deadline).solve()
        if model is None:
            raise _unsolvable(request)
        kept = {job.record.name: problem.bit_of(job.record) for job in request.jobs if isinstance(job, Keep)}
        search = Search(problem, riders, model, kept, request.deadline)
        search.decide_ranks(roots)
        search.prefer(kept.items())
        search.prefer(problem.without_features().items())
        return Solution(tuple(sorted(search.finish(roots), key=lambda record: record.name)))


def _refuse(request: SolveRequest) -> None:
    """Raise `CondaError` for what the solver cannot honour."""
    if request.strategy is not Strategy.HIGHEST:
        raise CondaError(f"the classic solver knows the strategy `highest` only, not `{request.strategy.value}`")
    for job in request.jobs:
        if isinstance(job, (Install, Pin)) and not job.spec.is_exact_name:
            raise CondaError(f"the classic solver needs the name of a package, and `{job.spec}` is a pattern")
        if isinstance(job, Pin) and job.spec.condition is not None:
            raise CondaError(f"the classic solver does not know pins with a condition: `{job.spec}`")


def _unsolvable(request: SolveRequest) -> Unsolvable:
    return Unsolvable("no set of packages satisfies the request", facts=explained(request))
