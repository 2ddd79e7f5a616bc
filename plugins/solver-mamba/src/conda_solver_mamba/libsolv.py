"""Solves with libsolv, through its own bindings."""

from __future__ import annotations

import time

import solv

from conda_kernel.errors import SolverGaveUp, Unsolvable
from conda_kernel.model.paths import printable
from conda_kernel.model.solving import Excluded, Explained, Freeze, Install, NoCandidate, Pin, Remove, Solution
from conda_solver_mamba.pool import Pool
from conda_solver_mamba.ranking import VIRTUAL, Ranking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.solving import Fact, Job, SolveRequest

MOST_PAIRS = 12


class LibsolvSolver:
    """Solves with libsolv, which is told ranks and spans of ranks instead of versions."""

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution.

        Raise `Unsolvable` when there is none, `CondaError` for what libsolv cannot express, and `SolverGaveUp` when the
        deadline has passed, which is looked at before and after libsolv works: it cannot be interrupted.
        """
        _check_deadline(request.deadline)
        pool = Pool(Ranking(request))
        jobs = [pool.install(spec) for spec in _hopeful(request, pool)]
        jobs += [pool.install_record(job.record) for job in request.jobs if isinstance(job, Freeze)]
        _check_deadline(request.deadline)
        solver = pool.solver()
        problems = solver.solve(jobs)
        _check_deadline(request.deadline)
        if problems:
            raise Unsolvable("no set of packages satisfies the request", facts=_facts(request, problems[0], pool))
        chosen = (pool.record(one.id) for one in solver.transaction().newsolvables())
        records = [record for record in chosen if record is not None]
        return Solution(tuple(sorted(records, key=lambda record: record.name)))


def _hopeful(request: SolveRequest, pool: Pool) -> list[MatchSpec]:
    """Return what is to be installed; raise `Unsolvable` where something cannot be, whatever the others."""
    wanted, hopeless = [], []
    for job in request.jobs:
        if isinstance(job, Install):
            is_virtual = job.spec.name.startswith(VIRTUAL)
            can_be = pool.ranking.has(job.spec) if is_virtual else bool(pool.ranking.spans(job.spec))
            if not can_be and job.spec.condition is None:
                hopeless.append(NoCandidate(*_said(job)))
            wanted.append(job.spec)
        elif isinstance(job, Freeze) and not pool.ranking.records.get(job.record.name):
            hopeless.append(NoCandidate(*_said(job)))
    if hopeless:
        raise Unsolvable("no set of packages satisfies the request", facts=tuple(hopeless))
    return list(dict.fromkeys(wanted))


def _facts(request: SolveRequest, problem: solv.Problem, pool: Pool) -> tuple[Fact, ...]:
    """Return what excludes each other: the jobs, and what packages ask on which the proof rests."""
    pairs = {_said(job): None for job in request.jobs if isinstance(job, (Install, Freeze, Pin, Remove))}
    lacking: list[Fact] = []
    lines = []
    for rule in problem.findallproblemrules():
        info = rule.info()
        lines.append(pool.readable(info.problemstr()))
        record = pool.record(info.solvable.id) if info.solvable is not None else None
        if record is None:
            continue
        if info.type == solv.Solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
            lacking.append(NoCandidate(pool.told(info.dep_id), record.dist_name))
        elif info.type in (solv.Solver.SOLVER_RULE_PKG_REQUIRES, solv.Solver.SOLVER_RULE_PKG_CONFLICTS):
            pairs[pool.told(info.dep_id), record.dist_name] = None
    first: Fact = Excluded(tuple(pairs))
    if len(pairs) > MOST_PAIRS:
        first = Explained("\n".join(lines[:MOST_PAIRS]))
    return (first, *dict.fromkeys(lacking[:MOST_PAIRS]))


def _said(job: Job) -> tuple[str, str]:
    """Return what a job requires, and who has that requirement."""
    match job:
        case Pin(spec):
            return printable(str(spec)), printable(f"pin {spec}")
        case Remove(spec):
            return printable(f"no {spec}"), printable(f"remove {spec}")
        case Install(spec):
            return printable(str(spec)), printable(str(spec))
        case _:
            return job.record.dist_name, f"installed {job.record.name}"


def _check_deadline(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise SolverGaveUp("the solver ran out of time")
