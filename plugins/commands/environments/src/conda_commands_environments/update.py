"""Brings installed packages up to date."""

from __future__ import annotations

from conda_commands_environments import arguments as shared
from conda_commands_environments.execution import Execution
from conda_commands_environments.package_specs import NoPackages, package_specs
from conda_commands_environments.recovered import recovered_environment
from conda_commands_environments.settings import FORCE_REINSTALL
from conda_kernel.errors import CondaError, PackagesNotFound
from conda_kernel.hookspecs import PLANNERS
from conda_kernel.model.plan import Change, UpdateMode
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.secret import mask_secrets
from conda_kernel.settings import IGNORE_PINNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.result import Result


class NotAName(CondaError):
    """An update was asked for with more than the name of a package."""

    conda_name = "CondaUpdatePackageError"


class NotInstalled(PackagesNotFound):
    """An update was asked for of packages that are not there."""

    conda_name = "PackageNotInstalledError"


class Update:
    """The commands `conda update` and `conda upgrade`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        shared.add_packages(parser)
        shared.add_changes(parser)
        shared.add_update_mode(parser, UpdateMode.SPECS)
        shared.add_frozen(parser)

    def run(self, arguments: Namespace) -> Result:
        """Plan the change, show it, ask, and carry it out."""
        kernel = self._kernel
        mode = shared.update_mode(kernel.context, UpdateMode.SPECS)
        specs = package_specs(arguments.packages, arguments.files)
        if not specs and mode is not UpdateMode.ALL:
            raise NoPackages("name at least one package to update", hint="`--all` updates every package")
        prefix = recovered_environment(kernel)
        check_updatable(specs, prefix)
        planner = kernel.driver(PLANNERS)
        plan = planner.plan(
            Change(
                prefix,
                install=specs,
                update=mode,
                dependencies=shared.dependency_mode(kernel.context),
                force_reinstall=kernel.context[FORCE_REINSTALL],
                ignore_pinned=kernel.context[IGNORE_PINNED],
                prune=arguments.prune,
                command=shared.command_text("update", arguments, kernel.context),
            )
        )
        execution = Execution.on(kernel)
        return execution.downloaded(plan) if arguments.download_only else execution.of(plan)


def check_updatable(specs: Sequence[MatchSpec], prefix: str) -> None:
    """Raise NotAName for a spec that says more than a name, NotInstalled for names that are not installed."""
    for spec in specs:
        if str(spec) != spec.name or not spec.is_exact_name:
            raise NotAName(
                f"an update takes names alone, and `{mask_secrets(str(spec))}` says more",
                hint="`conda install` takes versions, builds and channels",
            )
    there = {summary.record.name for summary in Prefix(prefix).summaries()}
    absent = [spec.name for spec in specs if spec.name not in there]
    if absent:
        names = ", ".join(f"`{name}`" for name in absent)
        raise NotInstalled(
            f"`{prefix}` does not have {names}",
            hint="`conda install` brings new packages",
            prefix=prefix,
            packages=absent,
            package_name=absent[0],
        )
