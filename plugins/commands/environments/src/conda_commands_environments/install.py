"""Installs packages into an environment."""

from __future__ import annotations

from conda_commands_environments import arguments as shared
from conda_commands_environments.execution import Execution, nothing_to_do
from conda_commands_environments.lookup import Lookup
from conda_commands_environments.package_specs import NoPackages
from conda_commands_environments.recovered import recovered_environment
from conda_commands_environments.revision import revision_change, revision_number
from conda_commands_environments.settings import FORCE_REINSTALL
from conda_commands_environments.wanted import wanted
from conda_kernel.channels import target_subdir
from conda_kernel.errors import UsageError
from conda_kernel.hookspecs import CACHE_KEEPERS, INDEXES, PLANNERS
from conda_kernel.model.plan import Change, UpdateMode
from conda_kernel.settings import DRY_RUN, IGNORE_PINNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.plan import Plan
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
        parser.add_argument(
            "--revision",
            type=revision_number,
            metavar="NUMBER",
            help="go back to a revision that `conda list --revisions` shows: its packages, and what was asked for then",
        )

    def run(self, arguments: Namespace) -> Result:
        """Plan the change, show it, ask, and carry it out."""
        if arguments.revision is not None:
            return self._went_back(arguments)
        kernel = self._kernel
        mode = shared.update_mode(kernel.context, UpdateMode.FREEZE)
        asked = wanted(arguments.packages, arguments.files, target_subdir(kernel.context))
        if not asked.specs and not asked.explicit and mode is not UpdateMode.ALL:
            raise NoPackages("name at least one package to install", hint="`conda install numpy`, or `--file FILE`")
        self._kernel = kernel = asked.with_logins(kernel)
        planner = kernel.driver(PLANNERS)
        change = Change(
            recovered_environment(kernel),
            install=asked.specs,
            update=mode,
            dependencies=shared.dependency_mode(kernel.context),
            force_reinstall=kernel.context[FORCE_REINSTALL],
            ignore_pinned=kernel.context[IGNORE_PINNED],
            prune=arguments.prune,
            command=shared.command_text("install", arguments, kernel.context),
        )
        if asked.is_explicit:
            change = asked.explicit_change(change, kernel.context, kernel.reporter)
            if not change.records:
                return nothing_to_do()
        plan = planner.plan(change)
        return self._executed(plan, arguments, is_stated=asked.is_explicit)

    def _went_back(self, arguments: Namespace) -> Result:
        kernel = self._kernel
        if arguments.packages or arguments.files:
            raise UsageError("`--revision` says which packages there will be; name no others")
        lookup = Lookup(lambda: kernel.driver(INDEXES), lambda: kernel.driver(CACHE_KEEPERS), kernel.context)
        command = shared.command_text("install", arguments, kernel.context, [f"--revision={arguments.revision}"])
        base = Change(recovered_environment(kernel), ignore_pinned=kernel.context[IGNORE_PINNED], command=command)
        change = revision_change(base, arguments.revision, lookup, kernel.context)
        if change is None:
            return nothing_to_do()
        plan = kernel.driver(PLANNERS).plan(change)
        if plan.is_empty and not kernel.context[DRY_RUN] and not arguments.download_only:
            # The packages are the same: what was asked for is not.
            return Execution.on(self._kernel).carried_out(plan)
        return self._executed(plan, arguments, is_stated=False)

    def _executed(self, plan: Plan, arguments: Namespace, *, is_stated: bool) -> Result:
        execution = Execution.on(self._kernel)
        if arguments.download_only:
            return execution.downloaded(plan, is_stated=is_stated)
        return execution.of(plan, is_stated=is_stated)
