"""Shows whether packages can be installed, and why not."""

from __future__ import annotations

import os

from conda_commands_explanations.words import spec_words
from conda_kernel import options
from conda_kernel.errors import NoActiveEnvironment
from conda_kernel.hookspecs import PLANNERS
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Change, UpdateMode
from conda_kernel.model.result import Result, Text, Verbatim
from conda_kernel.prefixes import existing_environment
from conda_kernel.settings import IGNORE_PINNED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.plan import Explanation, Plan

MOST_SHOWN = 10


class WhyNot:
    """The command `conda why-not`; it changes nothing."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "packages",
            nargs="+",
            type=options.unquoted,
            metavar="PACKAGE",
            help="a match spec: `numpy`, `numpy=1.26`, `numpy>=2`",
        )
        parser.add_argument("--new", action="store_true", help="ask for a new environment, in which nothing is yet")
        options.bind(parser, IGNORE_PINNED, "--no-pin", action="store_true")
        options.add_target(parser)
        options.add_channels(parser)
        options.add_solver(parser)
        options.add_network(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return whether the packages can be had beside what is installed, else what is in the way.

        The exit status is 0 for either answer. Raises what finding the environment and reading channels raises.
        """
        specs = tuple(dict.fromkeys(MatchSpec.parse(text) for text in arguments.packages))
        change = Change(
            self._prefix(is_new=arguments.new),
            install=specs,
            creates=arguments.new,
            update=UpdateMode.FREEZE,
            ignore_pinned=self._kernel.context[IGNORE_PINNED],
        )
        planner = self._kernel.driver(PLANNERS)
        found = planner.explain(change)
        moved = None
        if found.plan is None and not arguments.new:
            moved = planner.explain(change.replaced(update=UpdateMode.SPECS)).plan
        return _result(specs, change, found, moved)

    def _prefix(self, *, is_new: bool) -> str:
        if is_new:
            return os.devnull
        try:
            return existing_environment(self._kernel.context)
        except NoActiveEnvironment as error:
            raise NoActiveEnvironment(
                "no environment is active to ask about", hint="name one with `-n` or `-p`, or say `--new`"
            ) from error


def _result(specs: Sequence[MatchSpec], change: Change, found: Explanation, moved: Plan | None) -> Result:
    shown = [spec_words(spec) for spec in specs]
    words = ", ".join(f"`{text}`" for text in shown)
    plan = found.plan or moved
    document: dict[str, object] = {
        **found.document,
        "success": True,
        "prefix": None if change.creates else change.prefix,
        "specs": shown,
        "possible": plan is not None,
        "possible_as_installed": found.plan is not None,
        "message": "\n".join((found.summary, *found.lines)),
        "changes": _changes(plan) if plan is not None else None,
    }
    if found.plan is not None:
        return Result(document, (Verbatim("\n".join(_possible(words, change, found.plan)) + "\n"),))
    lines = ["\n".join((found.summary, *found.lines))]
    if moved is not None:
        lines = [
            f"{words} cannot be had while what is installed stays as it is:",
            *found.lines,
            "",
            "it can be had with changes:",
            *_change_lines(moved),
        ]
    hint = "" if moved is not None or not found.hint else f"hint: {found.hint}"
    return Result(document, (Verbatim("\n".join(lines) + "\n"), *([Text(f"\n{hint}")] if hint else [])))


def _possible(words: str, change: Change, plan: Plan) -> Iterator[str]:
    if plan.is_empty:
        yield f"{words} is there already" if not change.creates else f"{words} needs no package"
        return
    yield f"nothing is in the way of {words}; this would change:"
    yield from _change_lines(plan)


def _changes(plan: Plan) -> list[dict[str, str | None]]:
    before = {installed.name: str(installed.record) for installed in plan.unlink}
    after = {record.name: str(record) for record in plan.link}
    return [{"name": name, "from": before.get(name), "to": after.get(name)} for name in sorted({*before, *after})]


def _change_lines(plan: Plan) -> Iterator[str]:
    """Yield the changes, those of installed packages first; of many, the first and how many more there are."""
    before = {installed.name: installed.record for installed in plan.unlink}
    after = {record.name: record for record in plan.link}
    names = [*sorted(before), *sorted(after.keys() - before.keys())]
    for name in names[:MOST_SHOWN]:
        old, new = before.get(name), after.get(name)
        if old is None:
            text = f"+ {name} {new.version if new else ''}"
        elif new is None:
            text = f"- {name} {old.version}"
        elif old.version == new.version:
            text = f"  {name} {old.version} {old.build} → {new.build}"
        else:
            text = f"  {name} {old.version} → {new.version}"
        yield f"  {printable(text)}"
    if len(names) > MOST_SHOWN:
        yield f"  and {len(names) - MOST_SHOWN} more"
