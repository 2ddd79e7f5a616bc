"""The default solver: lazy, learning, in plain Python."""

from __future__ import annotations

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Solution
from conda_solver_lazy.effort import MOST_CONFLICTS, Effort, TooMuch
from conda_solver_lazy.nogood import Nogood
from conda_solver_lazy.search import NoSolution, Search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.solving import Fact, Job, SolveRequest
    from conda_solver_lazy.derivation import Derivation

MOST_LEFT_OUT = 20
"""How many jobs are left out on trial, to find out whether an explanation needs them."""


class LazySolver:
    """Decides on the names in the order in which they are needed, the best candidate first, and learns from conflicts.

    The packages asked for get the best versions that are possible, in the order of the jobs; what they need follows,
    breadth first. It reads no more of the index than the candidates that it considers ask for.
    """

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution.

        Raise `Unsolvable` when there is none, `CondaError` for a pattern of names and for a pin with a condition, and
        `SolverGaveUp` when the deadline passes or the conflicts become too many.
        """
        _refuse(request.jobs)
        search, proof = _searched(request, MOST_CONFLICTS)
        if proof is None:
            return Solution(tuple(search.chosen()))
        raise Unsolvable("no set of packages satisfies the request", facts=_facts(request, search, proof))


def _searched(request: SolveRequest, most_conflicts: int) -> tuple[Search, Derivation | None]:
    """Return the search with its solution, or with the proof that there is none; raise `SolverGaveUp`."""
    search = Search(request, Effort(request.deadline, most_conflicts=most_conflicts))
    try:
        search.run(_given(request.jobs, search))
    except NoSolution as found:
        from conda_solver_lazy.derivation import Derivation  # noqa: PLC0415 - for what has no solution

        return search, Derivation(found.nogood, search.world, search.domains, search.rules)
    return search, None


def _facts(request: SolveRequest, search: Search, proof: Derivation) -> Iterator[Fact]:
    """Yield what excludes each other, once it is asked for."""
    from conda_solver_lazy.explanation import Explanation  # noqa: PLC0415 - few ask

    search, proof = _smallest(request, search, proof)
    yield from Explanation(proof, search.world, search.domains, search.rules).facts()


def _smallest(request: SolveRequest, search: Search, proof: Derivation) -> tuple[Search, Derivation]:
    """Return a proof from fewer jobs: of those that it needs, none can be left out, unless that takes too long.

    A proof needs only some of the jobs; each of these is left out in turn, the last one first.
    """
    most_conflicts = search.conflicts + 100
    # A record that only a job knows stays a candidate, whatever is left out.
    kept = [Keep(job.record) for job in request.jobs if isinstance(job, (Keep, Freeze))]
    for job in proof.jobs[:-MOST_LEFT_OUT:-1]:
        rest = [other for other in proof.jobs if other is not job]
        if len(rest) == len(proof.jobs):
            continue
        try:
            fewer, shorter = _searched(request.replaced(jobs=(*rest, *kept)), most_conflicts)
        except TooMuch:
            continue
        if shorter is not None:
            search, proof = fewer, shorter
    return search, proof


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
