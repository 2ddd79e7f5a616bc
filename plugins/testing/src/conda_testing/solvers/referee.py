"""Checks a solution against its request, without any solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec, holds
from conda_kernel.model.solving import Freeze, Install, Pin, Remove
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job, SolveRequest


def faults(request: SolveRequest, records: Sequence[PackageRecord]) -> list[str]:
    """Return what is wrong with a solution, in sentences; nothing when it is one."""
    names = [record.name for record in records]
    found = [f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1})]
    if names != sorted(names):
        found.append("the records are not sorted by name")
    chosen = Chosen(records, request.machine)
    for record in records:
        found += chosen.faults_of(record, request)
    for job in request.jobs:
        found += chosen.faults_of_job(job)
    return found


class Chosen:
    """The packages of a solution and those of the machine."""

    def __init__(self, records: Iterable[PackageRecord], machine: Iterable[VirtualPackage]) -> None:
        self._records = {record.name: record for record in records}
        self._machine = {package.name: package for package in machine}

    def has(self, spec: MatchSpec) -> bool:
        """Tell whether a package that the spec selects is there."""
        if spec.name in self._machine:
            package = self._machine[spec.name]
            return spec.matches_version(Version.parse(package.version), package.build, package.build_number)
        return spec.name in self._records and spec.matches(self._records[spec.name])

    def has_name(self, name: str) -> bool:
        """Tell whether a package of the name is there."""
        return name in self._records or name in self._machine

    def lacking(self, specs: Iterable[MatchSpec]) -> Iterator[str]:
        """Yield those requirements that do not hold, with the groups that they ask for (CEP 43, 44)."""
        waiting, seen = list(specs), set[str]()
        while waiting:
            spec = waiting.pop(0)
            if str(spec) in seen or (spec.condition is not None and not holds(spec.condition, self.has)):
                continue
            seen.add(str(spec))
            if not self.has(spec):
                yield str(spec)
            elif spec.extras:
                groups = self._records[spec.name].extra_depends
                for text in (text for extra in spec.extras for text in groups.get(extra, ())):
                    try:
                        waiting.append(MatchSpec.parse(text))
                    except ParseError:
                        yield text

    def faults_of(self, record: PackageRecord, request: SolveRequest) -> Iterator[str]:
        """Yield what is wrong with one package of the solution."""
        known = [*request.index.candidates(record.name), *request.installed]
        if not any(record is one for one in known):
            yield f"{record} is no candidate"
        yield from (f"{record} lacks `{text}`" for text in self.lacking(request.index.requirements(record)))
        for spec in request.index.constraints(record):
            applies = spec.condition is None or holds(spec.condition, self.has)
            if applies and self.has_name(spec.name) and not self.has(spec):
                yield f"{record} excludes what does not match `{spec}`"
        tracked = {feature for one in self._records.values() for feature in one.track_features}
        yield from (f"{record} lacks the feature {feature}" for feature in record.features if feature not in tracked)

    def faults_of_job(self, job: Job) -> Iterator[str]:
        """Yield what is wrong with the solution as the answer to one job."""
        match job:
            case Install(spec):
                yield from (f"`{text}` was asked for" for text in self.lacking([spec]))
            case Remove(spec):
                yield from (f"{one} was to be removed" for one in self._records.values() if spec.matches(one))
            case Pin(spec):
                if spec.name in self._records and not self.has(spec):
                    yield f"{self._records[spec.name]} is not as pinned: `{spec}`"
            case Freeze(record):
                found = self._records.get(record.name)
                if found is None or found.identity != record.identity:
                    yield f"{record} was to stay"
            case _:
                pass
