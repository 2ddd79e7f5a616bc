"""The packages that a request can reach, and what is known of them without search.

The candidates of a name are the bits of a whole number, the best one the lowest. `live` says which of them may still be
chosen; a name that is not `present` may also be left out.
"""

from __future__ import annotations

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index


# A virtual package that no machine has.
_NEVER = "__never"


class Demand(NamedTuple):
    """What a package asks of one name: that one of these candidates is there, or that no other one is."""

    name: str
    mask: int
    spec: MatchSpec
    is_requirement: bool


class Rider(NamedTuple):
    """What a package asks under a condition (CEP 43) or of a group (CEP 44): the spec, evaluated when it is encoded."""

    spec: MatchSpec
    is_requirement: bool


class Group(NamedTuple):
    """Candidates of one name that ask the same; each of the features must be tracked by some chosen package."""

    bits: int
    demands: tuple[Demand, ...]
    riders: tuple[Rider, ...]
    features: tuple[str, ...]


class Contradiction(Exception):
    """A name must be there and has no candidate left; the argument is the name."""


class Problem:
    """Names, candidates and demands, closed under what the candidates ask for."""

    def __init__(self, index: Index, machine: Sequence[VirtualPackage], installed: Iterable[PackageRecord]) -> None:
        self._index = index
        self._machine = machine
        self._installed = _usable(index, installed)
        self._masks: dict[MatchSpec, int] = {}
        self.records: dict[str, tuple[PackageRecord, ...]] = {}
        self.groups: dict[str, list[Group]] = {}
        self.live: dict[str, int] = {}
        self.present: dict[str, None] = {}
        self._users: dict[str, list[tuple[str, int, Demand]]] = {}

    def mask(self, spec: MatchSpec) -> int:
        """Return which candidates of the spec's name match it; of a virtual package, all or none of a single bit."""
        mask = self._masks.get(spec)
        if mask is None:
            if spec.name.startswith("__"):
                mask = int(any(_fits(spec, package) for package in self._machine))
            else:
                candidates, mask = self.candidates(spec.name), self._index.matching(spec)
                if spec.name in self._installed and spec.matches(candidates[-1]):
                    mask |= 1 << len(candidates) - 1
            self._masks[spec] = mask
        return mask

    def candidates(self, name: str) -> tuple[PackageRecord, ...]:
        """Return the records that can be chosen for the name, best first; one that is only installed comes last."""
        if name.startswith("__"):
            return ()
        found = self.records.get(name)
        if found is None:
            found = tuple(self._index.candidates(name))
            extra = self._installed.get(name)
            if extra is not None:
                if any(extra.identity == record.identity for record in found):
                    del self._installed[name]
                else:
                    found = (*found, extra)
            self.records[name] = found
        return found

    def bit_of(self, record: PackageRecord) -> int:
        """Return the candidate that is the record, or 0."""
        for bit, candidate in enumerate(self.candidates(record.name)):
            if candidate.identity == record.identity:
                return 1 << bit
        return 0

    def without_features(self) -> dict[str, int]:
        """Return the live candidates that track no features, of the names that have others too."""
        plain = {}
        for name, live in self.live.items():
            records = self.records[name]
            tracking = sum(1 << bit for bit, record in enumerate(records) if record.track_features) & live
            if tracking and live & ~tracking:
                plain[name] = live & ~tracking
        return plain

    def tracking(self, feature: str) -> dict[str, int]:
        """Return the live candidates that track a feature, by name."""
        found = {}
        for name, live in self.live.items():
            mask = sum(1 << bit for bit, record in enumerate(self.records[name]) if feature in record.track_features)
            if mask & live:
                found[name] = mask & live
        return found

    def has_virtual(self, name: str) -> bool:
        """Tell whether the machine has a virtual package of this name."""
        return any(package.name == name for package in self._machine)

    def open(self, names: Iterable[str]) -> None:
        """Bring in the names, and every name that their candidates ask for."""
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in self.live or name.startswith("__"):
                continue
            self.live[name] = (1 << len(self.candidates(name))) - 1
            self.groups[name] = self._grouped(name)
            for number, group in enumerate(self.groups[name]):
                for demand in group.demands:
                    self._users.setdefault(demand.name, []).append((name, number, demand))
                    if demand.is_requirement:
                        waiting.append(demand.name)
                waiting += [wanted for rider in group.riders for wanted in self.names_of(rider)]
        for name, groups in self.groups.items():
            for group in groups:
                if not all(self.tracking(feature) for feature in group.features):
                    self.live[name] &= ~group.bits

    def names_of(self, rider: Rider) -> Iterator[str]:
        """Yield the names that may be needed because of a rider; none for a constraint."""
        if rider.is_requirement:
            yield rider.spec.name
            for _, spec in self.group_members(rider.spec):
                yield spec.name

    def group_members(self, spec: MatchSpec) -> Iterator[tuple[int, MatchSpec]]:
        """Yield what the groups that a spec asks for require, each with the candidate that says so."""
        if not spec.extras:
            return
        mask = self.mask(spec)
        for bit, record in enumerate(self.candidates(spec.name)):
            if mask >> bit & 1:
                for extra in spec.extras:
                    for text in record.extra_depends.get(extra, ()):
                        yield 1 << bit, _group_spec(text)

    def require(self, name: str) -> None:
        """Note that the name must be there; `settle` draws the conclusions."""
        self.present.setdefault(name)

    def settle(self, names: Iterable[str]) -> None:
        """Draw the conclusions from what is live and present of the names; raise `Contradiction`."""
        waiting = dict.fromkeys(names)
        while waiting:
            name = next(iter(waiting))
            del waiting[name]
            for changed in self._conclusions(name):
                waiting[changed] = None

    def drop_unreachable(self, roots: Iterable[str]) -> None:
        """Forget the candidates of names that no live candidate leads to any more."""
        waiting, reached = list(roots), set[str]()
        while waiting:
            name = waiting.pop()
            if name in reached or name not in self.live:
                continue
            reached.add(name)
            for group in self.groups[name]:
                if group.bits & self.live[name]:
                    waiting += [demand.name for demand in group.demands if demand.is_requirement]
                    waiting += [wanted for rider in group.riders for wanted in self.names_of(rider)]
        for name in self.live:
            if name not in reached:
                self.live[name] = 0

    def _conclusions(self, name: str) -> list[str]:
        """Narrow what depends on the name and, when it must be there, what it asks for; return what changed."""
        live = self.live.get(name, 0)
        changed: list[str] = []
        for user, number, demand in self._users.get(name, ()):
            if demand.mask & live or not (demand.is_requirement or name in self.present):
                continue
            changed += self._narrow(user, ~self.groups[user][number].bits)
        if name in self.present:
            if not self.live.get(name, 0):
                raise Contradiction(name)
            allowed, required = self._common(name)
            for target in required:
                if target not in self.present:
                    self.present[target] = None
                    changed.append(target)
            for target, mask in allowed.items():
                changed += self._narrow(target, mask)
        return changed

    def narrow(self, name: str, mask: int) -> None:
        """Leave only these candidates of a name, and draw the conclusions; raise `Contradiction`."""
        self.settle(self._narrow(name, mask))

    def _narrow(self, name: str, mask: int) -> tuple[str, ...]:
        live = self.live.get(name)
        if live is None or live & mask == live:
            return ()
        self.live[name] = live & mask
        if name in self.present and not live & mask:
            raise Contradiction(name)
        return (name,)

    def _common(self, name: str) -> tuple[dict[str, int], dict[str, None]]:
        """Return what all live candidates of the name allow of other names, and which names they all need."""
        allowed: dict[str, int] | None = None
        required: dict[str, None] = {}
        for group in self.groups[name]:
            if not group.bits & self.live[name]:
                continue
            masks: dict[str, int] = {}
            for demand in group.demands:
                masks[demand.name] = masks.get(demand.name, -1) & demand.mask
            needed = {demand.name: None for demand in group.demands if demand.is_requirement}
            if allowed is None:
                allowed, required = masks, needed
            else:
                allowed = {target: allowed[target] | masks[target] for target in allowed if target in masks}
                required = {target: None for target in required if target in needed}
        return allowed or {}, required

    def _grouped(self, name: str) -> list[Group]:
        """Return the candidates by what they ask for; those that ask what the machine has not are not live."""
        bits: dict[tuple[int, int, tuple[str, ...]], int] = {}
        lists = {}
        for bit, record in enumerate(self.records[name]):
            requirements, constraints = self._index.requirements(record), self._index.constraints(record)
            key = (id(requirements), id(constraints), record.features)
            lists[key] = (requirements, constraints)
            bits[key] = bits.get(key, 0) | 1 << bit
        groups = []
        for key, members in bits.items():
            demands = self._demands(name, members, *lists[key])
            if demands is None:
                self.live[name] &= ~members
            else:
                groups.append(Group(members, *demands, key[2]))
        return groups

    def _demands(
        self, name: str, bits: int, requirements: Iterable[MatchSpec], constraints: Iterable[MatchSpec]
    ) -> tuple[tuple[Demand, ...], tuple[Rider, ...]] | None:
        """Return what candidates of a name ask for, None when the machine has it not."""
        demands, riders = [], []
        for specs, is_requirement in ((requirements, True), (constraints, False)):
            for spec in specs:
                if spec.condition is not None or spec.extras:
                    riders.append(Rider(spec, is_requirement))
                elif spec.name.startswith("__"):
                    if not self.mask(spec) and (is_requirement or self.has_virtual(spec.name)):
                        return None
                elif spec.name == name:
                    # A record that matches itself satisfies its own requirement; another one of the name cannot.
                    self.live[name] &= ~(bits & ~self.mask(spec))
                else:
                    demands.append(Demand(spec.name, self.mask(spec), spec, is_requirement))
        return tuple(demands), tuple(riders)


def _usable(index: Index, installed: Iterable[PackageRecord]) -> dict[str, PackageRecord]:
    """Return the installed records whose metadata can be read, by name."""
    usable = {}
    for record in installed:
        try:
            index.requirements(record)
            index.constraints(record)
            Version.parse(record.version)
        except ParseError:
            continue
        usable[record.name] = record
    return usable


def _group_spec(text: str) -> MatchSpec:
    """Return the spec of a dependency of a group; what cannot be read becomes one that never holds."""
    try:
        return MatchSpec.parse(text)
    except ParseError:
        return MatchSpec.parse(_NEVER)


def _fits(spec: MatchSpec, package: VirtualPackage) -> bool:
    version = Version.parse(package.version)
    return spec.matches_name(package.name) and spec.matches_version(version, package.build, package.build_number)
