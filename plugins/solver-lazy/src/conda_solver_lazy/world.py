"""The names that a solve has come across, each with a number, and their candidates.

Virtual packages are names like others: their candidates are what the machine has, and those are there from the start.
Some names stand for no package: a feature, whose candidates are the packages that track it, or a part of a condition.
"""

from __future__ import annotations

from conda_kernel.model.alike import alike
from conda_kernel.model.errors import ParseError
from conda_kernel.model.solving import Freeze, Keep, Pin, Remove
from conda_kernel.model.version import Version
from conda_solver_lazy.nogood import Nogood

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.alike import Alike
    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index, Job, SolveRequest
    from conda_solver_lazy.domains import Domains

VIRTUAL = "__"


class World:
    """The names by their numbers.

    `texts` are the names, `records` the candidates of each, best first; those that the index lacks come last. `kept`
    has the candidates that are preferred because they are installed, `restrictions` what jobs leave out of a domain
    from the start.
    """

    def __init__(self, request: SolveRequest, domains: Domains) -> None:
        self.index: Index = request.index
        self.request = request
        self.texts: list[str] = []
        self.records: list[Sequence[PackageRecord]] = []
        self.kept: dict[int, int] = {}
        self.restrictions: dict[int, list[Nogood]] = {}
        self._domains = domains
        self._numbers: dict[str, int] = {}
        self._machine: dict[str, list[VirtualPackage]] = {}
        for package in request.machine:
            self._machine.setdefault(package.name, []).append(package)
        self._installed = _installed(request.jobs)
        self._kept = {job.record.name: job.record for job in request.jobs if isinstance(job, Keep)}
        self._extra: dict[int, tuple[int, PackageRecord]] = {}
        self._limits: dict[str, list[Pin | Remove]] = {}
        self._patterns: list[Remove] = []
        for job in request.jobs:
            if isinstance(job, Remove) and not job.spec.is_exact_name:
                self._patterns.append(job)
            elif isinstance(job, (Pin, Remove)):
                self._limits.setdefault(job.spec.name, []).append(job)

    def number(self, text: str) -> int:
        """Return the number of a name; its candidates are brought when it is met for the first time."""
        number = self._numbers.get(text)
        return self._met(text) if number is None else number

    def invent(self, text: str, count: int) -> int:
        """Return the number of a new name that stands for no package, with so many candidates."""
        self.texts.append(text)
        self.records.append(())
        return self._domains.add(count)

    def installed(self) -> tuple[PackageRecord, ...]:
        """Return the installed records that jobs name."""
        return tuple(self._installed.values())

    def only_installed(self, number: int) -> tuple[int, PackageRecord | None]:
        """Return the bit and the record of the candidate that the index lacks; 0 and None when there is none."""
        return self._extra.get(number, (0, None))

    def is_package(self, number: int) -> bool:
        """Tell whether the name is that of a package that can be installed."""
        return bool(self.records[number])

    def matching(self, spec: MatchSpec) -> int:
        """Return which candidates of its name a spec selects, whatever its condition."""
        if spec.name.startswith(VIRTUAL):
            mask = 0
            for place, package in enumerate(self._machine.get(spec.name, ())):
                if _fits(spec, package):
                    mask |= 1 << place
            return mask
        if not spec.is_exact_name:
            return 0
        mask = self.index.matching(spec)
        extra = self._extra.get(self.number(spec.name))
        if extra is not None and spec.matches(extra[1]):
            mask |= extra[0]
        return mask

    def bit_of(self, record: PackageRecord) -> int:
        """Return the candidate that is the record, or 0."""
        bit, extra = self.only_installed(self.number(record.name))
        return bit if extra is not None and extra.identity == record.identity else self.index.bit_of(record)

    def alike(self, number: int, bit: int) -> Alike:
        """Return the candidates that only dependencies, time and build string tell apart from one."""
        place = bit.bit_length() - 1
        if number in self._extra:
            return alike(self.records[number], place, self.index.requirements)
        return self.index.alike(self.texts[number], place)

    def _met(self, text: str) -> int:
        if text.startswith(VIRTUAL):
            number = self._domains.add(len(self._machine.get(text, ())))
            records: Sequence[PackageRecord] = ()
            if text in self._machine:
                self._domains.now[number] &= ~self._domains.absent[number]
        else:
            records, extra = self._candidates(text)
            number = self._domains.add(len(records))
            if extra is not None:
                self._extra[number] = (1 << len(records) - 1, extra)
        self._numbers[text] = number
        self.texts.append(text)
        self.records.append(records)
        if records:
            self._prefer_kept(number, text)
            self._restrict(number, text)
        return number

    def _candidates(self, text: str) -> tuple[Sequence[PackageRecord], PackageRecord | None]:
        records = self.index.candidates(text)
        installed = self._installed.get(text)
        if installed is None or self.index.bit_of(installed) or not _is_usable(installed, self.index):
            return records, None
        return (*records, installed), installed

    def _prefer_kept(self, number: int, text: str) -> None:
        record = self._kept.get(text)
        if record is not None:
            self.kept[number] = self.bit_of(record)

    def _restrict(self, number: int, text: str) -> None:
        """Take out of the domain what pins and removals leave out."""
        absent = self._domains.absent[number]
        for job in (*self._limits.get(text, ()), *self._patterns):
            if isinstance(job, Pin):
                removed = absent - 1 & ~self.matching(job.spec)
            elif job.spec.is_exact_name:
                removed = self.matching(job.spec)
            else:
                removed = _mask(job.spec, self.records[number])
            if removed:
                self._domains.now[number] &= ~removed
                self.restrictions.setdefault(number, []).append(Nogood({number: removed}, source=job))


def _installed(jobs: Sequence[Job]) -> dict[str, PackageRecord]:
    """Return the installed records that jobs name, which are candidates also where the index lacks them."""
    return {job.record.name: job.record for job in jobs if isinstance(job, (Keep, Freeze))}


def _mask(spec: MatchSpec, records: Sequence[PackageRecord]) -> int:
    return sum(1 << place for place, record in enumerate(records) if spec.matches(record))


def _is_usable(record: PackageRecord, index: Index) -> bool:
    """Tell whether the metadata of an installed record can be read."""
    try:
        index.requirements(record)
        index.constraints(record)
        Version.parse(record.version)
    except ParseError:
        return False
    return True


def _fits(spec: MatchSpec, package: VirtualPackage) -> bool:
    version = Version.parse(package.version)
    return spec.matches_name(package.name) and spec.matches_version(version, package.build, package.build_number)
