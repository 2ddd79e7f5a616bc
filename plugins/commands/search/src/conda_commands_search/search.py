"""Finds packages in channels, and in environments."""

from __future__ import annotations

from functools import partial

from conda_commands_search.opening import ChannelPackages
from conda_commands_search.views import Anew, listing
from conda_kernel.errors import UsageError
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.secret import mask_secrets
from conda_kernel.options import add_channels, add_network, add_target, unquoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from conda_commands_search.found import Found
    from conda_commands_search.views import Group
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result

EVERYTHING = "*"


class Search:
    """The command `conda search`; it only reads."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context
        self._tell = kernel.reporter.tell
        self._packages = partial(ChannelPackages, kernel)

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument(
            "spec",
            nargs="?",
            type=unquoted,
            default=EVERYTHING,
            metavar="SPEC",
            help="a name, a glob (`*numpy*`), or any other match spec (`numpy>=1.26`, `conda-forge::numpy`)",
        )
        parser.add_argument("-i", "--info", action="store_true", help="show everything that is known of each package")
        parser.add_argument(
            "--skip-flexible-search", action="store_true", help="do not look for `*SPEC*` when nothing is named SPEC"
        )
        form = parser.add_argument_group("other searches").add_mutually_exclusive_group()
        form.add_argument("--envs", action="store_true", help="search the environments of this machine, not channels")
        form.add_argument(
            "--outdated", action="store_true", help="show installed packages of which the channels have newer builds"
        )
        form.add_argument(
            "--reverse-dependency",
            "--whoneeds",
            action="store_true",
            help="show the packages that depend on what SPEC selects",
        )
        add_target(parser)
        add_channels(parser)
        add_network(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return the packages that were found, best last.

        Raises `PackagesNotFound` when there are none, `InvalidMatchSpec`, and what reading channels raises.
        """
        spec = MatchSpec.parse(arguments.spec)
        for warning in spec.warnings:
            self._tell(Warned(f"`{mask_secrets(arguments.spec)}`: {warning}"))
        if arguments.envs:
            from conda_commands_search.environments import in_environments  # noqa: PLC0415 - for `--envs` alone

            return in_environments(self._context, spec, self._tell)
        if arguments.outdated:
            from conda_commands_search.outdated import outdated  # noqa: PLC0415 - for `--outdated` alone

            return outdated(self._context, spec, self._packages(spec), self._tell)
        if arguments.reverse_dependency:
            return self._dependents(spec, shows_all=arguments.info)
        found = self._found(spec, is_flexible=not arguments.skip_flexible_search)
        return listing(Anew(partial(self._groups, found)), shows_all=arguments.info)

    def _found(self, spec: MatchSpec, *, is_flexible: bool) -> Found:
        packages = self._packages(spec)
        found = packages.matching(spec)
        wider = _widened(spec)
        is_empty = found.is_empty()
        if is_empty and is_flexible and wider is not None:
            self._tell(Told(f"nothing matches `{spec}`; searching for `{wider}`"))
            found = packages.matching(wider)
            is_empty = found.is_empty()
        if is_empty:
            from conda_commands_search.missing import not_found  # noqa: PLC0415 - an error has the time

            raise not_found(spec, packages, found.reasons())
        return found

    def _groups(self, found: Found) -> Iterator[Group]:
        """Yield what was found, and then say what was kept out."""
        yield from found
        for line in found.reasons():
            self._tell(Warned(f"not all that match are shown; {line}"))

    def _dependents(self, spec: MatchSpec, *, shows_all: bool) -> Result:
        from conda_commands_search.dependents import Dependents  # noqa: PLC0415 - for this search alone

        if not spec.is_exact_name:
            raise UsageError(
                f"what depends on `{spec}` is not looked for: it may be any package",
                hint="give the name of one package, as in `conda search --reverse-dependency numpy`",
            )
        found = Dependents(spec, self._packages(MatchSpec.parse(EVERYTHING)))
        return listing(Anew(partial(iter, found)), shows_all=shows_all)


def _widened(spec: MatchSpec) -> MatchSpec | None:
    """Return the spec for all names that the name is a part of; `None` when it is a pattern already."""
    if not spec.is_exact_name:
        return None
    return MatchSpec.from_fields(spec.fields._replace(name=f"*{spec.name}*"))
