"""Which names jobs lead to: those that they want, what the packages of these need, and so on."""

from __future__ import annotations

from conda_kernel.model.errors import ParseError
from conda_kernel.model.holders import target_of
from conda_kernel.model.solving import Freeze, Install, Keep, Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job

EVERY_NAME = "*"


def names_led_to(names: Iterable[str], needs: Callable[[str], Iterable[str]]) -> list[str]:
    """Return the names and all that they lead to, sorted; `needs` says what a name leads to, and is asked once of each.

    Virtual packages are not among them.
    """
    waiting = list(names)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name and name not in found and not name.startswith("__"):
            found.add(name)
            waiting += sorted(needs(name))
    return sorted(found)


def names_that_may_track(
    names: Iterable[str],
    outline: Callable[[str], tuple[Iterable[str], bool] | None],
    needs: Callable[[str], Iterable[str]],
) -> list[str]:
    """Return those of the names and of all that they lead to whose records may track features, sorted.

    An outline is what `needs` says of a name, and whether its records track any. Where there is none they may.
    """
    silent: set[str] = set()

    def told(name: str) -> Iterable[str]:
        found = outline(name)
        if found is None:
            return needs(name)
        needed, tracks = found
        if not tracks:
            silent.add(name)
        return needed

    return [name for name in names_led_to(names, told) if name not in silent]


def wanted_names(jobs: Iterable[Job], requirements: Callable[[PackageRecord], Iterable[MatchSpec]]) -> list[str]:
    """Return the names of packages that jobs want, not of those that they leave out.

    What installed records depend on is wanted, too; nothing where that cannot be read: no solution holds such a record.
    """
    names = []
    for job in jobs:
        if isinstance(job, (Install, Pin)) and job.spec.name != EVERY_NAME:
            names.append(job.spec.name)
        elif isinstance(job, (Keep, Freeze)):
            names.append(job.record.name)
            try:
                names += [spec.name for spec in requirements(job.record)]
            except ParseError:
                continue
    return names


def needed_names(records: Sequence[PackageRecord], targets: dict[str, str]) -> set[str]:
    """Return the names that records depend on, or that their groups of dependencies (CEP 44) have.

    `targets` keeps the names in texts from one call to the next.
    """
    lists = {id(record.depends): record.depends for record in records}
    for record in records:
        if record.extra_depends:
            lists.update((id(members), members) for members in record.extra_depends.values())
    texts = {text for each in lists.values() for text in each}
    for text in texts - targets.keys():
        targets[text] = target_of(text)
    return {targets[text] for text in texts}
