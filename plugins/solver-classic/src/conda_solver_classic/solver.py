"""Solves by SAT with PicoSAT: conda's objectives in conda's order, each settled before the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Remove, Solution, Strategy
from conda_solver_classic.encoding import Encoding
from conda_solver_classic.explanation import explained
from conda_solver_classic.preference import Search
from conda_solver_classic.problem import Contradiction, Problem, Rider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.solving import Job, SolveRequest


class ClassicSolver:
    """Finds the best solution by SAT.

    The objectives, each settled before the next: the requested names in the order of the jobs, best rank first; as many
    kept records as possible; no features that a sibling does without; the other names as they are found to be needed,
    best rank first; the latest builds. A name's rank is its place by features, channel, version, build number and
    platform. What nothing needs is left out.
    """

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution; raise `Unsolvable` when there is none, `CondaError` for what is not supported."""
        refuse(request)
        installed = [job.record for job in request.jobs if isinstance(job, (Keep, Freeze))]
        problem = Problem(request.index, request.machine, installed)
        roots, riders = _roots(request.jobs)
        problem.open([*roots, *(name for rider in riders for name in problem.names_of(rider))])
        try:
            _apply(problem, request.jobs)
            problem.settle(list(problem.live))
        except Contradiction:
            raise _unsolvable(request) from None
        problem.drop_unreachable([*roots, *(name for rider in riders for name in problem.names_of(rider))])
        model = Encoding(problem, riders, deadline=request.deadline).solve()
        if model is None:
            raise _unsolvable(request)
        search = Search(problem, riders, model, request.deadline)
        kept = {job.record.name: problem.bit_of(job.record) for job in request.jobs if isinstance(job, Keep)}
        for name in roots:
            search.prefer([(name, kept[name])] if name in kept else [])
            search.decide_ranks([name])
        search.prefer(kept.items())
        search.prefer(_plain(problem))
        return Solution(tuple(sorted(search.finish(roots), key=lambda record: record.name)))


def refuse(request: SolveRequest) -> None:
    """Raise `CondaError` for what the solver cannot honour."""
    if request.strategy is not Strategy.HIGHEST:
        raise CondaError(f"the classic solver knows the strategy `highest` only, not `{request.strategy.value}`")
    for job in request.jobs:
        if isinstance(job, (Install, Pin)) and not job.spec.is_exact_name:
            raise CondaError(f"the classic solver needs the name of a package, and `{job.spec}` is a pattern")


def _roots(jobs: Sequence[Job]) -> tuple[list[str], list[Rider]]:
    """Return the names that must be there, and what is asked with a condition or with groups."""
    names, riders = dict[str, None](), []
    for job in jobs:
        if isinstance(job, Freeze):
            names[job.record.name] = None
        elif isinstance(job, Install):
            if job.spec.condition is None and not job.spec.name.startswith("__"):
                names[job.spec.name] = None
            if job.spec.condition is not None or job.spec.extras or job.spec.name.startswith("__"):
                riders.append(Rider(job.spec, is_requirement=True))
    return list(names), riders
