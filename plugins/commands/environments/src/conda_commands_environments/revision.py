"""Plans the way back to an earlier revision: its packages, and what was asked for then."""

from __future__ import annotations

from conda_kernel.channels import channel_settings
from conda_kernel.errors import CondaError, UsageError
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.history import History
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix import Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_commands_environments.lookup import Lookup
    from conda_kernel.context import Context
    from conda_kernel.model.plan import Change


MOST_DIGITS = 1000
"""A longer text is refused before it is made a number of."""


class NoSuchRevision(CondaError):
    """An environment has no revision of that number."""

    conda_name = "CondaIndexError"


def revision_number(text: str) -> int:
    """Read the number of a revision; raise UsageError for what cannot be one."""
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise UsageError(
            f"`--revision` takes a number, 0 or more, and not `{printable(text)}`",
            hint="`conda list --revisions` shows them",
        )
    return int(text)


def revision_change(change: Change, number: int, lookup: Lookup, context: Context) -> Change | None:
    """Return the change that leads to the state after revision `number`; `None` when the environment is in it.

    `change` says where and how. Raises NoSuchRevision, CorruptedEnvironment, and PackagesNotFound when packages of that
    time are no longer to be had.
    """
    prefix = Prefix(change.prefix, ChannelNames(channel_settings(context)))
    history = prefix.history()
    revisions = len(history.revisions)
    if number >= revisions:
        raise NoSuchRevision(
            f"there is no revision {number}: `{change.prefix}` has {revisions}, counted from 0",
            hint="`conda list --revisions` shows them",
            revision=number,
            revisions=revisions,
        )
    installed = {str(found.record): found.record for found in prefix.records()}
    wanted = history.states()[number]
    found = lookup.records(wanted - installed.keys())
    records = {record.name: record for record in (found | installed).values() if str(record) in wanted}
    records |= {record.name: record for record in found.values()}
    asked_then = History(history.revisions[: number + 1]).requested(records)
    names_now = {record.name for record in installed.values()}
    asked_now = history.requested(names_now)
    if wanted == installed.keys() and asked_then == asked_now:
        return None
    gone = (names_now - records.keys()) | (asked_now.keys() - asked_then.keys())
    return change.replaced(
        install=tuple(asked_then.values()),
        remove=tuple(MatchSpec.parse(name) for name in sorted(gone)),
        force_remove=True,
        records=tuple(record for _, record in sorted(records.items())),
    )
