"""Tells the facts that exclude each other as trees: from what is wanted down to where it meets what else is wanted."""

from __future__ import annotations

from conda_kernel.model.candidates import by_value, values_of
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Tree
from conda_kernel.model.solving import Freeze, Install, Pin, Remove
from conda_planner.demands import Reason
from conda_planner.lacking import why_nothing_matches
from conda_planner.universe import Featured, Needed, Unreadable, Wanted
from conda_planner.wording import beside_name, in_order, listed, newest, pin_words, spec_words, version_ranges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_planner.demands import Demand
    from conda_planner.universe import Fact, Universe

MOST_SPECS = 2
"""How many different requirements of one name on another are quoted; more become the versions that they allow."""

IS = {
    Reason.REQUESTED: "is requested",
    Reason.BEFORE: "was asked for before",
    Reason.PINNED: "is pinned",
    Reason.PYTHON: "is installed, and another is not asked for",
    Reason.INSTALLED: "is installed",
}


class Line(NamedTuple):
    """What some candidates of one name have to do with another name."""

    owner: str
    holders: int
    target: str
    allowed: int
    is_needed: bool
    specs: tuple[str, ...]
    first: Needed


class ReasonTrees:
    """The trees of one set of facts; each fact is told once, where it is met first."""

    def __init__(
        self, universe: Universe, facts: int, demands: Sequence[Demand], machine: Sequence[VirtualPackage]
    ) -> None:
        self._universe = universe
        self._machine = machine
        found = [universe.facts[number] for number in range(facts.bit_length()) if facts >> number & 1]
        self._wanted = [demands[fact.place] for fact in found if isinstance(fact, Wanted)]
        self._about: dict[str, list[Fact]] = {}
        for fact in found:
            if not isinstance(fact, Wanted):
                self._about.setdefault(fact.name, []).append(fact)
        self._of_version: dict[str, dict[str, int]] = {}
        self._told: set[Fact] = set()
        self._limits: dict[str, list[tuple[Demand, int]]] = {}
        for demand in self._wanted:
            name, mask = self._limit(demand)
            self._limits.setdefault(name, []).append((demand, mask))
        self._asked: dict[str, list[int]] = {}
        self._quoted: set[Demand] = set()

    def trees(self) -> tuple[Tree, ...]:
        """Return a tree for each wish, those that another tree tells of left out, and one for what meets nowhere."""
        roots: list[tuple[Demand, Tree]] = []
        for demand in self._wanted:
            name, mask = self._limit(demand)
            for _, other in self._limits[name]:
                mask &= other
            label = f"{wish_words(demand)} {IS[demand.reason]}" if not isinstance(demand.job, Remove) else demand.told
            roots.append((demand, Tree(printable(label + self._alone(demand)), tuple(self._below(name, mask)))))
        rest = [
            Tree(each.label, each.children)
            for name in self._about
            for each in self._below(name, self._universe.full(name))
        ]
        told = [tree for demand, tree in roots if tree.children or demand not in self._quoted]
        return (*told, *rest, *(Tree(text) for text in self._unmet_together()))

    def _limit(self, demand: Demand) -> tuple[str, int]:
        universe = self._universe
        match demand.job:
            case Install(spec) | Pin(spec):
                return spec.name, universe.mask(spec)
            case Remove(spec):
                return spec.name, universe.full(spec.name) & ~universe.mask(spec)
            case record_job:
                name = record_job.record.name
                return name, universe.bit_of(record_job.record)

    def _alone(self, demand: Demand) -> str:
        """Return why nothing at all meets a wish."""
        if isinstance(demand.job, Install) and not self._universe.mask(demand.job.spec):
            return f": {why_nothing_matches(demand.job.spec, self._universe.index, self._machine)}"
        return ""

    def _below(self, name: str, domain: int) -> Iterator[Tree]:
        """Yield what is told of some candidates of a name: what they need, and what becomes of it."""
        new = [fact for fact in self._about.get(name, ()) if fact not in self._told and _holders(fact) & domain]
        self._told.update(new)
        for line in self._lines(new, domain):
            children: tuple[Tree, ...] = ()
            if line.target not in self._limits and line.is_needed and line.allowed and line.target != name:
                children = tuple(self._below(line.target, line.allowed))
            yield Tree(printable(f"{self._subject(line, domain)} {self._verb(line)}{self._tail(line)}"), children)
        for fact in new:
            subject = self._versions(fact.name, _holders(fact) & domain) if not isinstance(fact, Wanted) else ""
            if isinstance(fact, Featured):
                yield Tree(printable(f"{subject} needs a package with the feature {fact.feature}"))
            elif isinstance(fact, Unreadable):
                yield Tree(printable(f"{subject} has metadata that cannot be read"))

    def _lines(self, facts: Sequence[Fact], domain: int) -> list[Line]:
        """Join facts about the same two names."""
        grouped: dict[tuple[str, bool, str], list[Needed]] = {}
        for fact in facts:
            if isinstance(fact, Needed):
                key = (fact.spec.name, fact.is_needed, str(fact.spec.when or ""))
                grouped.setdefault(key, []).append(fact)
        lines = []
        for (target, is_needed, _), group in grouped.items():
            holders = allowed = 0
            for fact in group:
                holders |= fact.holders & domain
                allowed |= self._universe.mask(fact.spec)
            self._asked.setdefault(target, []).append(allowed)
            specs = tuple(dict.fromkeys(beside_name(fact.spec) for fact in group))
            lines.append(Line(group[0].name, holders, target, allowed, is_needed, specs, group[0]))
        return lines

    def _subject(self, line: Line, domain: int) -> str:
        text = self._versions(line.owner, line.holders)
        others = self._distinct(line.owner, domain & ~line.holders)
        is_part = not others.isdisjoint(self._distinct(line.owner, line.holders))
        return f"builds of {text}" if is_part else text

    def _distinct(self, name: str, mask: int) -> set[str]:
        return {version for version, holders in self._by_version(name).items() if holders & mask}

    def _versions(self, name: str, mask: int) -> str:
        return f"{name} {version_ranges(self._distinct(name, mask), self._by_version(name))}"

    def _by_version(self, name: str) -> dict[str, int]:
        """Return which candidates of a name have which version, the oldest first."""
        found = self._of_version.get(name)
        if found is None:
            holders = by_value(values_of(self._universe.records(name), "version"))
            found = self._of_version[name] = {version: holders[version] for version in in_order(holders)}
        return found

    def _verb(self, line: Line) -> str:
        is_one = len(self._distinct(line.owner, line.holders)) == 1
        verb = ("needs" if is_one else "need") if line.is_needed else "allows only" if is_one else "allow only"
        if len(line.specs) <= MOST_SPECS:
            return f"{verb} {line.target} {listed(line.specs, 'or')}".rstrip()
        if line.allowed:
            return f"{verb} {self._versions(line.target, line.allowed)}"
        return f"{verb} {line.target} {line.specs[0]} or one of {len(line.specs) - 1} others"

    def _tail(self, line: Line) -> str:
        if not line.allowed and (line.is_needed or not line.target.startswith("__")):
            return f"; {why_nothing_matches(line.first.spec, self._universe.index, self._machine)}"
        if line.target == line.owner:
            return ", another version of itself" if line.is_needed else ", not itself"
        if line.target.startswith("__") and not line.is_needed:
            return f"; {why_nothing_matches(line.first.spec, self._universe.index, self._machine)}"
        against = [demand for demand, mask in self._limits.get(line.target, ()) if not mask & line.allowed]
        self._quoted.update(against)
        if against:
            return f", but {wish_words(against[0])} {IS[against[0].reason]}"
        return ""

    def _unmet_together(self) -> Iterator[str]:
        """Yield a sentence on each name that several ask for, no version of which fits all of them."""
        for name, masks in self._asked.items():
            limits = [mask for _, mask in self._limits.get(name, ())]
            common, every = -1, 0
            for mask in (*masks, *limits):
                common &= mask
                every |= mask
            if len(masks) > 1 and all(masks) and not common and not self._quoted_for(name):
                what = "version" if len(self._distinct(name, every)) > 1 else "build"
                yield f"no {what} of {name} fits all of them"
        for name, found in self._limits.items():
            common = -1
            for _, mask in found:
                common &= mask
            if len(found) > 1 and not common:
                versions = newest(self._by_version(name), MOST_SPECS + 2)
                yield f"no {name} is both; there is {versions}"

    def _quoted_for(self, name: str) -> bool:
        return any(demand in self._quoted for demand, _ in self._limits.get(name, ()))


def wish_words(demand: Demand) -> str:
    """Return a wish in short words: what was typed, the package that stays, the pin and where it stands."""
    match demand.job:
        case Pin(spec) if demand.reason is Reason.PINNED:
            place = demand.told.partition("` (")[2].rstrip(")")
            return f"`{pin_words(spec)}`" + (f" ({place})" if place else "")
        case Install(spec) | Pin(spec):
            return f"`{spec_words(spec)}`"
        case Remove(spec):
            return f"no `{spec_words(spec)}`"
        case Freeze(record):
            return f"`{record.name} {record.version}`"
        case _:
            return demand.told


def _holders(fact: Fact) -> int:
    return 0 if isinstance(fact, Wanted) else fact.holders
