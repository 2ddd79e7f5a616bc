"""Writes candidates as files of repodata that rattler reads, and knows which record each entry stands for.

rattler is shown an order of channels, build numbers and times of our making, so that it prefers what the index prefers:
each file is a channel of its own and stands for one step in the order of a name's candidates by features and channel;
build numbers and times count the candidates. A requirement that rattler cannot evaluate is turned into a helper, a
package which the candidates that are not meant exclude; so is a feature, which needs a package that tracks it.
"""

from __future__ import annotations

import os
import re
from json import dumps

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import ChannelPriority
from conda_kernel.model.version import Version
from conda_solver_rattler.requirement_text import NEVER, condition_text, group_spec, requirement_text, with_riders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index

_IMPOSSIBLE = "<0.0a0"
_FIRST_MILLISECOND = 1_000_000_000_000
_HELPER = re.compile(r"__requirement_([0-9]+)( \*)?")


class _Demands(NamedTuple):
    """What a list of requirements and one of constraints are to rattler; the lists are kept, that none takes its id."""

    depends: str
    constrains: list[str]
    of: tuple[tuple[MatchSpec, ...], tuple[MatchSpec, ...]]


class _Helper(NamedTuple):
    """A package that stands for a requirement, and what it depends on."""

    name: str
    depends: list[str]


class _Entry(NamedTuple):
    """One candidate on its way into a file: its level there, its text before and behind the constraints."""

    level: int
    start: str
    constrains: list[str]


class Feed:
    """The candidates of each name, best first, as rattler is told of them."""

    def __init__(
        self,
        candidates: Mapping[str, Sequence[PackageRecord]],
        index: Index,
        machine: Sequence[VirtualPackage],
        priority: ChannelPriority,
    ) -> None:
        self._candidates = candidates
        self._index = index
        self._machine = machine
        self._by_channel = priority is not ChannelPriority.DISABLED
        self._records: list[PackageRecord] = []
        self._numbers: dict[str, range] = {}
        self._helpers: list[tuple[MatchSpec, bool]] = []
        self._texts: dict[tuple[str, bool], tuple[str, ...]] = {}
        self._demands: dict[tuple[int, int, tuple[str, ...]], _Demands] = {}
        self._features: dict[str, str] = {}

    def write(self, folder: str) -> list[str]:
        """Write the files and return their paths, the preferred first; raise `OSError`."""
        entries = [entry for name in self._candidates for entry in self._entries(name)]
        excluded = self._excluded()
        levels: dict[int, list[str]] = {0: [self._helper_entry(*helper) for helper in enumerate(self._all_helpers())]}
        for number, (level, start, constrains) in enumerate(entries):
            more = excluded.get(number)
            text = dumps(constrains + more if more else constrains) if constrains or more else "[]"
            levels.setdefault(level, []).append(f'{start}"constrains":{text}}}')
        return [_written(os.path.join(folder, f"{level}.json"), levels[level]) for level in sorted(levels)]

    def wish(self, spec: MatchSpec) -> str:
        """Return what to ask of rattler for a spec of which only the candidates that match are left, if need be."""
        text = requirement_text(spec)
        return with_riders(spec.name if text is None else text, extras=spec.extras, when=self._when(spec))

    def record(self, file_name: str) -> PackageRecord | None:
        """Return the record that an entry stands for, None for a helper."""
        number = int(file_name.rsplit("-", 2)[1])
        return self._records[number] if number < len(self._records) else None

    def file_names(self, records: Iterable[PackageRecord]) -> set[str]:
        """Return under which names the records were written; only what was offered as a candidate is found."""
        found = set()
        for record in records:
            for number in self._numbers.get(record.name, ()):
                if self._records[number] is record:
                    found.add(_file_name(record.name, number))
        return found

    def readable(self, text: str) -> str:
        """Return a text of rattler's with the requirements that helpers stand for."""
        for feature, name in self._features.items():
            text = text.replace(f"{name} ", f"the feature {feature} ")
        return _HELPER.sub(lambda found: f"`{self._helpers[int(found[1])][0]}`", text)

    def _entries(self, name: str) -> list[_Entry]:
        candidates = self._candidates[name]
        levels = _steps([(len(record.track_features), self._by_channel and record.channel) for record in candidates])
        numbers = _steps([(record.channel, record.build_number, record.subdir == "noarch") for record in candidates])
        first, count, quoted = len(self._records), len(candidates), dumps(name)
        entries = []
        for place, record in enumerate(candidates):
            demands = self._demands_of(record)
            start = (
                f'"{_file_name(name, first + place)}":{{"name":{quoted},"version":{dumps(record.version)},'
                f'"build":{dumps(record.build.lower())},"build_number":{count - numbers[place]},"subdir":"noarch",'
                f'"timestamp":{_FIRST_MILLISECOND + count - place},"depends":{demands.depends},{self._rare(record)}'
            )
            entries.append(_Entry(levels[place], start, demands.constrains))
        self._records.extend(candidates)
        self._numbers[name] = range(first, first + count)
        return entries

    def _demands_of(self, record: PackageRecord) -> _Demands:
        requirements, constraints = self._index.requirements(record), self._index.constraints(record)
        key = (id(requirements), id(constraints), record.features)
        found = self._demands.get(key)
        if found is None:
            depends = [text for spec in requirements for text in self._told(spec, brings=True)]
            constrains = [text for spec in constraints for text in self._told(spec, brings=False)]
            # A helper for a constraint is depended on; it brings nothing.
            depends += [text for text in constrains if _HELPER.match(text)]
            constrains = [text for text in constrains if not _HELPER.match(text)]
            depends += [self._features.setdefault(word, f"__feature_{len(self._features)}") for word in record.features]
            found = self._demands[key] = _Demands(dumps(depends), constrains, (requirements, constraints))
        return found

    def _rare(self, record: PackageRecord) -> str:
        text = f'"track_features":{dumps(" ".join(record.track_features))},' if record.track_features else ""
        if record.extra_depends:
            groups = {
                group: [text for spec in specs for text in self._told(group_spec(spec), brings=True)]
                for group, specs in record.extra_depends.items()
            }
            text += f'"extra_depends":{dumps(groups)},'
        return text

    def _told(self, spec: MatchSpec, *, brings: bool) -> tuple[str, ...]:
        key = (str(spec), brings)
        texts = self._texts.get(key)
        if texts is None:
            plain = requirement_text(spec)
            if plain is None:
                texts = self._stand_in(spec, brings=brings)
            else:
                texts = (with_riders(plain, extras=spec.extras, when=self._when(spec)),)
            self._texts[key] = texts
        return texts

    def _stand_in(self, spec: MatchSpec, *, brings: bool) -> tuple[str, ...]:
        """Return what to depend on so that the spec holds, or what to constrain for a virtual package."""
        when = self._when(spec)
        if not spec.is_exact_name:
            return (with_riders(NEVER, when=when),) if brings else ()
        if spec.name.startswith("__"):
            return (with_riders(spec.name if self._machine_has(spec) else f"{spec.name} {_IMPOSSIBLE}", when=when),)
        helper = with_riders(f"__requirement_{len(self._helpers)}", when=when)
        self._helpers.append((spec, brings))
        groups = (with_riders(spec.name, extras=spec.extras, when=when),) if spec.extras else ()
        return (helper, *groups)

    def _when(self, spec: MatchSpec) -> str | None:
        return None if spec.condition is None else condition_text(spec.condition, self._in_condition)

    def _machine_has(self, spec: MatchSpec) -> bool:
        return any(_fits(spec, package) for package in self._machine)

    def _in_condition(self, spec: MatchSpec) -> str:
        """Return what holds where the spec does: what rattler cannot evaluate becomes a list of candidates."""
        plain = requirement_text(spec)
        if plain is not None:
            return plain
        if spec.name.startswith("__"):
            return spec.name if self._machine_has(spec) else NEVER
        fitting = [record for record in self._candidates.get(spec.name, ()) if spec.matches(record)]
        builds = dict.fromkeys(f"{record.name} =={record.version} {record.build.lower()}" for record in fitting)
        return f"({' or '.join(builds)})" if builds else NEVER

    def _excluded(self) -> dict[int, list[str]]:
        """Return what the candidates have to exclude, by their numbers."""
        excluded: dict[int, list[str]] = {}
        for helper, (spec, _) in enumerate(self._helpers):
            for number in self._numbers.get(spec.name, ()):
                if not spec.matches(self._records[number]):
                    excluded.setdefault(number, []).append(f"__requirement_{helper} {_IMPOSSIBLE}")
        return excluded

    def _all_helpers(self) -> Iterator[_Helper]:
        """Yield those for requirements, and for each feature one for every candidate that tracks it."""
        for number, (spec, brings) in enumerate(self._helpers):
            yield _Helper(f"__requirement_{number}", [spec.name] if brings else [])
        for feature, name in self._features.items():
            for record in self._records:
                if feature in record.track_features:
                    yield _Helper(name, [f"{record.name} =={record.version} {record.build.lower()}"])

    def _helper_entry(self, number: int, helper: _Helper) -> str:
        return (
            f'"{_file_name(helper.name, len(self._records) + number)}":{{"name":"{helper.name}","version":"1",'
            f'"build":"0","build_number":{number},"subdir":"noarch","depends":{dumps(helper.depends)},"constrains":[]}}'
        )


def _fits(spec: MatchSpec, package: VirtualPackage) -> bool:
    version = Version.parse(package.version)
    return spec.matches_name(package.name) and spec.matches_version(version, package.build, package.build_number)


def _file_name(name: str, number: int) -> str:
    return f"{name}-{number}-0.conda"


def _steps(keys: Sequence[Hashable]) -> list[int]:
    """Return for each key how often the keys have changed before it."""
    steps = []
    step = 0
    for place, key in enumerate(keys):
        if place and key != keys[place - 1]:
            step += 1
        steps.append(step)
    return steps


def _written(path: str, entries: Sequence[str]) -> str:
    with open(path, "w", encoding="ascii") as file:
        file.write('{"info":{"subdir":"noarch"},"packages":{},"packages.conda":{')
        file.write(",\n".join(entries))
        file.write("}}")
    return path
