"""The part of a solution that is carried out: all of it, only what was asked for, or only what that needs."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.plan import DependencyMode
from conda_planner.together import Together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.plan import Change
    from conda_kernel.model.record import PackageRecord


class Part(NamedTuple):
    """The packages that the environment is to hold, and the specs that count as asked for."""

    records: tuple[PackageRecord, ...]
    asked: tuple[MatchSpec, ...]


def chosen_part(
    change: Change,
    solution: Sequence[PackageRecord],
    installed: Mapping[str, PackageRecord],
    machine: Sequence[VirtualPackage],
) -> Part:
    """Return the part of the solution that the change asks to carry out."""
    requested = {spec.name for spec in change.install}
    if change.dependencies is DependencyMode.NONE:
        named = {record.name: record for record in solution if record.name in requested}
        return Part(tuple({**installed, **named}.values()), change.install)
    if change.dependencies is DependencyMode.ONLY:
        return _only_dependencies(requested, Together(solution, machine), installed)
    return Part(tuple(solution), change.install)


def _only_dependencies(requested: set[str], together: Together, installed: Mapping[str, PackageRecord]) -> Part:
    """Leave out what was asked for and nothing else needs; what is installed of it stays as it is."""
    needed = {needed.name for record in together.records.values() for needed in together.needed_by(record)}
    out = sorted(requested & together.records.keys() - needed)
    direct = dict.fromkeys(
        spec for name in out for spec in together.requirements(together.records[name]) if spec.name[:2] != "__"
    )
    kept = [record for name, record in together.records.items() if name not in out]
    stay = [installed[name] for name in out if name in installed]
    return Part((*kept, *stay), tuple(direct))
