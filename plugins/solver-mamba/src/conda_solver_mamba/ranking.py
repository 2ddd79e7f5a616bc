"""The candidates of a request with their ranks: whole numbers that stand for versions, the highest is the best.

libsolv prefers the higher version of a name. It is not told the versions of packages: conda's order of versions is not
known to it, and the package manager's order has more to it than versions. It is told ranks, and of a requirement the
spans of ranks that match.
"""

from __future__ import annotations

from conda_kernel.errors import CondaError, ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Remove, Strategy
from conda_kernel.model.version import Version
from conda_solver_mamba.preference import in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job, SolveRequest

VIRTUAL = "__"
NEVER = MatchSpec.parse("__never")
"""A virtual package that no machine has."""


class Span(NamedTuple):
    """Ranks from the lowest to the highest, both included."""

    lowest: int
    highest: int


class Ranking:
    """The candidates by name, best first; those that jobs rule out are left out."""

    def __init__(self, request: SolveRequest) -> None:
        """Raise `CondaError` for what cannot be honoured."""
        _refuse(request)
        self._index = request.index
        self._machine: dict[str, list[VirtualPackage]] = {}
        for package in request.machine:
            self._machine.setdefault(package.name, []).append(package)
        self._kept = {job.record.name: job.record.identity for job in request.jobs if isinstance(job, Keep)}
        self._frozen = {job.record.name: job.record.identity for job in request.jobs if isinstance(job, Freeze)}
        self._limits = [job for job in request.jobs if isinstance(job, (Pin, Remove))]
        self._extra = self._only_installed(request)
        self._given: dict[str, tuple[PackageRecord, ...]] = {}
        self._spans: dict[MatchSpec, tuple[Span, ...]] = {}
        self.records: dict[str, tuple[PackageRecord, ...]] = {}
        for name in self._names(request):
            self.records[name] = self._ranked(name)

    def spans(self, spec: MatchSpec) -> tuple[Span, ...]:
        """Return the ranks of the spec's name that match it, whatever its condition; the highest first."""
        spans = self._spans.get(spec)
        if spans is None:
            matching = self._matching(spec)
            records = self.records.get(spec.name, ())
            spans = self._spans[spec] = _spans([id(record) in matching for record in records])
        return spans

    def others(self, spec: MatchSpec) -> tuple[Span, ...]:
        """Return the ranks of the spec's name that do not match it."""
        matching = self._matching(spec)
        return _spans([id(record) not in matching for record in self.records.get(spec.name, ())])

    def narrow(self, spec: MatchSpec) -> bool:
        """Leave of the spec's name only what matches it; tell whether anything is left. No span may be known yet."""
        matching = self._matching(spec)
        left = tuple(record for record in self.records.get(spec.name, ()) if id(record) in matching)
        self.records[spec.name] = left
        return bool(left)

    def has(self, spec: MatchSpec) -> bool:
        """Tell whether the machine has a virtual package that matches."""
        return any(_fits(spec, package) for package in self._machine.get(spec.name, ()))

    def has_name(self, name: str) -> bool:
        """Tell whether the machine has a virtual package of the name."""
        return name in self._machine

    def requirements(self, record: PackageRecord) -> tuple[MatchSpec, ...]:
        """Return what a record depends on."""
        return self._index.requirements(record)

    def constraints(self, record: PackageRecord) -> tuple[MatchSpec, ...]:
        """Return what a record constrains."""
        return self._index.constraints(record)

    def _names(self, request: SolveRequest) -> list[str]:
        """Return the names that the jobs lead to, through groups of dependencies (CEP 44), too."""
        jobs: tuple[Job, ...] = request.jobs
        while True:
            records = (*self._index.reachable(jobs, request.machine), *self._extra.values())
            names = {job.spec.name for job in jobs if isinstance(job, Install)} | {record.name for record in records}
            missing = {
                spec.name
                for record in records
                for texts in record.extra_depends.values()
                for spec in map(group_spec, texts)
            } - names
            if not missing:
                return sorted(name for name in names if not name.startswith(VIRTUAL))
            jobs = (*jobs, *(Install(MatchSpec.parse(name)) for name in sorted(missing)))

    def _only_installed(self, request: SolveRequest) -> dict[str, PackageRecord]:
        """Return the installed records that jobs name and the index lacks, of those that can be read."""
        found = {}
        for job in request.jobs:
            if isinstance(job, (Keep, Freeze)):
                record = job.record
                known = {candidate.identity for candidate in self._index.candidates(record.name)}
                if record.identity not in known and self._is_usable(record):
                    found[record.name] = record
        return found

    def _is_usable(self, record: PackageRecord) -> bool:
        try:
            self.requirements(record)
            self.constraints(record)
            Version.parse(record.version)
        except ParseError:
            return False
        return True

    def _ranked(self, name: str) -> tuple[PackageRecord, ...]:
        extra = self._extra.get(name)
        given = tuple(self._index.candidates(name))
        self._given[name] = given if extra is None else (*given, extra)
        records = in_order(self._given[name], self._index)
        kept = self._kept.get(name)
        if kept is not None:
            records.sort(key=lambda record: record.identity != kept)
        return tuple(record for record in records if self._is_allowed(record))

    def _is_allowed(self, record: PackageRecord) -> bool:
        frozen = self._frozen.get(record.name)
        if frozen is not None and record.identity != frozen:
            return False
        for job in self._limits:
            if isinstance(job, Remove):
                if job.spec.matches(record):
                    return False
            elif job.spec.name == record.name and not job.spec.matches(record):
                return False
        return True

    def _matching(self, spec: MatchSpec) -> set[int]:
        """Return the ids of the records of its name that match a spec."""
        if not spec.is_exact_name or spec.name not in self._given:
            return set()
        mask, given = self._index.matching(spec), self._given[spec.name]
        found = {id(record) for place, record in enumerate(given) if mask >> place & 1}
        extra = self._extra.get(spec.name)
        if extra is not None and spec.matches(extra):
            found.add(id(extra))
        return found


def group_spec(text: str) -> MatchSpec:
    """Return the spec of a dependency of a group; what cannot be read becomes one that never holds."""
    try:
        return MatchSpec.parse(text)
    except ParseError:
        return NEVER


def _refuse(request: SolveRequest) -> None:
    if request.strategy is not Strategy.HIGHEST:
        raise CondaError(f"libsolv knows the strategy `highest` only, not `{request.strategy.value}`")
    for job in request.jobs:
        if isinstance(job, (Install, Pin)) and not job.spec.is_exact_name:
            raise CondaError(f"libsolv needs the name of a package, and `{job.spec}` is a pattern")
        if isinstance(job, Pin) and job.spec.condition is not None:
            raise CondaError(f"libsolv does not know pins with a condition: `{job.spec}`")


def _spans(wanted: Sequence[bool]) -> tuple[Span, ...]:
    """Return the ranks of the places where it is true; place 0 has the highest rank, the last place rank 1."""
    spans, count, begin = [], len(wanted), None
    for place, is_wanted in enumerate((*wanted, False)):
        if is_wanted and begin is None:
            begin = place
        elif not is_wanted and begin is not None:
            spans.append(Span(count - place + 1, count - begin))
            begin = None
    return tuple(spans)


def _fits(spec: MatchSpec, package: VirtualPackage) -> bool:
    version = Version.parse(package.version)
    return spec.matches_name(package.name) and spec.matches_version(version, package.build, package.build_number)
