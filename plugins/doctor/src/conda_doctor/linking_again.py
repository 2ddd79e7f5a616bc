"""Links packages again whose files are not as they were installed."""

from __future__ import annotations

from conda_doctor.readable_records import readable_records
from conda_kernel.errors import CondaError
from conda_kernel.hookspecs import PLANNERS
from conda_kernel.model.finding import Finding
from conda_kernel.model.plan import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.prefix_record import PrefixRecord


class NotRestored(CondaError):
    """A package cannot be linked again."""


def file_finding(installed: PrefixRecord, files: Sequence[str], one: str, many: str) -> Finding:
    """Return the finding on files of a package; `one` and `many` say what is wrong with one or several."""
    package = installed.record.dist_name
    told = f"1 file of `{package}` {one}" if len(files) == 1 else f"{len(files)} files of `{package}` {many}"
    return Finding(
        told,
        {"package": package, "files": sorted(files)},
        tuple(sorted(files)),
        remedy=f"link `{package}` again" if installed.record.url else "",
        hint="" if installed.record.url else f"nobody knows where `{package}` came from: install it anew",
    )


def link_again(kernel: Kernel, prefix: str, findings: Sequence[Finding]) -> None:
    """Unlink and link the packages of the findings as they are recorded.

    They come from the package cache, or are downloaded again. Raises NotRestored, and what carrying out a plan raises.
    """
    packages = {finding.details.get("package") for finding in findings}
    records = tuple(
        installed.record
        for installed in readable_records(prefix, kernel.context)
        if installed.record.dist_name in packages
    )
    if len(records) != len(packages):
        raise NotRestored("the packages have changed since they were looked at", hint="look again")
    planner = kernel.driver(PLANNERS)
    change = Change(prefix, records=records, force_reinstall=True, command="conda doctor --fix")
    planner.carry_out(planner.plan(change))
