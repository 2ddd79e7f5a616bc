"""Removes what is kept and not needed: archives, packages that no environment uses, indexes, leftovers."""

from __future__ import annotations

from conda_commands_cache.kinds import EVERYTHING, INDEX_CACHE, KINDS, LOGS, PACKAGES, TARBALLS, TEMPORARY, Stock, Thing
from conda_commands_cache.report import Cleaned, document_of, found_text
from conda_kernel.errors import Declined, UsageError
from conda_kernel.hookspecs import CACHE_KEEPERS
from conda_kernel.known_environments import known_prefixes
from conda_kernel.model.event import Finished, Question, Shown, Started, Warned
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Result, Text, Verbatim
from conda_kernel.options import add_prompt
from conda_kernel.prefixes import package_folders
from conda_kernel.settings import ALWAYS_YES, DRY_RUN, VERBOSITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel


class Clean:
    """The command `conda clean`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        what = parser.add_argument_group("what to remove")
        what.add_argument("-a", "--all", action="store_true", help="all of the following but `--force-pkgs-dirs`")
        for short, kind, told in (
            ("-i", INDEX_CACHE, "what is known of channels"),
            ("-t", TARBALLS, "archives of packages"),
            ("-p", PACKAGES, "extracted packages that no environment has"),
            ("-l", LOGS, "logs in package caches"),
        ):
            what.add_argument(short, f"--{kind}", dest=kind, action="store_true", help=told)
        what.add_argument(
            "-c",
            f"--{TEMPORARY}",
            dest=TEMPORARY,
            nargs="*",
            metavar="PATH",
            help="what broken off commands left in caches and in environments, all or those at PATH",
        )
        what.add_argument(
            "-f",
            "--force-pkgs-dirs",
            dest=EVERYTHING,
            action="store_true",
            help="whole package caches, and nothing else; environments that link into them softly break",
        )
        add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Show what can be removed, ask for each kind, and remove it; the status is 1 when something had to stay.

        Raises UsageError when nothing is chosen, and Declined for the first answer that is no.
        """
        context = self._kernel.context
        chosen = getattr(arguments, TEMPORARY) or ()
        stock = Stock(
            lambda: self._kernel.driver(CACHE_KEEPERS), package_folders(context), known_prefixes(context), tuple(chosen)
        )
        is_dry = context[DRY_RUN]
        cleaned = [self._cleaned(kind, stock) for kind in _kinds(arguments)]
        document = document_of(cleaned, is_dry=is_dry)
        if is_dry:
            found = "".join(self._told(kind.kind, kind.things) for kind in cleaned)
            return Result(document, (Verbatim(found), Text("dry run: nothing was removed")))
        left = [thing for kind in cleaned for thing in kind.left]
        for thing in left:
            self._kernel.reporter.tell(Warned(f"`{printable(thing.path)}` stays: it is in use, or cannot be deleted"))
        return Result(document, (), exit_status=1 if left else 0)

    def _cleaned(self, kind: str, stock: Stock) -> Cleaned:
        kernel = self._kernel
        task = f"look for {kind}"
        kernel.reporter.tell(Started(task, f"Looking for {kind}"))
        things = stock.removable(kind)
        kernel.reporter.tell(Finished(task))
        if kernel.context[DRY_RUN]:
            return Cleaned(kind, things)
        kernel.reporter.tell(Shown((Verbatim(self._told(kind, things)),)))
        if not things:
            return Cleaned(kind, things)
        self._agree(kind)
        return Cleaned(kind, things, left(things, stock.removed(kind, things)))

    def _told(self, kind: str, things: tuple[Thing, ...]) -> str:
        return found_text(kind, things, shows_all=self._kernel.context[VERBOSITY] > 0)

    def _agree(self, kind: str) -> None:
        if self._kernel.context[ALWAYS_YES]:
            return
        question = Question("Proceed", default=True)
        if kind == EVERYTHING:
            question = Question("Environments that link into these folders softly will break. Proceed", default=False)
        if not self._kernel.reporter.ask(question):
            raise Declined(f"no more was removed than was agreed to: {kind} stay")


def left(things: tuple[Thing, ...], gone: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Return the things that are not gone."""
    paths = {thing.path for thing in gone}
    return tuple(thing for thing in things if thing.path not in paths)


def _kinds(arguments: Namespace) -> list[str]:
    """Return what is to be removed, in order; raise UsageError when nothing is."""
    if getattr(arguments, EVERYTHING):
        return [EVERYTHING]
    asked = [kind for kind in KINDS if arguments.all or getattr(arguments, kind) not in (None, False)]
    if not asked:
        raise UsageError("nothing to remove is named", hint="`conda clean --all`; `--help` tells what can be removed")
    return asked
