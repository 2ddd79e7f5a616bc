"""Makes an environment, with packages or without."""

from __future__ import annotations

import os

from conda_commands_environments import arguments as shared
from conda_commands_environments.agreement import agree
from conda_commands_environments.default_packages import with_defaults
from conda_commands_environments.execution import Execution
from conda_commands_environments.target import UnusableTarget, new_prefix
from conda_commands_environments.wanted import wanted
from conda_kernel.channels import target_subdir
from conda_kernel.errors import UsageError
from conda_kernel.hookspecs import CACHE_KEEPERS, INDEXES, PLANNERS
from conda_kernel.model.environment import is_environment
from conda_kernel.model.plan import Change
from conda_kernel.settings import DRY_RUN, IGNORE_PINNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from contextlib import AbstractContextManager

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result


class Create:
    """The command `conda create`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        shared.add_packages(parser)
        shared.add_changes(parser)
        parser.add_argument(
            "--no-default-packages", action="store_true", help="leave out the packages of `create_default_packages`"
        )
        parser.add_argument("--clone", metavar="ENV", help="make it like this environment, a name or a path")

    def run(self, arguments: Namespace) -> Result:
        """Plan the environment, show the plan, ask, and make it; one in its place goes when the new one is whole."""
        kernel = self._kernel
        is_dry = kernel.context[DRY_RUN]
        is_made = not is_dry and not arguments.download_only
        prefix = new_prefix(arguments, kernel.context, kernel.reporter, is_made=is_made)
        if is_made:
            from conda_commands_environments.recovered import recover  # noqa: PLC0415 - a dry run mends nothing

            recover(kernel, prefix)
        if arguments.clone is not None:
            return self._cloned(arguments, prefix, is_made=is_made)
        asked = wanted(arguments.packages, arguments.files, target_subdir(kernel.context))
        with_default = not arguments.no_default_packages and not asked.is_explicit
        replaces = self._replaces(prefix, is_dry=is_dry, is_made=is_made)
        kernel = asked.with_logins(kernel)
        planner = kernel.driver(PLANNERS)
        change = Change(
            prefix,
            install=with_defaults(asked.specs, kernel.context) if with_default else asked.specs,
            creates=True,
            dependencies=shared.dependency_mode(kernel.context),
            ignore_pinned=kernel.context[IGNORE_PINNED],
            command=shared.command_text("create", arguments, kernel.context),
        )
        if asked.is_explicit:
            change = asked.explicit_change(change, kernel.context, kernel.reporter)
        plan = planner.plan(change)
        execution = Execution.on(kernel)
        if arguments.download_only:
            return execution.downloaded(plan, is_stated=asked.is_explicit)
        around = self._moved_aside(prefix) if replaces else None
        result = execution.of(plan, around=around, is_stated=asked.is_explicit)
        if is_made:
            from conda_commands_environments.foreign_platform import keep_platform  # noqa: PLC0415 - likewise

            keep_platform(prefix, kernel.context)
        return result

    def _cloned(self, arguments: Namespace, prefix: str, *, is_made: bool) -> Result:
        from conda_commands_environments.cloning import clone_change, clone_result, clone_source  # noqa: PLC0415 - for `--clone` alone
        from conda_commands_environments.lookup import Lookup  # noqa: PLC0415 - likewise

        kernel = self._kernel
        if arguments.packages or arguments.files:
            raise UsageError("`--clone` says which packages there will be; name no others")
        source = clone_source(arguments.clone, kernel.context)
        command = shared.command_text("create", arguments, kernel.context, [f"--clone={arguments.clone}"])
        lookup = Lookup(lambda: kernel.driver(INDEXES), lambda: kernel.driver(CACHE_KEEPERS), kernel.context)
        change = clone_change(source, prefix, lookup, kernel.context, command)
        replaces = self._replaces(prefix, is_dry=kernel.context[DRY_RUN], is_made=is_made)
        planner = kernel.driver(PLANNERS)
        execution = Execution.on(kernel)
        plan = planner.plan(change)
        if arguments.download_only:
            return execution.downloaded(plan)
        result = execution.of(plan, around=self._moved_aside(prefix) if replaces else None)
        return clone_result(result, source, prefix)

    def _moved_aside(self, prefix: str) -> AbstractContextManager[object]:
        from conda_commands_environments.moved_aside import moved_aside  # noqa: PLC0415 - shutil, for what is replaced

        return moved_aside(prefix, self._kernel.reporter)

    def _replaces(self, prefix: str, *, is_dry: bool, is_made: bool) -> bool:
        """Tell whether an environment is to be replaced, which the user has agreed to; raise Declined otherwise."""
        kernel = self._kernel
        if is_environment(prefix):
            if is_dry:
                raise UnusableTarget(f"`{prefix}` is an environment already", location=prefix)
            if is_made:
                told = f"`{prefix}` is an environment already. Remove it and make it anew"
                agree(kernel.reporter, kernel.context, told, default=False)
            return is_made
        if is_made and os.path.isdir(prefix) and os.listdir(prefix):
            told = f"`{prefix}` is a folder that is not empty, and no environment. Make one in it"
            agree(kernel.reporter, kernel.context, told, default=False)
        return False
