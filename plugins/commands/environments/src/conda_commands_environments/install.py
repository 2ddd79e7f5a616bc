"""Installs packages into an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_commands_environments import arguments as shared
from conda_commands_environments.execution import Execution
from conda_commands_environments.package_specs import NoPackages, package_specs
from conda_commands_environments.recovered import recovered_environment
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
        specs = package_specs(arguments.packages, arguments.files)
        if not specs and arguments.update is not UpdateMode.ALL:
            raise NoPackages("name at least one package to install", hint="`conda install numpy`, or `--file FILE`")
        planner = kernel.driver(PLANNERS)
        plan = planner.plan(
            Change(
                recovered_environment(kernel),
                install=specs,
                update=arguments.update,
                dependencies=arguments.dependencies,
                force_reinstall=arguments.force_reinstall,
                ignore_pinned=arguments.no_pin,
                prune=arguments.prune,
                command=shared.command_text("install", arguments, kernel.context),
            )
        )
        execution = Execution(planner, lambda: kernel.driver(PACKAGE_CACHES), kernel.context, kernel.reporter)
        return execution.downloaded(plan) if arguments.download_only else execution.of(plan)
