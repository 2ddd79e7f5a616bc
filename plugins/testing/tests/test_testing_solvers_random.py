"""Solvers against small random worlds, and against a search through all solutions of these."""

from __future__ import annotations

from importlib.metadata import entry_points
from itertools import product
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import ChannelPriority, Freeze, Install, Keep, Pin, Remove, SolveRequest
from conda_testing.memory_index import MemoryIndex
from conda_testing.solvers.referee import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.hookspecs import Solver
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job

NAMES = ("a", "b", "c", "d")
CLAUSES = ("", " >=2", " <2", " 1.*", " !=2", " 1|3", " * y_*", " *.0", "[build_number=1]")
MACHINE = (VirtualPackage("__unix"), VirtualPackage("__glibc", "2.28"))

specs = st.builds("{}{}".format, st.sampled_from(NAMES), st.sampled_from(CLAUSES))
needs = st.one_of(
    specs,
    st.sampled_from(["__unix", "__win", "__glibc >=2.17", "__glibc >=2.34", "second::a"]),
    st.builds("{}[when='{}']".format, st.sampled_from(NAMES), specs.filter(lambda text: "[" not in text)),
)
entries = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "version": st.sampled_from(["1.0", "2.0", "3.0"]),
        "build": st.sampled_from(["x_0", "y_1"]),
        "channel": st.sampled_from(["first", "first", "second"]),
        "subdir": st.sampled_from(["linux-64", "noarch"]),
        "depends": st.lists(needs, max_size=3),
        "constrains": st.lists(specs, max_size=1),
        "track_features": st.sampled_from(["", "", "", "slow"]),
    }
)


def _place(entry: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(entry[key] for key in ("name", "version", "build", "channel", "subdir"))


worlds = st.lists(entries, min_size=1, max_size=10, unique_by=_place)


@st.composite
def requests(draw: st.DrawFn, *, most_wishes: int = 3) -> SolveRequest:
    """Return a request to a small world."""
    index = MemoryIndex(draw(worlds), channels=("first", "second"), priority=draw(st.sampled_from(ChannelPriority)))
    jobs: list[Job] = [
        Install(MatchSpec.parse(text)) for text in draw(st.lists(specs, min_size=1, max_size=most_wishes))
    ]
    jobs += [Pin(MatchSpec.parse(text)) for text in draw(st.lists(specs, max_size=1))]
    jobs += [Remove(MatchSpec.parse(text)) for text in draw(st.lists(specs, max_size=1))]
    installed = draw(st.lists(st.sampled_from(index.records), max_size=2, unique_by=lambda record: record.name))
    jobs += [Freeze(record) if draw(st.integers(0, 2)) == 0 else Keep(record) for record in installed]
    note(
        "\n".join(f"{record} {record.depends} {record.constrains} {record.track_features}" for record in index.records)
    )
    return SolveRequest(tuple(jobs), index, tuple(installed), MACHINE, index.priority)


def solutions(request: SolveRequest) -> list[tuple[PackageRecord, ...]]:
    """Return every set of candidates that is a solution."""
    choices = [[None, *_candidates(request, name)] for name in NAMES]
    sets = (tuple(record for record in chosen if record is not None) for chosen in product(*choices))
    return [records for records in sets if not faults(request, records)]


def _records(request: SolveRequest) -> list[PackageRecord]:
    return [record for name in NAMES for record in _candidates(request, name)]


def _candidates(request: SolveRequest, name: str) -> list[PackageRecord]:
    """Return those of the index, and those that only a job knows, as under strict priority."""
    found = list(request.index.candidates(name))
    known = {record.identity for record in found}
    return found + [record for record in request.installed if record.name == name and record.identity not in known]


SOLVERS = {
    point.name: point
    for point in entry_points(group="conda.solvers")
    if point.name in ("classic", "lazy", "libsolv", "rattler")
}
DECIDES_OTHERWISE = {"rattler"}
"""Solvers that decide first for what has the fewest candidates: a later wish can take the best from the first one."""


@pytest.mark.parametrize("name", sorted(SOLVERS))
@given(request=requests())
def test_a_solver_finds_a_solution_where_there_is_one(name: str, request: SolveRequest) -> None:
    solver = cast("Solver", SOLVERS[name].load()())

    try:
        found = solver.solve(request).records
    except Unsolvable:
        assert solutions(request) == []
    except CondaError:  # an assertion of its library fails where dependencies have conditions
        assert name == "rattler"
        assert any("[when=" in text for record in _records(request) for text in record.depends)
    else:
        assert faults(request, found) == []


@pytest.mark.parametrize("name", sorted(SOLVERS.keys() - DECIDES_OTHERWISE))
@given(request=requests())
def test_the_first_wish_gets_the_best_that_is_possible(name: str, request: SolveRequest) -> None:
    wish = next(job.spec.name for job in request.jobs if isinstance(job, Install))
    jobs = tuple(job for job in request.jobs if not isinstance(job, Keep))
    frozen = tuple(job.record for job in jobs if isinstance(job, Freeze))
    request = SolveRequest(jobs, request.index, frozen, MACHINE, request.channel_priority)
    solver = cast("Solver", SOLVERS[name].load()())
    possible = {record for records in solutions(request) for record in records if record.name == wish}
    if not possible:
        return

    found = next(record for record in solver.solve(request).records if record.name == wish)

    best = next(record for record in _candidates(request, wish) if record in possible)
    assert _rank(found) == _rank(best)


def _rank(record: PackageRecord) -> tuple[object, ...]:
    return (len(record.track_features), record.channel, record.version, record.build_number, record.subdir)


@given(request=requests())
def test_what_is_not_reachable_changes_no_answer(request: SolveRequest) -> None:
    index = request.index
    assert isinstance(index, MemoryIndex)
    reached = index.reachable(request.jobs, request.machine)
    fewer = MemoryIndex(reached, channels=index.channels, priority=index.priority)
    solver = cast("Solver", SOLVERS["lazy"].load()())

    expected, found = (_labels(solver, request.replaced(index=one)) for one in (index, fewer))

    assert found == expected


def _labels(solver: Solver, request: SolveRequest) -> list[str] | None:
    try:
        return [str(record) for record in solver.solve(request).records]
    except Unsolvable:
        return None
