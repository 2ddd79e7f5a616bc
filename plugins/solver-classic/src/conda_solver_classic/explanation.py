"""Why a request has no solution: a smallest set of jobs that exclude each other, and where they meet."""

from __future__ import annotations

from conda_kernel.model.paths import printable
from conda_kernel.model.solving import Excluded, Freeze, Install, Keep, NoCandidate, Pin, Remove
from conda_solver_classic.encoding import Encoding
from conda_solver_classic.jobs import allowed, apply, opened, records_of, riders_of, roots_of
from conda_solver_classic.problem import Contradiction, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conda_kernel.model.solving import Fact, Job, SolveRequest

    Pair = tuple[str, str]

_MOST_FACTS = 10


def explained(request: SolveRequest) -> tuple[Fact, ...]:
    """Return the facts that exclude each other; raise `SolverGaveUp` when the deadline passes meanwhile."""
    jobs: list[Job] = [job for job in request.jobs if not isinstance(job, Keep)]
    hopeless = [job for job in jobs if isinstance(job, (Install, Freeze)) and not _has_candidates(job, request)]
    if hopeless:
        return tuple(NoCandidate(*_said(job)) for job in hopeless)
    jobs = _smallest(jobs, request)
    if len(jobs) == 1 and (facts := list(_Descent(request).facts(jobs[0]))):
        return tuple(facts[:_MOST_FACTS])
    between = Excluded(tuple(_said(job) for job in jobs))
    meeting = _meeting(jobs, request)
    return (between,) if meeting is None or meeting == between else (between, meeting)


def _problem(request: SolveRequest) -> Problem:
    """Return the problem with no job applied, and what cannot be installed at all taken out."""
    problem, _ = opened(request)
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
            return printable(str(spec)), printable(str(spec))
        case Pin(spec):
            return printable(str(spec)), printable(f"pin {spec}")
        case Remove(spec):
            return printable(f"no {spec}"), printable(f"remove {spec}")
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


def _meeting(jobs: Sequence[Job], request: SolveRequest) -> Fact | None:
    """Return the requirements of packages that exclude each other, if that shows without search."""
    problem = _problem(request)
    try:
        for job in jobs:
            apply(job, problem)
        problem.settle(list(problem.live))
    except Contradiction as found:
        pairs = _exclusive(str(found), jobs, problem)
        return Excluded(pairs) if len(pairs) > 1 else None
    return None


def _exclusive(name: str, jobs: Sequence[Job], problem: Problem) -> tuple[Pair, ...]:
    """Return who asks what, so that no candidate of the name is left; what is asked of the name itself comes last."""
    demands = _demands_on(name, jobs, problem)
    left = _common(demands, problem, name)
    if not left:
        return tuple(dict.fromkeys(pair for _, pair in _needed_of(demands, problem, name)))
    # Demands on the name leave candidates: they went because something that they need is taken away by others.
    for group in problem.groups[name]:
        best = group.bits & left
        for demand in group.demands if best else ():
            others = _demands_on(demand.name, jobs, problem)
            record = problem.records[name][(best & -best).bit_length() - 1]
            own = (demand.mask, (printable(str(demand.spec)), record.dist_name))
            if not _common([own, *others], problem, demand.name):
                wanted = _needed_of([own, *others], problem, demand.name)
                return tuple(dict.fromkeys(pair for _, pair in wanted))
    return ()


def _demands_on(name: str, jobs: Sequence[Job], problem: Problem) -> list[tuple[int, Pair]]:
    """Return what jobs and packages that must be there ask of a name, each with the candidates that it leaves."""
    demands = [(mask, _said(job)) for job in jobs for wanted, mask in allowed(job, problem).items() if wanted == name]
    for user in problem.present:
        masks, said = 0, None
        for group in problem.groups.get(user, ()):
            living = group.bits & problem.live[user]
            if living:
                found = [demand for demand in group.demands if demand.name == name]
                masks |= _intersection(demand.mask for demand in found)
                if found and said is None:
                    best = problem.records[user][(living & -living).bit_length() - 1]
                    said = printable(str(found[0].spec)), best.dist_name
        if said is not None:
            demands.append((masks, said))
    return demands


def _needed_of(demands: list[tuple[int, Pair]], problem: Problem, name: str) -> list[tuple[int, Pair]]:
    """Return a smallest part of the demands that still leaves nothing."""
    for demand in list(demands):
        fewer = [other for other in demands if other is not demand]
        if not _common(fewer, problem, name):
            demands = fewer
    return demands


def _common(demands: Iterable[tuple[int, Pair]], problem: Problem, name: str) -> int:
    every = (1 << len(problem.candidates(name))) - 1
    return every & _intersection(mask for mask, _ in demands)


def _intersection(masks: Iterable[int]) -> int:
    common = -1
    for mask in masks:
        common &= mask
    return common


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
            for feature in record.features:
                if not self._settled.tracking(feature):
                    yield NoCandidate(printable(f"a package that tracks the feature {feature}"), record.dist_name)
            for spec in self._index.requirements(record):
                if spec.condition is not None:
                    continue
                if not self._settled.mask(spec):
                    yield NoCandidate(printable(str(spec)), record.dist_name)
                elif not self._settled.mask(spec) & self._settled.live.get(spec.name, 0):
                    yield from self._lacking(spec.name, self._settled.mask(spec))
