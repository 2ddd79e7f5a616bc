"""Makes an environment like another: the same packages, the same wishes, and the files that no package owns."""

from __future__ import annotations

import os

from conda_commands_environments.copying import cloned_files, copy_files, remove_files
from conda_commands_environments.places import named_or_path
from conda_kernel.channels import channel_settings
from conda_kernel.errors import CondaError, NotAnEnvironment
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.environment import is_environment
from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Action, Change
from conda_kernel.model.prefix import Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_commands_environments.lookup import Lookup
    from conda_kernel.context import Context
    from conda_kernel.model.plan import Plan
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.result import Result

NAME = "untracked-files"
TOOL = "conda"
"""The package that a clone of the environment conda runs in does without."""


class NotCloned(CondaError):
    """An environment cannot be cloned to a place."""

    conda_name = "CondaEnvironmentError"


def clone_source(text: str, context: Context) -> str:
    """Return the prefix that a name or a path means; raise NotAnEnvironment and UsageError."""
    prefix, _ = named_or_path(text, context)
    if not is_environment(prefix):
        raise NotAnEnvironment(f"not an environment: `{printable(prefix)}`", location=prefix)
    return prefix


def clone_change(source: str, prefix: str, lookup: Lookup, context: Context, command: str) -> Change:
    """Return the change that makes `prefix` like `source`.

    Raises NotCloned when one lies in the other, CorruptedEnvironment, and PackagesNotFound for packages whose URL is
    not recorded and that nobody has any more.
    """
    _check_apart(source, prefix)
    there = Prefix(source, ChannelNames(channel_settings(context)))
    records = {installed.name: installed.record for installed in there.records()}
    if os.path.realpath(source) == os.path.realpath(context.root_prefix):
        records = _without_tool(records.values())
    lost = {str(record): name for name, record in records.items() if not record.url}
    records |= {lost[text]: record for text, record in lookup.records(lost).items()}
    return Change(
        prefix,
        install=tuple(there.history().requested(records).values()),
        creates=True,
        command=command,
        records=tuple(record for _, record in sorted(records.items())),
        clones=source,
    )


def clone_result(result: Result, source: str, prefix: str) -> Result:
    """Return the result of a change that made a clone, with what conda tells of one; raise CorruptedEnvironment."""
    document = dict(result.document) if isinstance(result.document, dict) else {}
    own = {"src_prefix": source, "dst_prefix": prefix, "untracked_files": cloned_files(source)}
    return result._replace(document={**document, **own})


def copy_untracked(plan: Plan) -> Action | None:
    """Return what copies the files that no package owns, when a plan makes a clone; undoing it removes them."""
    source, prefix = plan.change.clones, plan.prefix
    if not source:
        return None

    def do() -> object:
        files = cloned_files(source)
        return {"copied": files, "unreadable": copy_files(files, source, prefix)}

    def undo(answer: object) -> None:
        # Nothing else was there: a clone is made in an empty folder.
        copied = answer.get("copied") if isinstance(answer, dict) else None
        remove_files(copied if isinstance(copied, list) else cloned_files(source), prefix)

    return Action(NAME, do, undo)


def _without_tool(records: Iterable[PackageRecord]) -> dict[str, PackageRecord]:
    """Return the packages less the package manager, and less what depends on it, directly or not."""
    kept = {record.name: record for record in records}
    gone = {TOOL}
    while True:
        users = {name for name, record in kept.items() if gone.intersection(map(_name_in, record.depends))} - gone
        if not users:
            return {name: record for name, record in kept.items() if name not in gone}
        gone |= users


def _name_in(depend: str) -> str:
    return depend.split(" ", 1)[0].rpartition("::")[2].lower()


def _check_apart(source: str, prefix: str) -> None:
    one, other = os.path.realpath(source), os.path.realpath(prefix)
    if one == other or other.startswith(one + os.sep) or one.startswith(other + os.sep):
        raise NotCloned(
            f"`{printable(prefix)}` and `{printable(source)}` lie in each other", hint="choose a place outside of it"
        )
    if not is_environment(prefix) and os.path.lexists(prefix) and (not os.path.isdir(prefix) or os.listdir(prefix)):
        raise NotCloned(f"`{printable(prefix)}` is there already, and no environment", location=prefix)
