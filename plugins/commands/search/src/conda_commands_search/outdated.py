"""Finds installed packages of which the channels have newer builds."""

from __future__ import annotations

from conda_commands_search.order import in_order, version_key
from conda_commands_search.views import documents
from conda_kernel.channels import channel_settings
from conda_kernel.errors import PackagesNotFound
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.event import Warned
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.result import Result, Table, Text
from conda_kernel.model.secret import mask_secrets
from conda_kernel.prefixes import existing_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_commands_search.opening import ChannelPackages
    from conda_kernel.context import Context
    from conda_kernel.model.event import Event
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord

COLUMNS = ("# Name", "Installed", "Latest", "Build", "Channel")
WIDTHS = (20, 14, 14, 14, 1)


def outdated(context: Context, spec: MatchSpec, packages: ChannelPackages, tell: Callable[[Event], None]) -> Result:
    """Return the newer builds of those installed packages that the spec selects.

    Here channel priority and policies hold: what an update would not consider is not newer. Raises
    `NoActiveEnvironment`, `NotAnEnvironment`, `CorruptedEnvironment`, and `PackagesNotFound` when the spec selects
    nothing that is installed.
    """
    prefix = existing_environment(context)
    installed = PrefixPackages(prefix, ChannelNames(channel_settings(context)))
    chosen = [summary.record for summary in installed.summaries() if spec.matches(summary.record)]
    for problem in installed.problems():
        tell(Warned(problem))
    if not chosen and spec.name != "*":
        raise PackagesNotFound(
            f"`{prefix}` does not have `{mask_secrets(str(spec))}`",
            hint="`conda list` shows what it has",
            packages=[mask_secrets(str(spec))],
            prefix=prefix,
        )
    packages.index.bring(record.name for record in chosen)
    newer = {record: newer_builds(record, packages) for record in chosen}
    rows = tuple(
        (old.name, old.version, found[-1].version, found[-1].build, found[-1].channel)
        for old, found in newer.items()
        if found
    )
    document = documents(record for found in newer.values() for record in found)
    if not rows:
        return Result(document, (Text("everything is up to date"),))
    return Result(document, (Table(COLUMNS, rows, "", WIDTHS, frozenset(COLUMNS[1:4])),))


def newer_builds(installed: PackageRecord, packages: ChannelPackages) -> tuple[PackageRecord, ...]:
    """Return the candidates that have a higher version, or the same and a higher build number, in order."""
    age = _age(installed)
    return in_order(record for record in packages.index.candidates(installed.name) if _age(record) > age)


def _age(record: PackageRecord) -> tuple[str, int]:
    return version_key(record), record.build_number
