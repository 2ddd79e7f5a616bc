"""What the jobs of a request mean for a problem."""

from __future__ import annotations

from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Remove
from conda_solver_classic.problem import Problem, Rider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job, SolveRequest


def records_of(jobs: Iterable[Job]) -> list[PackageRecord]:
    """Return the installed records that jobs name."""
    return [job.record for job in jobs if isinstance(job, (Keep, Freeze))]


def opened(request: SolveRequest) -> tuple[Problem, list[str]]:
    """Return the problem with all that the jobs lead to, and the names that lead there."""
    problem = Problem(request.index, request.machine, records_of(request.jobs))
    names = [*roots_of(request.jobs), *(record.name for record in records_of(request.jobs))]
    names += [name for rider in riders_of(request.jobs) for name in problem.names_of(rider)]
    problem.open(names)
    return problem, names


def roots_of(jobs: Iterable[Job]) -> list[str]:
    """Return the names that must be there, in the order of the jobs."""
    names = dict[str, None]()
    for job in jobs:
        if isinstance(job, Freeze):
            names[job.record.name] = None
        elif isinstance(job, Install) and _is_unconditional(job.spec):
            names[job.spec.name] = None
    return list(names)


def riders_of(jobs: Iterable[Job]) -> list[Rider]:
    """Return what is wanted with a condition, with groups, or of the machine."""
    wanted = [job.spec for job in jobs if isinstance(job, Install)]
    return [Rider(spec, is_requirement=True) for spec in wanted if spec.extras or not _is_unconditional(spec)]


def allowed(job: Job, problem: Problem) -> dict[str, int]:
    """Return which candidates of which names the job leaves; names that are not there have all of them."""
    match job:
        case Install(spec) if _is_unconditional(spec):
            return {spec.name: problem.mask(spec)}
        case Pin(spec) if not spec.name.startswith("__"):
            return {spec.name: problem.mask(spec)}
        case Freeze(record):
            return {record.name: problem.bit_of(record)}
        case Remove(spec) if spec.is_exact_name:
            return {spec.name: ~problem.mask(spec)}
        case Remove(spec):
            return {name: ~_mask_of_pattern(spec, problem, name) for name in problem.live}
        case _:
            return {}


def apply(job: Job, problem: Problem) -> None:
    """Take from the problem what the job does not allow, and note what it wants; conclusions are not drawn yet."""
    for name, mask in allowed(job, problem).items():
        if name in problem.live:
            problem.live[name] &= mask
    for name in roots_of([job]):
        problem.require(name)


def _is_unconditional(spec: MatchSpec) -> bool:
    return spec.condition is None and not spec.name.startswith("__")


def _mask_of_pattern(spec: MatchSpec, problem: Problem, name: str) -> int:
    return sum(1 << bit for bit, record in enumerate(problem.candidates(name)) if spec.matches(record))
