"""The way from the packages that are installed to those that are wanted: what to unlink and what to link."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_planner.order import link_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_kernel.model.record import PackageRecord


class Difference(NamedTuple):
    """What to unlink, dependents first, and what to link, dependencies first."""

    unlink: tuple[PrefixRecord, ...]
    link: tuple[PackageRecord, ...]


def difference(
    installed: Mapping[str, PrefixRecord],
    wanted: Iterable[PackageRecord],
    machine: Sequence[VirtualPackage] = (),
    *,
    again: Iterable[str] = (),
) -> Difference:
    """Return the way from the one set to the other; packages are the same when their identity is.

    What stands in `again` is unlinked and linked even when it stays as it is. So are packages of Python that run on
    any version (noarch) when the minor version of Python or the place of its packages changes.
    """
    after = {record.name: record for record in wanted}
    same = {
        name for name, before in installed.items() if name in after and after[name].identity == before.record.identity
    }
    same.difference_update(again)
    if _python_moves(installed, after):
        same = {name for name in same if after[name].noarch != "python"}
    before_in_order = link_order((each.record for each in installed.values()), machine)
    return Difference(
        unlink=tuple(installed[record.name] for record in reversed(before_in_order) if record.name not in same),
        link=tuple(record for record in link_order(after.values(), machine) if record.name not in same),
    )


def minor_version(record: PackageRecord) -> str:
    """Return the first two parts of a version, `3.12` of `3.12.4`."""
    return ".".join(record.version.split(".")[:2])


def _python_moves(installed: Mapping[str, PrefixRecord], after: Mapping[str, PackageRecord]) -> bool:
    before, python = installed.get("python"), after.get("python")
    if before is None or python is None:
        return False
    return _place(before.record) != _place(python)


def _place(python: PackageRecord) -> tuple[str, str | None]:
    return minor_version(python), python.python_site_packages_path
