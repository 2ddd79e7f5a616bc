"""What a request is about, as sets of candidates, and the facts that limit them: each a combination that cannot be."""

from __future__ import annotations

from conda_kernel.model.errors import ParseError
from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import AnyOf, MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conda_kernel.model.match_spec import Condition
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index, Job

    Term = tuple[str, int]


class Wanted(NamedTuple):
    """A fact: the job at this place is to be honoured."""

    place: int


class Needed(NamedTuple):
    """A fact: these candidates of a name (bit i for the i-th) need what the spec selects.

    A requirement that is not `is_needed` limits only what is there: it is a constraint.
    """

    name: str
    holders: int
    spec: MatchSpec
    is_needed: bool


class Featured(NamedTuple):
    """A fact: these candidates of a name need some package that switches a feature on."""

    name: str
    holders: int
    feature: str


class Unreadable(NamedTuple):
    """A fact: these candidates of a name have metadata that cannot be read."""

    name: str
    holders: int


Fact = Wanted | Needed | Featured | Unreadable


class Nogood(NamedTuple):
    """What cannot be: that of every name here the choice lies in the mask; `facts` is the set of facts that say so."""

    terms: Mapping[str, int]
    facts: int


class Universe:
    """The candidates of every name, and the facts about them, found as they are asked for.

    The candidates of a name are bits of a number, the best first; one bit more stands for having none. Sets of facts
    are numbers too, bit i for the fact `facts[i]`; the first facts are the jobs, in their order.
    """

    def __init__(self, jobs: Sequence[Job], index: Index, machine: Iterable[VirtualPackage]) -> None:
        self.jobs = tuple(jobs)
        self.index = index
        self.machine = tuple(machine)
        self._machine = {package.name: package for package in self.machine}
        self._elsewhere: dict[str, list[PackageRecord]] = {}
        for job in self.jobs:
            if isinstance(job, (Keep, Freeze)):
                self._elsewhere.setdefault(job.record.name, []).append(job.record)
        self.facts: list[Fact] = [Wanted(place) for place in range(len(self.jobs))]
        self._records: dict[str, Sequence[PackageRecord | VirtualPackage]] = {}
        self._absent: dict[str, int] = {}
        self._full: dict[str, int] = {}
        # By the id of the spec, which is kept beside it: most are asked about many times, and hashing one writes it.
        self._masks: dict[int, tuple[MatchSpec, int]] = {}
        self._about: dict[str, dict[int, tuple[int, ...]]] = {}
        self._numbers: dict[tuple[str, object, int], int] = {}
        self._nogoods: dict[int, tuple[Nogood, ...]] = {}
        self._patterns = [
            place
            for place, job in enumerate(self.jobs)
            if isinstance(job, (Pin, Remove)) and not job.spec.is_exact_name
        ]
        self.preferred = {
            job.record.name: self.bit_of(job.record) for job in self.jobs if isinstance(job, (Keep, Freeze))
        }

    def records(self, name: str) -> Sequence[PackageRecord | VirtualPackage]:
        """Return the candidates of a name, best first; those that only jobs name come last."""
        found = self._records.get(name)
        if found is None:
            if name.startswith("__"):
                found = (self._machine[name],) if name in self._machine else ()
            else:
                found = self.index.candidates(name)
                more = [one for one in self._elsewhere.get(name, ()) if not self.index.bit_of(one)]
                if more:
                    found = (*found, *{one.identity: one for one in more}.values())
            self._records[name] = found
        return found

    def absent(self, name: str) -> int:
        """Return the bit that stands for having no package of the name."""
        bit = self._absent.get(name)
        if bit is None:
            bit = self._absent[name] = 1 << len(self.records(name))
        return bit

    def full(self, name: str) -> int:
        """Return everything that can be chosen of a name; what the machine has is not chosen."""
        full = self._full.get(name)
        if full is None:
            full = self._full[name] = 1 if name.startswith("__") else (self.absent(name) << 1) - 1
        return full

    def mask(self, spec: MatchSpec) -> int:
        """Return the candidates that a spec selects."""
        known = self._masks.get(id(spec))
        if known is None:
            known = self._masks[id(spec)] = (spec, self._selecting(spec))
        return known[1]

    def _selecting(self, spec: MatchSpec) -> int:
        records = self.records(spec.name)
        start = mask = 0
        if not spec.name.startswith("__"):
            mask = self.index.matching(spec)
            start = len(self.index.candidates(spec.name))
        for place in range(start, len(records)):
            if spec.matches(records[place]):
                mask |= 1 << place
        return mask

    def bit_of(self, record: PackageRecord) -> int:
        """Return the bit of a candidate."""
        bit, records = self.index.bit_of(record), self.records(record.name)
        for place in range(len(records) if bit else len(self.index.candidates(record.name)), len(records)):
            one = records[place]
            if not isinstance(one, VirtualPackage) and one.identity == record.identity:
                return 1 << place
        return bit

    def patterns(self, name: str) -> Iterator[int]:
        """Yield the places of the jobs that touch a name by a pattern."""
        for place in self._patterns:
            job = self.jobs[place]
            if isinstance(job, (Pin, Remove)) and job.spec.matches_name(name):
                yield place

    def facts_about(self, name: str, bit: int) -> tuple[int, ...]:
        """Return the numbers of the facts about what a candidate needs and constrains."""
        about = self._about.setdefault(name, {})
        numbers = about.get(bit)
        if numbers is None:
            asked = _asked(self.records(name)[bit.bit_length() - 1], self.index) if bit < self.absent(name) else ()
            numbers = about[bit] = tuple(dict.fromkeys(self._number(name, *each) for each in asked))
        return numbers

    def nogoods(self, number: int, name: str = "") -> tuple[Nogood, ...]:
        """Return what a fact rules out; for a job with a pattern, among the candidates of one name."""
        found = None if name else self._nogoods.get(number)
        if found is None:
            facts = 1 << number
            terms = [self._conjunction(terms) for terms in self._ruled_out(self.facts[number], name)]
            found = tuple(Nogood(one, facts) for one in terms if one is not None)
            if not name:
                self._nogoods[number] = found
        return found

    def _number(self, name: str, what: object, kind: int) -> int:
        """Return the number of the fact that candidates of a name ask something; all that ask the same share it."""
        # The index has one object for equal requirements: none is compared.
        key = (name, id(what) if isinstance(what, MatchSpec) else what, kind)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.facts)
            self.facts.append(_fact(name, self._holders(name, what, kind), what, kind))
        return number

    def _holders(self, name: str, what: object, kind: int) -> int:
        """Return the candidates of a name that ask something."""
        found, start = 0, 0
        if isinstance(what, MatchSpec):
            found = self.index.having(name, what, constrains=kind == _LIMITS)
            start = len(self.index.candidates(name))
        records = self.records(name)
        for place in range(start, len(records)):
            if any(kind == of and (what is one or what == one) for one, of in _asked(records[place], self.index)):
                found |= 1 << place
        return found

    def _ruled_out(self, fact: Fact, name: str) -> Iterator[list[Term]]:
        match fact:
            case Wanted(place):
                yield from self._against(self.jobs[place], name)
            case Needed(owner, holders, spec, is_needed):
                yield from self._unmet([(owner, holders)], spec, is_needed=is_needed)
            case Featured(owner, holders, feature):
                trackers = self._tracking(feature)
                yield [(owner, holders), *((one, self.full(one) & ~mask) for one, mask in trackers.items())]
            case Unreadable(owner, holders):
                yield [(owner, holders)]

    def _against(self, job: Job, name: str) -> Iterator[list[Term]]:
        match job:
            case Install(spec):
                yield from self._unmet([], spec, is_needed=True)
            case Freeze(record):
                yield [(record.name, self.full(record.name) & ~self.bit_of(record))]
            case Pin(spec) if name or spec.is_exact_name:
                owner = name or spec.name
                yield [(owner, self._selected(spec, owner) ^ (self.absent(owner) - 1))]
            case Remove(spec) if name or spec.is_exact_name:
                owner = name or spec.name
                yield [(owner, self._selected(spec, owner))]
            case _:
                return

    def _selected(self, spec: MatchSpec, name: str) -> int:
        if spec.is_exact_name:
            return self.mask(spec)
        return sum(1 << place for place, record in enumerate(self.records(name)) if spec.matches(record))

    def _unmet(
        self, base: list[Term], spec: MatchSpec, *, is_needed: bool, inside: frozenset[MatchSpec] = frozenset()
    ) -> Iterator[list[Term]]:
        """Yield how a requirement can fail: each way in which its condition holds, with what does not fulfil it."""
        target, mask = spec.name, self.mask(spec)
        unmet = (self.full(target) if is_needed else self.full(target) & (self.absent(target) - 1)) & ~mask
        for way in [[]] if spec.condition is None else self._ways(spec.condition):
            premise = [*base, *way]
            yield [*premise, (target, unmet)]
            if is_needed and spec.extras and spec not in inside:
                yield from self._unmet_groups(premise, spec, inside | {spec})

    def _unmet_groups(self, base: list[Term], spec: MatchSpec, inside: frozenset[MatchSpec]) -> Iterator[list[Term]]:
        """Yield how the groups that a requirement asks for can fail (CEP 44)."""
        mask = self.mask(spec)
        for place, record in enumerate(self.records(spec.name)):
            groups = getattr(record, "extra_depends", {}) if mask >> place & 1 else {}
            premise = [*base, (spec.name, 1 << place)]
            for text in (text for group in spec.extras for text in groups.get(group, ())):
                try:
                    yield from self._unmet(premise, MatchSpec.parse(text), is_needed=True, inside=inside)
                except ParseError:
                    yield premise

    def _ways(self, condition: Condition) -> list[list[Term]]:
        """Return the ways in which a condition can hold, each a list of terms."""
        if isinstance(condition, MatchSpec):
            return [[(condition.name, self.mask(condition) & self.full(condition.name))]]
        parts = [self._ways(part) for part in condition.parts]
        if isinstance(condition, AnyOf):
            return [way for ways in parts for way in ways]
        joined: list[list[Term]] = [[]]
        for ways in parts:
            joined = [[*before, *way] for before in joined for way in ways]
        return joined

    def _tracking(self, feature: str) -> dict[str, int]:
        """Return the candidates that switch a feature on, by name."""
        found: dict[str, int] = {}
        for record in self.index.tracking(self.jobs):
            if feature in record.track_features:
                found[record.name] = 0
        for name in [*found, *sorted(self._elsewhere)]:
            for place, one in enumerate(self.records(name)):
                if feature in one.track_features:
                    found[name] = found.get(name, 0) | 1 << place
        return found

    def _conjunction(self, terms: Iterable[Term]) -> dict[str, int] | None:
        """Return the terms by name without those that always hold, None when they never hold together."""
        joined: dict[str, int] = {}
        for name, mask in terms:
            before = joined.get(name)
            joined[name] = mask & (self.full(name) if before is None else before)
        if not all(joined.values()):
            return None
        return {name: mask for name, mask in joined.items() if mask != self.full(name)}


_NEEDS, _LIMITS, _FEATURE, _UNREADABLE = range(4)


def _asked(record: PackageRecord | VirtualPackage, index: Index) -> list[tuple[object, int]]:
    """Return what a candidate asks, each with the kind of fact that it makes."""
    if isinstance(record, VirtualPackage):
        return []
    try:
        needs, limits = index.requirements(record), index.constraints(record)
    except ParseError:
        return [("", _UNREADABLE)]
    return [
        *((spec, _NEEDS) for spec in needs),
        *((spec, _LIMITS) for spec in limits),
        *((feature, _FEATURE) for feature in record.features),
    ]


def _fact(name: str, holders: int, what: object, kind: int) -> Fact:
    if isinstance(what, MatchSpec):
        return Needed(name, holders, what, kind == _NEEDS)
    return Unreadable(name, holders) if kind == _UNREADABLE else Featured(name, holders, str(what))
