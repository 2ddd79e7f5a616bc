"""Tells which package owns a file, and which files no package owns; removes those."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError, Declined, EnvironmentFrozen, NotAnEnvironment
from conda_kernel.model.environment import is_environment
from conda_kernel.model.event import Question, Shown, Warned
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.result import Result, Text, Verbatim
from conda_kernel.model.untracked import untracked_files
from conda_kernel.options import add_prompt, add_target
from conda_kernel.prefixes import existing_environment
from conda_kernel.settings import ALWAYS_YES, DRY_RUN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel

PATH_WIDTH = 50


class ChangeUnfinished(CondaError):
    """While a change of an environment is unfinished, nobody knows which files belong to it."""


class Package:
    """The command `conda package`."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context
        self._reporter = kernel.reporter

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("-w", "--which", nargs="+", metavar="PATH", help="which package owns the file")
        what.add_argument("-u", "--untracked", action="store_true", help="list files that no package owns")
        what.add_argument("-r", "--reset", action="store_true", help="delete files that no package owns")
        parser.add_argument("--override-frozen", action="store_true", help="delete them although it is frozen")
        add_target(parser)
        add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return what was asked for; the status is 1 when a file has no owner.

        Raises NotAnEnvironment, CorruptedEnvironment, and for `--reset` EnvironmentFrozen, ChangeUnfinished, Declined.
        """
        if arguments.which:
            return self._owners(arguments.which)
        prefix = existing_environment(self._context)
        if arguments.reset:
            return self._reset(prefix, overrides_frozen=arguments.override_frozen)
        files = untracked_files(prefix)
        document = {"success": True, "prefix": prefix, "untracked_files": files}
        return Result(document, (Verbatim(_listed(files)),))

    def _owners(self, paths: Sequence[str]) -> Result:
        found = {path: owners_of(path) for path in paths}
        for path in [path for path, owners in found.items() if not owners]:
            self._reporter.tell(Warned(f"no package owns `{printable(path)}`"))
        lines = [
            f"{printable(path):<{PATH_WIDTH}}  {printable(owner)}\n"
            for path, owners in found.items()
            for owner in owners
        ]
        is_owned = all(found.values())
        document = {"success": is_owned, "packages": found}
        return Result(document, (Verbatim("".join(lines)),), exit_status=0 if is_owned else 1)

    def _reset(self, prefix: str, *, overrides_frozen: bool) -> Result:
        there = PrefixPackages(prefix)
        message = there.frozen_message()
        if message is not None and not overrides_frozen:
            hint = "`--override-frozen` deletes the files all the same"
            raise EnvironmentFrozen(f"`{prefix}` is frozen: {message}", hint=hint, prefix=prefix)
        _check_settled(there)
        files = untracked_files(prefix)
        document = {"success": True, "prefix": prefix, "untracked_files": files}
        if self._context[DRY_RUN]:
            told = Text(f"dry run: {len(files)} files would be deleted")
            return Result({**document, "dry_run": True}, (Verbatim(_listed(files)), told))
        if files:
            self._reporter.tell(Shown((Verbatim(_listed(files)),)))
            self._agree(f"{len(files)} files in `{prefix}` that no package owns will be deleted. Proceed")
            _check_settled(there)
        left = [path for path in files if not _deleted(os.path.join(prefix, path))]
        for path in left:
            self._reporter.tell(Warned(f"`{printable(path)}` cannot be deleted"))
        if left:
            return Result({**document, "success": False, "failed": left}, (), exit_status=1)
        return Result(document, (Text(f"{len(files)} files were deleted"),))

    def _agree(self, text: str) -> None:
        if not self._context[ALWAYS_YES] and not self._reporter.ask(Question(text, default=False)):
            raise Declined("nothing was deleted")


def owners_of(path: str) -> list[str]:
    """Return the packages that own a file, by the records of the environment that it lies in.

    Raises NotAnEnvironment when it lies in none, and CorruptedEnvironment.
    """
    place = os.path.join(
        os.path.realpath(os.path.dirname(os.path.abspath(path))), os.path.basename(path.rstrip(os.sep))
    )
    prefix = place
    while not is_environment(prefix):
        above = os.path.dirname(prefix)
        if above == prefix:
            raise NotAnEnvironment(f"`{printable(path)}` lies in no environment", location=path)
        prefix = above
    inside = os.path.relpath(place, prefix).replace(os.sep, "/")
    return [installed.record.dist_name for installed in PrefixPackages(prefix).records() if inside in installed.files]


def _check_settled(there: PrefixPackages) -> None:
    if there.unfinished_change():
        raise ChangeUnfinished(
            f"a change of `{there.path}` was begun and not brought to its end",
            hint="wait until it has ended; `conda doctor --fix` ends one that was broken off",
        )


def _listed(files: Sequence[str]) -> str:
    return "".join(f"{printable(path)}\n" for path in files)


def _deleted(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
