"""The referee: says which rule of a request a solution breaks, whoever made it."""

from __future__ import annotations

from conda_kernel.model.errors import quoted
from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Remove
from conda_planner.together import Together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job, Solution, SolveRequest


def broken_rules(request: SolveRequest, solution: Solution) -> tuple[str, ...]:
    """Return the rules that the solution breaks, in words; none when it is one.

    There is one record for a name; each is a candidate of the index, where channel priority and policies are applied,
    or is installed, and has the metadata that it has there; what it needs is there, features too, and what it
    constrains is kept; every job is honoured, pins and what is frozen among them.
    """
    together = Together(solution.records, request.machine)
    return (
        *_doubled(solution),
        *_unknown(request, solution),
        *(fault.told for fault in together.faults()),
        *_featureless(solution),
        *(told for job in request.jobs for told in _dishonoured(job, together)),
    )


def _doubled(solution: Solution) -> Iterator[str]:
    seen: dict[str, PackageRecord] = {}
    for record in solution.records:
        if record.name in seen:
            yield f"`{seen[record.name]}` and `{record}` have one name"
        seen[record.name] = record


def _unknown(request: SolveRequest, solution: Solution) -> Iterator[str]:
    here: dict[str, list[PackageRecord]] = {}
    for record in (*request.installed, *(job.record for job in request.jobs if isinstance(job, (Freeze, Keep)))):
        here.setdefault(record.name, []).append(record)
    for record in solution.records:
        there, offered = here.get(record.name, []), request.index.candidates(record.name)
        if record in there or record in offered:
            continue
        if any(record.identity == one.identity for one in (*there, *offered)):
            yield f"`{record}` has other metadata than the one that was offered"
        else:
            yield f"`{record}` is no candidate{_reason(request, record)}"


def _reason(request: SolveRequest, record: PackageRecord) -> str:
    for rejected in request.index.rejected(record.name):
        if rejected.record.identity == record.identity:
            return f" ({rejected.reason})"
    return ""


def _featureless(solution: Solution) -> Iterator[str]:
    """Yield what needs a feature that no package switches on."""
    tracked = {feature for record in solution.records for feature in record.track_features}
    for record in solution.records:
        for feature in record.features:
            if feature not in tracked:
                yield f"`{record}` needs the feature `{feature}`, and nothing has it"


def _dishonoured(job: Job, together: Together) -> Iterator[str]:
    match job:
        case Install(spec):
            yield from _not_installed(spec, together)
        case Remove(spec):
            found = together.find(spec)
            if found is not None:
                yield f"`{spec}` was to be removed, and `{found}` is there"
        case Freeze(record):
            there = together.records.get(record.name)
            if there is None or there.identity != record.identity:
                yield f"`{record}` was to stay as it is, and there is {f'`{there}`' if there else 'none'}"
        case Pin(spec):
            for there in together.records.values():
                if spec.matches_name(there.name) and not spec.matches(there):
                    yield f"`{there}` does not match the pin `{spec}`"


def _not_installed(spec: MatchSpec, together: Together) -> Iterator[str]:
    """Yield what is lacking of what is asked for, its groups included."""
    for each in together.with_groups(spec):
        if not together.has(each):
            yield f"`{each}` was to be installed and is not there"
        for text in together.unreadable_in_groups(each):
            yield f"`{each}` asks for what cannot be read: {quoted(text)}"
