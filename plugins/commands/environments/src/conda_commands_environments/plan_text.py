"""Writes a plan for people, in the layout that scripts know of conda."""

from __future__ import annotations

from conda_commands_environments.download_table import download_lines
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.plan import Plan
    from conda_kernel.model.record import PackageRecord

NAME_WIDTH = 18
OLD_WIDTH = 38

DOWNLOADS = "The following packages will be downloaded:"
CHANGES = {
    "NEW": "The following NEW packages will be INSTALLED:",
    "REMOVED": "The following packages will be REMOVED:",
    "UPDATED": "The following packages will be UPDATED:",
    "SUPERSEDED": "The following packages will be SUPERSEDED by a higher-priority channel:",
    "DOWNGRADED": "The following packages will be DOWNGRADED:",
    "REVISED": "The following packages will be REVISED:",
}


class PackageChange(NamedTuple):
    """What happens to the package of one name: a record before, after, or both."""

    name: str
    old: PackageRecord | None
    new: PackageRecord | None


def plan_text(plan: Plan, downloads: Iterable[PackageRecord] = (), *, show_channels: bool | None = None) -> str:
    """Return the plan: where, the specs, what is downloaded, installed, removed, changed; empty sections are left out.

    `show_channels` is that of `download_lines`.
    """
    lines = ["", "## Package Plan ##", "", f"  environment location: {printable(plan.prefix)}", ""]
    lines += _specs("removed specs", plan.removed)
    lines += _specs("added / updated specs", plan.updated)
    lines += [""]
    lines += _section(DOWNLOADS, download_lines(downloads, show_channels=show_channels))
    changes = package_changes(plan)
    for kind, title in CHANGES.items():
        lines += _section(title, [_line(change) for change in changes if kind_of(change) == kind])
    return "\n".join(lines) + "\n"


def package_changes(plan: Plan) -> list[PackageChange]:
    """Return the changes of a plan, by name."""
    old = {installed.name: installed.record for installed in plan.unlink}
    new = {record.name: record for record in plan.link}
    return [PackageChange(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]


def kind_of(change: PackageChange) -> str:
    """Return the section that a change belongs to; empty for a package that is linked again as it was."""
    old, new = change.old, change.new
    if new is None:
        return "REMOVED"
    if old is None:
        return "NEW"
    before, after = Version.parse(old.version), Version.parse(new.version)
    if after > before or (after == before and new.build_number > old.build_number):
        return "UPDATED"
    if (old.channel, old.subdir) != (new.channel, new.subdir):
        return "SUPERSEDED"
    if old.identity == new.identity:
        return ""
    return "REVISED" if after == before else "DOWNGRADED"


def _specs(title: str, specs: Iterable[str]) -> list[str]:
    listed = [f"    - {printable(spec)}" for spec in sorted(specs)]
    return [f"  {title}:", *listed, ""] if listed else []


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, "", *lines, ""] if lines else []


def _line(change: PackageChange) -> str:
    old, new = change.old, change.new
    if new is None:
        return f"  {old.dist_name if old else change.name}"
    name = _cut(change.name, NAME_WIDTH)
    if old is None:
        return f"  {name:<{NAME_WIDTH}} {new}"
    before, after = _differing(old, new)
    return f"  {name:<{NAME_WIDTH}} {_cut(before, OLD_WIDTH):>{OLD_WIDTH}} --> {after}"


def _differing(old: PackageRecord, new: PackageRecord) -> tuple[str, str]:
    """Return what tells the two records apart: channel, subdir, version and build, as far as they differ."""
    is_moved = (old.channel, old.subdir) != (new.channel, new.subdir)
    is_other = (old.version, old.build) != (new.version, new.build)
    return (
        _shown(old, channel=is_moved, subdir=old.subdir != new.subdir, build=is_other),
        _shown(new, channel=is_moved, subdir=old.subdir != new.subdir, build=is_other),
    )


def _shown(record: PackageRecord, *, channel: bool, subdir: bool, build: bool) -> str:
    if not channel:
        return f"{record.version}-{record.build}"
    place = f"{record.channel}/{record.subdir}" if subdir else record.channel
    return f"{place}::{record.dist_name}" if build else place


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}~"
