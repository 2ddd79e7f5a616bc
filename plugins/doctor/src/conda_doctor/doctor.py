"""Looks for what is wrong with an environment, explains it, and mends it."""

from __future__ import annotations

from conda_doctor.checkup import Checkup, Examined, Status
from conda_doctor.report import document_of, text_of
from conda_doctor.settings import HEALTH_CHECK_DEADLINE
from conda_kernel.errors import EnvironmentFrozen, UsageError
from conda_kernel.hookspecs import HEALTH_CHECKS
from conda_kernel.model.environment import is_environment
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.result import Result, Table, Verbatim
from conda_kernel.options import add_prompt, add_target
from conda_kernel.prefixes import existing_environment
from conda_kernel.settings import DRY_RUN, VERBOSITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel

RECOVERING = ("set-aside", "unfinished-change")
"""The checks that find something where no environment is, because a command was broken off."""

FIRST = ("package-caches", *RECOVERING)
"""The checks that come before all others: what those see, and mend with, depends on what these mend."""


class Doctor:
    """The commands `conda doctor` and `conda check`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("checks", nargs="*", metavar="CHECK", help="the checks to make; all when none is named")
        add_target(parser)
        parser.add_argument("--list", action="store_true", dest="lists", help="list the checks, and make none")
        parser.add_argument("--fix", "--heal", action="store_true", help="ask about each remedy, and apply it")
        parser.add_argument("--override-frozen", action="store_true", help="mend the environment although it is frozen")
        add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return what the checks have found; the status is 1 when one has found a problem that is still there.

        Raises NoActiveEnvironment, NotAnEnvironment, EnvironmentFrozen, and UsageError for a check that there is not.
        """
        names = self._names(arguments.checks)
        if arguments.lists:
            return self._listed(names)
        prefix = self._prefix()
        if arguments.fix and not arguments.override_frozen:
            _check_not_frozen(prefix)
        context = self._kernel.context
        checkup = Checkup(self._kernel, prefix, context[HEALTH_CHECK_DEADLINE])
        fixes, dry = arguments.fix, context[DRY_RUN]
        examined = [checkup.mended(name, is_dry=dry) if fixes else checkup.examined(name) for name in names]
        return _result(prefix, examined, shows_lines=context[VERBOSITY] > 0, fixes=fixes)

    def _names(self, wanted: list[str]) -> list[str]:
        """Return the names of the checks to make, in the order in which they are made."""
        known = {plugin.name for plugin in self._kernel.index.group(HEALTH_CHECKS.group)}
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise UsageError(f"there is no check `{unknown[0]}`", hint="there are " + ", ".join(sorted(known)))
        return sorted(set(wanted) or known, key=lambda name: (name not in FIRST, name))

    def _listed(self, names: list[str]) -> Result:
        plugins = [self._kernel.find(HEALTH_CHECKS, name) for name in names]
        rows = tuple((plugin.name, plugin.distribution, plugin.summary) for plugin in plugins)
        document = [{"name": name, "distribution": distribution, "summary": told} for name, distribution, told in rows]
        return Result({"checks": document}, (Table(("Check", "Distribution", "What it finds"), rows),))

    def _prefix(self) -> str:
        """Return the environment to look at, which may be one whose making or replacing was broken off."""
        kernel = self._kernel
        prefix = kernel.context.prefix
        if prefix is not None and not is_environment(prefix):
            checkup = Checkup(kernel, prefix, kernel.context[HEALTH_CHECK_DEADLINE])
            known = {plugin.name for plugin in kernel.index.group(HEALTH_CHECKS.group)}
            if any(checkup.examined(name).findings for name in RECOVERING if name in known):
                return prefix
        return existing_environment(kernel.context)


def _check_not_frozen(prefix: str) -> None:
    message = Prefix(prefix).frozen_message()
    if message is not None:
        raise EnvironmentFrozen(
            f"`{prefix}` is frozen: {message}", hint="`--override-frozen` mends it all the same", prefix=prefix
        )


def _result(prefix: str, examined: list[Examined], *, shows_lines: bool, fixes: bool) -> Result:
    healthy = not any(check.status in (Status.PROBLEM, Status.ERROR) for check in examined)
    text = text_of(prefix, examined, shows_lines=shows_lines, fixes=fixes)
    return Result(document_of(prefix, examined), (Verbatim(text),), exit_status=0 if healthy else 1)
