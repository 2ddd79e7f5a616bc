"""Gives an environment another name or place: it is made anew there, and the old one is deleted."""

from __future__ import annotations

import shlex

from conda_commands_environments import arguments as shared
from conda_commands_environments.cloning import clone_change, clone_result
from conda_commands_environments.execution import Execution
from conda_commands_environments.lookup import Lookup
from conda_commands_environments.moved_aside import NotMoved, delete, moved_aside
from conda_commands_environments.places import named_or_path
from conda_commands_environments.protected import check_replaceable
from conda_commands_environments.recovered import recover, recovered_environment
from conda_commands_environments.target import UnusableTarget, check_usable
from conda_kernel import options
from conda_kernel.errors import CondaError
from conda_kernel.hookspecs import CACHE_KEEPERS, INDEXES, PLANNERS
from conda_kernel.model.environment import is_environment
from conda_kernel.model.environments_txt import drop
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.result import Result, Text, Verbatim
from conda_kernel.settings import ALWAYS_YES, DRY_RUN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel


class SourceChanged(CondaError):
    """An environment was changed while it was made anew at another place; both are there."""


class Rename:
    """The command `conda rename`.

    An environment cannot be moved: its prefix is written into its files.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("destination", metavar="DESTINATION", help="the new name, or a path")
        options.add_target(parser)
        options.add_channels(parser)
        shared.add_frozen(parser)
        options.add_network(parser)
        options.add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Make the environment at its new place, and then delete the old one.

        Raises NoActiveEnvironment, NotAnEnvironment, EnvironmentInUse for the base environment and the active one,
        UnusableTarget, NotMoved when the old one cannot be deleted, and what making an environment raises; then all is
        as it was before, less what was to be replaced. Raises SourceChanged when somebody has changed the old one
        meanwhile, which then stays.
        """
        kernel = self._kernel
        source = recovered_environment(kernel)
        check_replaceable(source, kernel.context, "renamed")
        prefix, name = named_or_path(arguments.destination, kernel.context)
        check_usable(prefix, name, kernel.context, kernel.reporter)
        if kernel.context[DRY_RUN]:
            return _dry_run(source, prefix)
        recover(kernel, prefix)
        replaces = is_environment(prefix)
        if replaces and not kernel.context[ALWAYS_YES]:
            raise UnusableTarget(f"`{prefix}` is an environment already", hint="`--yes` replaces it", location=prefix)
        before = Prefix(source).fingerprint()
        result = self._cloned(source, prefix, arguments.destination, replaces=replaces)
        if Prefix(source).unfinished_change() or Prefix(source).fingerprint() != before:
            raise SourceChanged(
                f"`{source}` was changed meanwhile, and stays; `{prefix}` is as it was before",
                hint=f"remove one of them: `conda remove --all -p {shlex.quote(source)}`",
                src_prefix=source,
                dst_prefix=prefix,
            )
        try:
            delete(source, kernel.reporter, of=source)
        except NotMoved:
            if not replaces:
                delete(prefix, kernel.reporter, of=prefix)
                drop((prefix,), kernel.context.environ)
            raise
        drop((source,), kernel.context.environ)
        return result

    def _cloned(self, source: str, prefix: str, destination: str, *, replaces: bool) -> Result:
        kernel = self._kernel
        lookup = Lookup(lambda: kernel.driver(INDEXES), lambda: kernel.driver(CACHE_KEEPERS), kernel.context)
        command = shlex.join(["conda", "rename", "-p", source, destination])
        change = clone_change(source, prefix, lookup, kernel.context, command)
        planner = kernel.driver(PLANNERS)
        execution = Execution.on(kernel)
        around = moved_aside(prefix, kernel.reporter) if replaces else None
        result = clone_result(execution.of(planner.plan(change), around=around), source, prefix)
        return result._replace(views=(*result.views, Text(f"`{source}` is `{prefix}` now")))


def _dry_run(source: str, prefix: str) -> Result:
    lines = f"Dry run action: clone {source},{prefix}\nDry run action: rm_rf {source}\n"
    document = {"success": True, "dry_run": True, "src_prefix": source, "dst_prefix": prefix}
    return Result(document, (Verbatim(lines),))
