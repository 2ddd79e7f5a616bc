"""Removes packages from an environment, or the environment."""

from __future__ import annotations

from conda_commands_environments import arguments as shared
from conda_commands_environments.agreement import agree
from conda_commands_environments.execution import Execution
from conda_commands_environments.moved_aside import delete
from conda_commands_environments.package_specs import NoPackages, package_specs
from conda_commands_environments.plan_document import plan_document
from conda_commands_environments.protected import check_replaceable
from conda_commands_environments.recovered import recovered_environment
from conda_kernel import options
from conda_kernel.errors import PackagesNotFound, UsageError
from conda_kernel.hookspecs import PLANNERS
from conda_kernel.model.environments_txt import drop
from conda_kernel.model.event import Told
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Change
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.result import Result
from conda_kernel.settings import DRY_RUN, IGNORE_PINNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel


class Remove:
    """The commands `conda remove` and `conda uninstall`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "packages",
            nargs="*",
            type=options.unquoted,
            metavar="PACKAGE",
            help="a match spec of what to remove",
        )
        options.add_target(parser)
        parser.add_argument("--all", action="store_true", help="remove all packages, and the environment")
        parser.add_argument("--keep-env", action="store_true", help="with `--all`: keep the environment, empty")
        parser.add_argument(
            "--force-remove",
            "--force",
            action="store_true",
            help="remove these packages alone, even when others need them",
        )
        parser.add_argument(
            "--features",
            action="store_true",
            help="what is named are features; remove the packages that switch them on",
        )
        parser.add_argument("--prune", action="store_true", help="also remove whatever nobody asked for")
        shared.add_pins(parser)
        shared.add_frozen(parser)
        options.add_channels(parser)
        options.add_solver(parser)
        options.add_network(parser)
        options.add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Plan the change, show it, ask, and carry it out."""
        if arguments.all:
            return self._all(arguments)
        if arguments.keep_env:
            raise UsageError("`--keep-env` goes with `--all`")
        specs = () if arguments.features else package_specs(arguments.packages, ())
        if not arguments.packages:
            raise NoPackages("name at least one package to remove", hint="`--all` removes the environment")
        kernel = self._kernel
        prefix = recovered_environment(kernel)
        return Execution.on(self._kernel).of(
            kernel.driver(PLANNERS).plan(
                Change(
                    prefix,
                    remove=specs or packages_with_features(arguments.packages, prefix),
                    force_remove=arguments.force_remove,
                    ignore_pinned=kernel.context[IGNORE_PINNED],
                    prune=arguments.prune,
                    command=shared.command_text("remove", arguments, kernel.context, _as_typed(arguments)),
                )
            )
        )

    def _all(self, arguments: Namespace) -> Result:
        if arguments.packages:
            raise UsageError("`--all` names every package; name no others")
        kernel = self._kernel
        prefix = recovered_environment(kernel)
        check_replaceable(prefix, kernel.context, "removed")
        specs = (MatchSpec.parse("*"),) if Prefix(prefix).summaries() else ()
        command = shared.command_text("remove", arguments, kernel.context)
        execution = Execution.on(self._kernel)
        plan = kernel.driver(PLANNERS).plan(Change(prefix, remove=specs, force_remove=True, command=command))
        if kernel.context[DRY_RUN]:
            return execution.dry_run(plan)
        if not plan.is_empty:
            kernel.reporter.tell(Told(f"\nRemove all packages in environment {prefix}:\n"))
            execution.show(plan)
            agree(kernel.reporter, kernel.context, "Proceed", default=True)
        if not arguments.keep_env:
            told = f"Everything in `{prefix}` will be deleted, also what conda did not put there. Continue"
            agree(kernel.reporter, kernel.context, told, default=False)
        result = execution.carried_out(plan) if not plan.is_empty else Result(plan_document(plan))
        if not arguments.keep_env:
            delete(prefix, kernel.reporter, of=prefix)
            drop((prefix,), kernel.context.environ)
        return result


def _as_typed(arguments: Namespace) -> list[str]:
    """Return the packages, with what the history has to say besides names."""
    return ["--features", *arguments.packages] if arguments.features else arguments.packages


def packages_with_features(features: Sequence[str], prefix: str) -> tuple[MatchSpec, ...]:
    """Return specs of the installed packages that switch one of the features on; raise PackagesNotFound."""
    records = [installed.record for installed in Prefix(prefix).summaries()]
    absent = [feature for feature in features if not any(feature in record.track_features for record in records)]
    if absent:
        names = ", ".join(f"`{printable(feature)}`" for feature in absent)
        raise PackagesNotFound(f"no package of `{prefix}` switches on {names}", prefix=prefix, packages=absent)
    wanted = set(features)
    return tuple(MatchSpec.parse(record.name) for record in records if wanted.intersection(record.track_features))
