"""The referee: says which rule of a request a solution breaks, whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.model.solving import Freeze, Install, Pin, Remove
from conda_planner.together import Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job, Solution, SolveRequest


def broken_rules(request: SolveRequest, solution: Solution) -> tuple[str, ...]:
    """Return the rules that the solution breaks, in words; none when it is one.

    There is one record for a name; each is a candidate of the index, where channel priority and policies are applied,
    or is installed; what it needs is there and what it constrains is kept; every job is honoured.
    """
    together = Together(solution.records, request.machine)
    return (
        *_doubled(solution),
        *_unknown(request, solution),
        *(fault.told for fault in together.faults()),
        *(told for job in request.jobs for told in _dishonoured(job, together)),
    )


def _doubled(solution: Solution) -> Iterator[str]:
    seen: dict[str, PackageRecord] = {}
    for record in solution.records:
        if record.name in seen:
            yield f"`{seen[record.name]}` and `{record}` have one name"
        seen[record.name] = record


def _unknown(request: SolveRequest, solution: Solution) -> Iterator[str]:
    installed = {record.identity for record in request.installed}
    for record in solution.records:
        if record.identity in installed:
            continue
        if all(record.identity != candidate.identity for candidate in request.index.candidates(record.name)):
            yield f"`{record}` is no candidate{_reason(request, record)}"


def _reason(request: SolveRequest, record: PackageRecord) -> str:
    for rejected in request.index.rejected(record.name):
        if rejected.record.identity == record.identity:
            return f" ({rejected.reason})"
    return ""


def _dishonoured(job: Job, together: Together) -> Iterator[str]:
    if isinstance(job, Install) and not together.has(job.spec):
        yield f"`{job.spec}` was to be installed and is not there"
    elif isinstance(job, Remove):
        found = together.find(job.spec)
        if found is not None:
            yield f"`{job.spec}` was to be removed, and `{found}` is there"
    elif isinstance(job, Freeze):
        there = together.records.get(job.record.name)
        if there is None or there.identity != job.record.identity:
            yield f"`{job.record}` was to stay as it is, and there is {f'`{there}`' if there else 'none'}"
    elif isinstance(job, Pin):
        there = together.records.get(job.spec.name)
        if there is not None and not job.spec.matches(there):
            yield f"`{there}` does not match the pin `{job.spec}`"
