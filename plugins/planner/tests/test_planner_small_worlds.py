"""The explainer and the referee against a check of every choice that there is, on random small worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.match_spec import holds as condition_holds
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import Freeze, Install, Job, Keep, Pin, Remove, Solution, SolveRequest
from conda_planner.deciding import decide
from conda_planner.demands import Demand, Reason
from conda_planner.explanation import conflict, tree_lines
from conda_planner.minimal import members, minimal, remedies
from conda_planner.referee import broken_rules
from conda_planner.universe import Fact, Featured, Needed, Universe, Unreadable, Wanted
from conda_testing.memory_index import MemoryIndex, record_of

NAMES = "abcd"
VERSIONS = "123"
MACHINE = (VirtualPackage("__glibc", "2.28"),)

Choice = dict[str, PackageRecord]


@dataclass(frozen=True)
class World:
    """Packages, and what is wanted of them; `elsewhere` are installed and not in the index."""

    index: MemoryIndex
    jobs: tuple[Job, ...]
    elsewhere: tuple[PackageRecord, ...]


PLAIN = [name + end for name in NAMES for end in ("", " >=2", " <2", " 2.*", " 1|3", " 9.*")]
CONDITIONAL = [f'{name}[when="{other}"]' for name in NAMES for other in PLAIN]
GROUPED = [f"{name}[extras=[more]]" for name in NAMES]
IN_PACKAGES = st.one_of(
    st.sampled_from(PLAIN), st.sampled_from([*PLAIN, *GROUPED, "__glibc >=2.17", "__glibc >=2.34", "__cuda"]),
    st.sampled_from(CONDITIONAL),
)  # fmt: skip
ASKED = st.sampled_from([*PLAIN, *PLAIN, *GROUPED]).map(MatchSpec.parse)
LIMITS = st.sampled_from(PLAIN).map(MatchSpec.parse)
FEW = st.lists(IN_PACKAGES, max_size=2)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    index = MemoryIndex()
    for name in NAMES:
        for version in draw(st.lists(st.sampled_from(VERSIONS), max_size=3, unique=True)):
            index.add(name, version, **draw(contents(name)))
    elsewhere = tuple(
        record_of({"name": name, "version": "0", "build": "old", **draw(contents(name))})
        for name in draw(st.lists(st.sampled_from(NAMES), max_size=1))
    )
    here = [*(record for name in NAMES for record in index.candidates(name)), *elsewhere]
    asked: list[st.SearchStrategy[Job]] = [ASKED.map(Install), ASKED.map(Install), LIMITS.map(Pin), LIMITS.map(Remove)]
    asked += [st.just(Pin(MatchSpec.parse("* <3")))]
    if here:
        asked += [st.sampled_from(here).map(Keep), st.sampled_from(here).map(Freeze)]
    # What switches a feature on counts where the jobs lead to it: the pin that rules nothing out leads there.
    jobs = [*draw(st.lists(st.one_of(asked), min_size=1, max_size=4)), *map(Keep, elsewhere), Pin(MatchSpec.parse("a"))]
    return World(index, tuple(jobs), elsewhere)


@st.composite
def contents(draw: st.DrawFn, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"depends": draw(FEW), "constrains": draw(st.lists(st.sampled_from(PLAIN), max_size=1))}
    rare = draw(st.integers(0, 9))
    if rare == 0:
        found["features"] = ["blue"]
    elif rare == 1 and name == "a":
        found["track_features"] = ["blue"]
    elif rare == 2:
        found["depends"].append("a >=,")
    extras = {"extra_depends": {"more": draw(FEW)}} if rare in (3, 4, 5) else {}
    return {**found, **extras}


class Choices:
    """Every way to take at most one package of each name, and which of them are in accord with what."""

    def __init__(self, world: World, universe: Universe) -> None:
        more = {record.name: record for record in world.elsewhere}
        options: list[list[PackageRecord | None]] = [
            [None, *world.index.candidates(name), *([more[name]] if name in more else [])] for name in NAMES
        ]
        self._universe = universe
        self._all = [{record.name: record for record in records if record is not None} for records in product(*options)]
        self._every = (1 << len(self._all)) - 1
        self._true: dict[Fact, int] = {}

    def fit(self, facts: Sequence[Fact]) -> bool:
        """Tell whether a choice is in accord with all of the facts."""
        return bool(self._with_all(facts))

    def sorted(self, facts: Sequence[Fact]) -> Iterator[tuple[Choice, bool]]:
        """Yield each choice, and whether it is in accord with all of the facts."""
        fit = self._with_all(facts)
        return ((choice, bool(fit >> place & 1)) for place, choice in enumerate(self._all))

    def _with_all(self, facts: Sequence[Fact]) -> int:
        left = self._every
        for fact in facts:
            left &= self._with(fact)
        return left

    def _with(self, fact: Fact) -> int:
        if fact not in self._true:
            found = [is_true(fact, self._universe, choice) for choice in self._all]
            self._true[fact] = sum(1 << place for place, is_so in enumerate(found) if is_so)
        return self._true[fact]


def is_honoured(job: Job, choice: Choice) -> bool:
    match job:
        case Install(spec):
            return is_met(spec, choice)
        case Pin(spec):
            return all(spec.matches(one) for one in choice.values() if spec.matches_name(one.name))
        case Remove(spec):
            return not any(spec.matches(one) for one in choice.values())
        case Freeze(record):
            return choice.get(record.name) == record
        case _:
            return True


def is_there(spec: MatchSpec, choice: Choice) -> bool:
    return any(map(spec.matches, choice.values())) or any(map(spec.matches, MACHINE))


def is_met(spec: MatchSpec, choice: Choice, inside: frozenset[MatchSpec] = frozenset()) -> bool:
    if spec in inside or not counts(spec, choice):
        return True
    if not is_there(spec, choice):
        return False
    groups = choice[spec.name].extra_depends if spec.extras else {}
    texts = [text for group in spec.extras for text in groups.get(group, ())]
    return all(is_met(MatchSpec.parse(text), choice, inside | {spec}) for text in texts)


def counts(spec: MatchSpec, choice: Choice) -> bool:
    return spec.condition is None or condition_holds(spec.condition, lambda one: is_there(one, choice))


def is_true(fact: Fact, universe: Universe, choice: Choice) -> bool:
    """Tell whether a choice is in accord with a fact."""
    if isinstance(fact, Wanted):
        return is_honoured(universe.jobs[fact.place], choice)
    mine = choice.get(fact.name)
    place = list(universe.records(fact.name)).index(mine) if mine is not None else -1
    if place < 0 or not fact.holders >> place & 1:
        return True
    match fact:
        case Unreadable():
            return False
        case Featured(_, _, feature):
            return any(feature in one.track_features for one in choice.values())
        case Needed(_, _, spec, is_needed):
            if is_needed:
                return is_met(spec, choice)
            other, machine = choice.get(spec.name), {one.name: one for one in MACHINE}.get(spec.name)
            is_kept = (other is None or spec.matches(other)) and (machine is None or spec.matches(machine))
            return is_kept or not counts(spec, choice)


def every_fact(universe: Universe) -> list[Fact]:
    """Return all facts that are not wishes, in whatever order they come to be known."""
    for name in NAMES:
        for place in range(len(universe.records(name))):
            universe.facts_about(name, 1 << place)
    return [fact for fact in universe.facts if not isinstance(fact, Wanted)]


@given(worlds())
def test_it_finds_a_choice_when_there_is_one(world: World) -> None:
    universe = Universe(world.jobs, world.index, MACHINE)
    found = decide(universe)
    facts = every_fact(universe)
    wishes = [fact for fact in universe.facts if isinstance(fact, Wanted)]
    assert (found.choice is not None) == Choices(world, universe).fit([*wishes, *facts])


@given(worlds())
def test_each_fact_of_a_minimal_set_is_needed_and_all_together_are_enough(world: World) -> None:
    universe = Universe(world.jobs, world.index, MACHINE)
    facts = decide(universe).facts
    if not facts:
        return
    choices = Choices(world, universe)
    found = [universe.facts[number] for number in members(minimal(universe, facts, range(len(world.jobs))))]
    assert not choices.fit(found)
    for left_out in found:
        assert choices.fit([fact for fact in found if fact is not left_out])


@given(worlds())
def test_a_remedy_helps_and_no_smaller_one_does(world: World) -> None:
    universe = Universe(world.jobs, world.index, MACHINE)
    facts = decide(universe).facts
    if not facts:
        return
    places = range(len(world.jobs))
    found = remedies(universe, facts, places)
    for remedy in found:
        changed = {place: _loosened(world.jobs[place], version) for place, version in remedy.changes}
        loosened = Universe(
            [job for place in places for job in changed.get(place, [world.jobs[place]])], world.index, MACHINE
        )
        assert Choices(world, loosened).fit([*loosened.facts, *every_fact(loosened)])
    rest = every_fact(universe)
    choices = Choices(world, universe)
    smaller = [
        without
        for size in range(min((len(remedy.changes) for remedy in found), default=len(places) + 1))
        for without in combinations(places, size)
        if choices.fit([*(universe.facts[place] for place in places if place not in without), *rest])
    ]
    assert not smaller


def _loosened(job: Job, version: str) -> list[Job]:
    """Return what takes the place of a job: nothing, or a version of what it names."""
    if isinstance(job, Install) and version:
        return [Install(MatchSpec.parse(f"{job.spec.name} =={version}"))]
    return []


@given(worlds())
def test_what_is_told_names_every_wish_that_is_in_the_way(world: World) -> None:
    reasons: dict[type, Reason] = {Pin: Reason.PINNED, Keep: Reason.INSTALLED, Freeze: Reason.INSTALLED}
    told = [f"`{job.record if isinstance(job, (Keep, Freeze)) else job.spec}`" for job in world.jobs]
    demands = [
        Demand(job, reasons.get(type(job), Reason.REQUESTED), words)
        for job, words in zip(world.jobs, told, strict=True)
    ]
    found = conflict(demands, world.index, MACHINE)
    if found is None:
        assert decide(Universe(world.jobs, world.index, MACHINE)).choice is not None
        return
    text = "\n".join(tree_lines(found.trees, 10_000))
    assert 0 < len(text.splitlines()) <= 12
    for place in found.places:
        job = world.jobs[place]
        assert (job.record if isinstance(job, (Keep, Freeze)) else job.spec).name in text


@given(worlds())
def test_the_referee_accepts_every_solution_and_nothing_else(world: World) -> None:
    universe = Universe(world.jobs, world.index, MACHINE)
    facts = every_fact(universe)
    wishes = [fact for fact in universe.facts if isinstance(fact, Wanted)]
    request = SolveRequest(world.jobs, world.index, world.elsewhere, MACHINE)
    for choice, is_one in Choices(world, universe).sorted([*wishes, *facts]):
        told = broken_rules(request, Solution(tuple(choice.values())))
        assert (not told) == is_one, told


@given(worlds(), st.data())
def test_the_referee_refuses_a_solution_that_was_tampered_with(world: World, data: st.DataObject) -> None:
    found = decide(Universe(world.jobs, world.index, MACHINE))
    if not found.choice:
        return
    universe = Universe(world.jobs, world.index, MACHINE)
    chosen = [
        universe.records(name)[bit.bit_length() - 1]
        for name, bit in found.choice.items()
        if _is_one(bit, name, universe)
    ]
    records = [one for one in chosen if isinstance(one, PackageRecord)]
    request = SolveRequest(world.jobs, world.index, world.elsewhere, MACHINE)
    assert not broken_rules(request, Solution(tuple(records)))
    if not records:
        return
    place = data.draw(st.integers(0, len(records) - 1))
    record = records[place]
    for other in (
        [*records, record],
        [*records, record._replace(version="7", file_name="x-7-0.conda")],
        [*records[:place], record._replace(build="forged", file_name="forged.conda"), *records[place + 1 :]],
        [*records[:place], record._replace(depends=(*record.depends, "a")), *records[place + 1 :]],
        [
            *records[:place],
            record._replace(sha256="0" * 64, url="https://elsewhere.example/x.conda"),
            *records[place + 1 :],
        ],
        [*records, record_of({"name": "stranger"})],
    ):
        assert broken_rules(request, Solution(tuple(other)))


def _is_one(bit: int, name: str, universe: Universe) -> bool:
    return not name.startswith("__") and 0 < bit < universe.absent(name) and not bit & (bit - 1)
