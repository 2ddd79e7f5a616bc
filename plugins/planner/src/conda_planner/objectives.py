"""What makes one solution better than another, in numbers that no solver computes for itself."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import ChannelPriority, Install, Keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Solution, SolveRequest

    Key = Callable[[PackageRecord], object]

MOST_SHOWN = 3
MARKS: dict[str, Key] = {
    "tracked features": lambda record: len(record.track_features),
    "channels": lambda record: record.channel,
    "versions": lambda record: record.version,
    "build numbers": lambda record: record.build_number,
    "platform before noarch": lambda record: record.subdir == "noarch",
}
"""By what the candidates of a name are sorted, what matters most first; ties are not counted."""


class Objective(NamedTuple):
    """A number of which less is better, and what each package adds to it."""

    told: str
    value: int
    parts: dict[str, int]


def objectives(request: SolveRequest, solution: Solution) -> tuple[Objective, ...]:
    """Return what a solution is worth, the weightiest first.

    That is how far the packages that are asked for are from their best candidates, how many installed packages change,
    how far the others are from their best, and how many packages there are. Distances are counted in steps among those
    candidates that are equal in all that matters more.
    """
    asked = dict.fromkeys(job.spec.name for job in request.jobs if isinstance(job, Install))
    first = [record for record in solution.records if record.name in asked]
    rest = [record for record in solution.records if record.name not in asked]
    return (
        *_distances("of what is asked for", first, request),
        _changes(request, solution),
        *_distances("of the others", rest, request),
        Objective("number of packages", len(solution.records), {record.name: 1 for record in solution.records}),
    )


def difference_told(request: SolveRequest, names: tuple[str, str], solutions: tuple[Solution, Solution]) -> str:
    """Return a sentence on the first objective in which two solutions differ, with the packages that it is about."""
    one, other = ({record.name: record for record in solution.records} for solution in solutions)
    differing = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    if not differing:
        return f"`{names[0]}` and `{names[1]}` have the same solution, of {len(one)} packages"
    for left, right in zip(*(objectives(request, solution) for solution in solutions), strict=True):
        if left.value != right.value:
            better, worse = names if left.value < right.value else names[::-1]
            about = [name for name in differing if left.parts.get(name, 0) != right.parts.get(name, 0)]
            return (
                f"`{better}` is better than `{worse}` in the {left.told}: "
                f"{min(left.value, right.value)} against {max(left.value, right.value)}; "
                f"{_pairs(about, names, one, other)}"
            )
    return (
        f"`{names[0]}` and `{names[1]}` are equal in every objective and differ in {len(differing)} packages: "
        f"{_pairs(differing, names, one, other)}"
    )


def _pairs(
    about: Sequence[str], names: tuple[str, str], one: dict[str, PackageRecord], other: dict[str, PackageRecord]
) -> str:
    more = [f"and {len(about) - MOST_SHOWN} more"] if len(about) > MOST_SHOWN else []
    return ", ".join([_pair(name, names, one.get(name), other.get(name)) for name in about[:MOST_SHOWN]] + more)


def _pair(name: str, names: tuple[str, str], one: PackageRecord | None, other: PackageRecord | None) -> str:
    texts = [_short(record) if record is not None else "none" for record in (one, other)]
    return f"{name} {texts[0]} ({names[0]}) and {texts[1]} ({names[1]})"


def _short(record: PackageRecord) -> str:
    return f"{record.version} {record.build}"


def _distances(whose: str, records: Iterable[PackageRecord], request: SolveRequest) -> list[Objective]:
    marks = dict(MARKS)
    if request.channel_priority is ChannelPriority.DISABLED:
        marks["channels"] = marks.pop("channels")
        marks["build numbers"] = marks.pop("build numbers")
        marks["platform before noarch"] = marks.pop("platform before noarch")
    parts: dict[str, dict[str, int]] = {told: {} for told in marks}
    for record in records:
        level = list(request.index.candidates(record.name))
        for told, mark in marks.items():
            values = list(dict.fromkeys(mark(candidate) for candidate in level))
            mine = mark(record)
            steps = values.index(mine) if mine in values else len(values)
            if steps:
                parts[told][record.name] = steps
            level = [candidate for candidate in level if mark(candidate) == mine]
    return [Objective(f"{told} {whose}", sum(found.values()), found) for told, found in parts.items()]


def _changes(request: SolveRequest, solution: Solution) -> Objective:
    there = {record.name: record.identity for record in solution.records}
    kept = [job.record for job in request.jobs if isinstance(job, Keep)]
    parts = {record.name: 1 for record in kept if there.get(record.name) != record.identity}
    return Objective("number of installed packages that change", len(parts), parts)
