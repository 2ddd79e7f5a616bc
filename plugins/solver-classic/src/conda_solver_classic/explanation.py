"""Why a request has no solution: a smallest set of jobs that exclude each other, and where they meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.model.solving import Excluded, Freeze, Install, Keep, NoCandidate, Pin, Remove
from conda_solver_classic.encoding import Encoding
from conda_solver_classic.jobs import allowed, apply, records_of, riders_of, roots_of
from conda_solver_classic.problem import Contradiction, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.solving import Fact, Job, SolveRequest

    Pair = tuple[str, str]

_MOST_FACTS = 10


def explained(request: SolveRequest) -> tuple[Fact, ...]:
    """Return the facts that exclude each other; raise `CondaError` when the deadline passes meanwhile."""
    jobs: list[Job] = [job for job in request.jobs if not isinstance(job, Keep)]
    hopeless = [job for job in jobs if isinstance(job, (Install, Freeze)) and not _has_candidates(job, request)]
    if hopeless:
        return tuple(NoCandidate(*_said(job)) for job in hopeless)
    jobs = _smallest(jobs, request)
    if len(jobs) == 1 and (facts := list(_Descent(request).facts(jobs[0]))):
        return tuple(facts[:_MOST_FACTS])
    between = Excluded(tuple(_said(job) for job in jobs))
    meeting = _meeting(jobs, request) if len(jobs) > 1 else None
    return (between,) if meeting is None or meeting == between else (between, meeting)


def _problem(request: SolveRequest) -> Problem:
    """Return the problem with no job applied, and what cannot be installed at all taken out."""
    problem = Problem(request.index, request.machine, records_of(request.jobs))
    roots, riders = roots_of(request.jobs), riders_of(request.jobs)
    problem.open([*roots, *(name for rider in riders for name in problem.names_of(rider))])
    problem.settle(list(problem.live))
    return problem


def _has_candidates(job: Job, request: SolveRequest) -> bool:
    problem = Problem(request.index, request.machine, records_of(request.jobs))
    masks = allowed(job, problem)
    return all(masks.values())


def _said(job: Job) -> Pair:
    """Return what a job requires, and who has that requirement."""
    match job:
        case Install(spec):
            return str(spec), str(spec)
        case Pin(spec):
            return str(spec), f"pin {spec}"
        case Remove(spec):
            return f"no {spec}", f"remove {spec}"
        case Freeze(record) | Keep(record):
            return record.dist_name, f"installed {record.name}"


def _smallest(jobs: list[Job], request: SolveRequest) -> list[Job]:
    """Return jobs that have no solution together, of which none can be left out; halves are tried first."""
    problem = _problem(request)
    encoding = Encoding(problem, deadline=request.deadline)
    switches = {
        place: encoding.switch(roots_of([job]), allowed(job, problem), riders_of([job]))
        for place, job in enumerate(jobs)
    }
    needed = list(switches)
    size = max(1, len(needed) // 2)
    while True:
        start = 0
        while start < len(needed):
            fewer = needed[:start] + needed[start + size :]
            if encoding.solve([switches[place]] for place in fewer) is None:
                needed = fewer
            else:
                start += size
        if size == 1:
            return [jobs[place] for place in needed]
        size //= 2


def _alone(job: Job, request: SolveRequest) -> Problem | None:
    problem = _problem(request)
    try:
        apply(job, problem)
        problem.settle(list(problem.live))
    except Contradiction:
        return None
    return problem


def _meeting(jobs: Sequence[Job], request: SolveRequest) -> Fact | None:
    """Return the requirements of one name that leave nothing of it, if the jobs meet so plainly."""
    alone = [_alone(job, request) for job in jobs]
    problems = [problem for problem in alone if problem is not None]
    if len(problems) < len(jobs):
        return None
    names = sorted({name for problem in problems for name in problem.present})
    for name in names:
        left = -1
        for problem in problems:
            left &= problem.live.get(name, 0)
        if not left:
            pairs = [pair for job, problem in zip(jobs, problems, strict=True) for pair in _pairs(name, job, problem)]
            return Excluded(tuple(dict.fromkeys(pairs)))
    return None


def _pairs(name: str, job: Job, problem: Problem) -> Iterator[Pair]:
    """Yield who restricts a name once only this job is applied: the job, or packages that it needs."""
    if name in allowed(job, problem) and allowed(job, problem)[name] != -1:
        yield _said(job)
    for user in problem.present:
        for group in problem.groups[user]:
            living = group.bits & problem.live[user]
            found = [demand for demand in group.demands if demand.name == name]
            if living and found:
                best = problem.records[user][(living & -living).bit_length() - 1]
                yield from ((str(demand.spec), best.dist_name) for demand in found)
                break


class _Descent:
    """Finds what packages lack, beginning with a job that no package can fulfil."""

    def __init__(self, request: SolveRequest) -> None:
        self._index = request.index
        self._settled = _problem(request)
        self._seen = set[tuple[str, int]]()

    def facts(self, job: Job) -> Iterator[Fact]:
        """Yield every requirement on the way that nothing matches."""
        for name, mask in allowed(job, self._settled).items():
            yield from self._lacking(name, mask)

    def _lacking(self, name: str, mask: int) -> Iterator[Fact]:
        for place, record in enumerate(self._settled.candidates(name)):
            bit = 1 << place
            if not mask & bit or (name, bit) in self._seen or self._settled.live.get(name, 0) & bit:
                continue
            self._seen.add((name, bit))
            for spec in self._index.requirements(record):
                if spec.condition is not None:
                    continue
                if not self._settled.mask(spec):
                    yield NoCandidate(str(spec), record.dist_name)
                elif not self._settled.mask(spec) & self._settled.live.get(spec.name, 0):
                    yield from self._lacking(spec.name, self._settled.mask(spec))
