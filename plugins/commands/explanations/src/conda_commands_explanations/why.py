"""Shows why a package is installed."""

from __future__ import annotations

from itertools import islice

from conda_commands_explanations.needs import Needs, ways
from conda_commands_explanations.words import spec_words
from conda_kernel.channels import channel_settings, target_subdir
from conda_kernel.errors import PackagesNotFound
from conda_kernel.machine import virtual_packages
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.event import Warned
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.result import Result, Text, Tree
from conda_kernel.options import add_target, unquoted
from conda_kernel.prefixes import existing_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Mapping, Sequence

    from conda_commands_explanations.needs import Need
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.result import View

MOST_WAYS = 100
"""How many ways are listed one by one in the document; the needs that all of them consist of are always complete."""


class Why:
    """The command `conda why`; it only reads."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "package", type=unquoted, metavar="PACKAGE", help="an installed package: its name, or a match spec"
        )
        add_target(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return every way from what was asked for to the package.

        Raises PackagesNotFound when it is not installed, and what finding and reading the environment raises.
        """
        kernel = self._kernel
        spec = MatchSpec.parse(arguments.package)
        prefix = existing_environment(kernel.context)
        there = Prefix(prefix, ChannelNames(channel_settings(kernel.context)))
        records = {each.name: each.record for each in there.records()}
        for problem in there.problems():
            kernel.reporter.tell(Warned(problem))
        found = sorted(name for name, record in records.items() if spec.matches(record))
        if not found:
            raise _not_installed(spec, prefix, records)
        needs = Needs(records, lambda: virtual_packages(kernel, target_subdir(kernel.context)))
        asked = there.history().requested(records)
        answers = [Answer(needs, asked, name) for name in found]
        return Result(
            {"success": True, "prefix": prefix, "packages": [answer.document() for answer in answers]},
            tuple(view for answer in answers for view in answer.views()),
        )


class Answer:
    """Why one package is there."""

    def __init__(self, needs: Needs, asked: Mapping[str, MatchSpec], name: str) -> None:
        self._needs = needs
        self._asked = asked
        self._record = needs.records[name]
        self._users = needs.users(name)
        roots = [user for user in self._users if user in asked]
        self._starts = sorted(roots or (user for user in self._users if not needs.by[user]))
        """Where nobody has asked for what needs the package, the ways begin with what is needed by nothing."""

    def document(self) -> dict[str, object]:
        """Return the answer as plain JSON."""
        name = self._record.name
        listed = list(islice(ways(self._needs, frozenset(self._starts), name), MOST_WAYS + 1))
        return {
            **_package(self._record),
            "requested_spec": self._words(name) if name in self._asked else None,
            "needed_by": [need.owner for need in self._needs.by[name]],
            "asked_for": {start: self._words(start) for start in self._starts if start in self._asked},
            "paths": [[_step(need) for need in way] for way in listed[:MOST_WAYS]],
            "has_more_paths": len(listed) > MOST_WAYS,
            "needs": [_step(need) for user in sorted(self._users) for need in self._inside(user)],
        }

    def views(self) -> tuple[View, ...]:
        """Return the answer for people: a sentence, and a tree for each package that the ways begin with."""
        name, told = self._record.name, _shown(self._record)
        starts = [start for start in self._starts if start != name]
        if name in self._asked:
            told += f" was asked for: `{self._words(name)}`"
            if starts:
                told += "; these need it too:"
        elif not starts:
            told += " is needed by nothing, and was not asked for"
        elif any(start in self._asked for start in starts):
            told += " was not asked for; it is needed:"
        else:
            told += " is needed, but by nothing that was asked for:"
        return Text(told), *self._trees(starts)

    def _trees(self, starts: Sequence[str]) -> Iterator[Tree]:
        below: set[str] = set()
        for start in starts:
            yield Tree(self._label(start), tuple(self._branches(start, below)))

    def _branches(self, owner: str, told: set[str]) -> Iterator[Tree]:
        """Yield what lies between a package and the one in question; what was told of before is not told again."""
        told.add(owner)
        wanted: dict[str, list[str]] = {}
        for need in self._inside(owner):
            wanted.setdefault(need.target, []).append(spec_words(need.spec))
        for target, words in wanted.items():
            text = f"needs {' and '.join(words)}: {_shown(self._needs.records[target])}"
            if target == self._record.name:
                yield Tree(text)
            elif target in told:
                yield Tree(f"{text} (see above)")
            else:
                yield Tree(text, tuple(self._branches(target, told)))

    def _inside(self, owner: str) -> list[Need]:
        """Return those needs of a package that lead to the one in question, which itself leads nowhere."""
        if owner == self._record.name:
            return []
        return [need for need in self._needs.of[owner] if need.target in self._users]

    def _label(self, name: str) -> str:
        asked = f" (asked for: `{self._words(name)}`)" if name in self._asked else " (needed by nothing)"
        return _shown(self._needs.records[name]) + asked

    def _words(self, name: str) -> str:
        return spec_words(self._asked[name])


def _package(record: PackageRecord) -> dict[str, object]:
    return {"name": record.name, "version": record.version, "build": record.build, "channel": record.channel}


def _step(need: Need) -> dict[str, str]:
    return {"name": need.owner, "needs": spec_words(need.spec), "met_by": need.target}


def _shown(record: PackageRecord) -> str:
    return printable(f"{record.name} {record.version}")


def _not_installed(spec: MatchSpec, prefix: str, names: Mapping[str, object]) -> PackagesNotFound:
    from difflib import get_close_matches  # noqa: PLC0415 - for names that are not there alone

    near = get_close_matches(spec.name, sorted(names), n=3)
    shown = spec_words(spec)
    return PackagesNotFound(
        f"`{printable(prefix)}` does not have `{shown}`",
        hint=f"similar names there: {', '.join(f'`{name}`' for name in near)}"
        if near
        else f"`conda why-not {shown}` says whether it can be installed",
        prefix=prefix,
        packages=[shown],
    )
