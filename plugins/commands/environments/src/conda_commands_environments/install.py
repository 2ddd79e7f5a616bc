"""Installs packages into an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_commands_environments import arguments as shared
from conda_commands_environments.execution import Execution, nothing_to_do
from conda_commands_environments.explicit_change import explicit_change
from conda_commands_environments.package_specs import NoPackages
from conda_commands_environments.recovered import recovered_environment
from conda_commands_environments.wanted import wanted
from conda_kernel.channels import target_subdir
from conda_kernel.hookspecs import PACKAGE_CACHES, PLANNERS
from conda_kernel.model.plan import Change, UpdateMode

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result


class Install:
    """The command `conda install`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        shared.add_packages(parser)
        shared.add_changes(parser)
        shared.add_update_mode(parser, UpdateMode.FREEZE)
        shared.add_frozen(parser)

    def run(self, arguments: Namespace) -> Result:
        """Plan the change, show it, ask, and carry it out."""
        kernel = self._kernel
        asked = wanted(arguments.packages, arguments.files, target_subdir(kernel.context))
        if not asked.specs and not asked.explicit and arguments.update is not UpdateMode.ALL:
            raise NoPackages("name at least one package to install", hint="`conda install numpy`, or `--file FILE`")
        planner = kernel.driver(PLANNERS)
        change = Change(
            recovered_environment(kernel),
            install=asked.specs,
            update=arguments.update,
            dependencies=arguments.dependencies,
            force_reinstall=arguments.force_reinstall,
            ignore_pinned=arguments.no_pin,
            prune=arguments.prune,
            command=shared.command_text("install", arguments, kernel.context),
        )
        if asked.is_explicit:
            change = explicit_change(change, asked.explicit, kernel.context, kernel.reporter)
            if not change.records:
                return nothing_to_do()
        plan = planner.plan(change)
        execution = Execution(planner, lambda: kernel.driver(PACKAGE_CACHES), kernel.context, kernel.reporter)
        if arguments.download_only:
            return execution.downloaded(plan, is_stated=asked.is_explicit)
        return execution.of(plan, is_stated=asked.is_explicit)
