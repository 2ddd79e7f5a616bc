"""Packages that stand beside each other on one machine: what each needs, and what it finds."""

from __future__ import annotations

from conda_kernel.model.errors import InvalidMatchSpec, quoted
from conda_kernel.model.match_spec import MatchSpec, holds
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord


class Fault(NamedTuple):
    """A rule that a set of packages breaks, in words; `name` is that of the package that suffers."""

    name: str
    told: str


class Together:
    """Packages and a machine, by name; of two packages with one name the last counts."""

    def __init__(self, records: Iterable[PackageRecord], machine: Sequence[VirtualPackage] = ()) -> None:
        self.records = {record.name: record for record in records}
        self.machine = {package.name: package for package in machine}
        self._specs = _Specs()

    def find(self, spec: MatchSpec) -> PackageRecord | VirtualPackage | None:
        """Return the package that the spec selects, virtual ones included."""
        if not spec.is_exact_name:
            return next((record for _, record in sorted(self.records.items()) if spec.matches(record)), None)
        found = self.machine.get(spec.name) if spec.name.startswith("__") else self.records.get(spec.name)
        return found if found is not None and spec.matches(found) else None

    def has(self, spec: MatchSpec) -> bool:
        """Tell whether a package is there that the spec selects."""
        return self.find(spec) is not None

    def needed_by(self, record: PackageRecord) -> tuple[PackageRecord, ...]:
        """Return the packages here that fulfil a requirement of the record, itself left out."""
        found = {}
        for spec in self._asked(record):
            target = self.records.get(spec.name)
            if target is not None and target is not record and spec.matches(target):
                found[target.name] = target
        found.pop(record.name, None)
        return tuple(found.values())

    def faults(self) -> tuple[Fault, ...]:
        """Return every requirement that finds nothing and every constraint that is not kept, by name."""
        return tuple(fault for _, record in sorted(self.records.items()) for fault in self._faults_of(record))

    def _faults_of(self, record: PackageRecord) -> list[Fault]:
        found = [
            Fault(record.name, f"`{record}` has metadata that cannot be read: {quoted(text)}")
            for text in (*record.depends, *record.constrains)
            if self._specs[text] is None
        ]
        for spec in self._asked(record):
            if self.find(spec) is None:
                told = f"`{record}` needs `{spec}`, and there is {self._instead_of(spec)}"
                found.append(Fault(record.name, told))
            for text in self.unreadable_in_groups(spec) if spec.extras else ():
                told = f"`{record}` asks `{spec}` for what cannot be read: {quoted(text)}"
                found.append(Fault(record.name, told))
        for text in record.constrains:
            limit = self._specs[text]
            if limit is None:
                continue
            there = self.machine.get(limit.name) or self.records.get(limit.name)
            if there is not None and self._counts(limit) and not limit.matches(there):
                told = f"`{record}` does not go together with `{there}`: it allows only `{limit}`"
                found.append(Fault(record.name, told))
        return found

    def _asked(self, record: PackageRecord) -> list[MatchSpec]:
        """Return the requirements that count here and what the groups that they ask for add."""
        found: list[MatchSpec] = []
        for spec in map(self._specs.__getitem__, record.depends):
            if spec is None:
                continue
            # Nearly all are so, and there are thousands.
            if spec.condition is None and not spec.extras:
                found.append(spec)
            else:
                found += self.with_groups(spec)
        return found

    def requirements(self, record: PackageRecord) -> list[MatchSpec]:
        """Return the requirements that count here: those without a condition or whose condition holds (CEP 43)."""
        read = map(self._specs.__getitem__, record.depends)
        return [spec for spec in read if spec is not None and self._counts(spec)]

    def with_groups(self, spec: MatchSpec) -> Sequence[MatchSpec]:
        """Return a requirement, if it counts, and what the groups that it asks for add to it (CEP 44)."""
        if not self._counts(spec):
            return ()
        if not spec.extras:
            return (spec,)
        waiting = [spec]
        found: dict[MatchSpec, None] = {}
        while waiting:
            each = waiting.pop(0)
            if each not in found and self._counts(each):
                found[each] = None
                members = map(self._specs.__getitem__, self._group_texts(each))
                waiting += [member for member in members if member is not None]
        return tuple(found)

    def unreadable_in_groups(self, spec: MatchSpec) -> Sequence[str]:
        """Return what the groups that a requirement asks for hold and nobody can read."""
        return [text for text in self._group_texts(spec) if self._specs[text] is None]

    def _group_texts(self, spec: MatchSpec) -> list[str]:
        target = self.records.get(spec.name) if spec.extras else None
        if target is None:
            return []
        return [text for group in spec.extras for text in target.extra_depends.get(group, ())]

    def _counts(self, spec: MatchSpec) -> bool:
        return spec.condition is None or holds(spec.condition, self.has)

    def _instead_of(self, spec: MatchSpec) -> str:
        found = self.machine.get(spec.name) or self.records.get(spec.name)
        return f"`{found}`" if found is not None else "none"


def broken_names(records: Iterable[PackageRecord], machine: Sequence[VirtualPackage]) -> frozenset[str]:
    """Return the names of the packages that cannot work: their needs are not met, or those of what they need."""
    sound = {record.name: record for record in records}
    broken: set[str] = set()
    while True:
        found = {fault.name for fault in Together(sound.values(), machine).faults()}
        if not found:
            return frozenset(broken)
        broken |= found
        for name in found:
            del sound[name]


def needed_for(together: Together, names: Iterable[str]) -> frozenset[str]:
    """Return those of the names that are there, and those of all that they need."""
    return reached({name for name in names if name in together.records}, needs(together))


def needs(together: Together) -> dict[str, set[str]]:
    """Return the names of the packages that each package needs and finds."""
    return {name: {found.name for found in together.needed_by(record)} for name, record in together.records.items()}


def reached(names: Collection[str], edges: Mapping[str, set[str]]) -> frozenset[str]:
    """Return the names, and all that edges lead to from them."""
    found = set(names)
    waiting = list(names)
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return frozenset(found)


class _Specs(dict[str, "MatchSpec | None"]):
    """The specs that texts spell, each read once; an installed package may have a text that spells none."""

    def __missing__(self, text: str) -> MatchSpec | None:
        try:
            spec = MatchSpec.parse(text)
        except InvalidMatchSpec:
            spec = None
        self[text] = spec
        return spec
