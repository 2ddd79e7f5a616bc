"""Searches the environments of this machine."""

from __future__ import annotations

from conda_kernel.channels import channel_settings
from conda_kernel.errors import PackagesNotFound
from conda_kernel.known_environments import known_prefixes
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.event import Warned
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.prefix_record import CorruptedEnvironment
from conda_kernel.model.record_writing import record_as_json
from conda_kernel.model.result import Result, Table
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.context import Context
    from conda_kernel.model.event import Event
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord

COLUMNS = ("# Location", "Name", "Version", "Build", "Channel")
WIDTHS = (40, 18, 14, 14, 1)


def in_environments(context: Context, spec: MatchSpec, tell: Callable[[Event], None]) -> Result:
    """Return what the spec selects in each environment that is known; raise `PackagesNotFound` when that is nothing.

    An environment that cannot be read is left out with a warning.
    """
    names = ChannelNames(channel_settings(context))
    found: dict[str, list[PackageRecord]] = {}
    for prefix in known_prefixes(context):
        try:
            summaries = PrefixPackages(prefix, names).summaries()
        except CorruptedEnvironment as error:
            tell(Warned(f"{error}; `{prefix}` is left out"))
            continue
        records = [summary.record for summary in summaries if spec.matches(summary.record)]
        if records:
            found[prefix] = records
    if not found:
        raise PackagesNotFound(
            f"no environment has `{mask_secrets(str(spec))}`",
            hint="`conda info --envs` shows which environments are known",
            packages=[mask_secrets(str(spec))],
        )
    rows = tuple(
        (prefix, record.name, record.version, record.build, record.channel)
        for prefix, records in found.items()
        for record in records
    )
    document = [
        {"location": prefix, "package_records": [record_as_json(record) for record in records]}
        for prefix, records in found.items()
    ]
    return Result(document, (Table(COLUMNS, rows, "", WIDTHS, frozenset(COLUMNS[2:4])),))
