"""The search ends, with the right answer, however far it goes back and however much it forgets."""

from __future__ import annotations

import random
import time
from typing import NamedTuple

import pytest

from conda_kernel.errors import SolverGaveUp
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Install, SolveRequest
from conda_solver_lazy.effort import Effort
from conda_solver_lazy.search import NoSolution, Search
from conda_solver_lazy.solver import LazySolver
from conda_testing.memory_index import MemoryIndex
from conda_testing.solvers.referee import faults


def _request(index: MemoryIndex, *names: str) -> SolveRequest:
    return SolveRequest(tuple(Install(MatchSpec.parse(name)) for name in names), index)


def _tangle(seed: int, *, names: int = 30, versions: int = 10, needs: int = 3, width: int = 3) -> SolveRequest:
    """Return a request to a world in which each package needs some versions of some others."""
    source = random.Random(seed)  # noqa: S311 - no secret
    entries = [
        {
            "name": f"n{name}",
            "version": str(version),
            "depends": [
                f"n{other} >={low},<{low + width}"
                for other in source.sample([other for other in range(names) if other != name], needs)
                for low in [source.randrange(versions)]
            ],
        }
        for name in range(names)
        for version in range(versions)
    ]
    return _request(MemoryIndex(entries), "n0", "n1", "n2")


def _pigeons(holes: int) -> SolveRequest:
    """Return a request for one pigeon more than there are holes; it takes many conflicts to see that."""
    pigeons = range(holes + 1)
    entries: list[dict[str, object]] = [
        {"name": f"pigeon{pigeon}", "version": str(hole), "depends": [f"hole{hole} =={pigeon}"]}
        for pigeon in pigeons
        for hole in range(holes)
    ]
    entries += [{"name": f"hole{hole}", "version": str(pigeon)} for hole in range(holes) for pigeon in pigeons]
    return _request(MemoryIndex(entries), *(f"pigeon{pigeon}" for pigeon in pigeons))


def _searched(request: SolveRequest, **limits: int) -> tuple[bool, Search]:
    search = Search(request, Effort(None), **limits)
    jobs = [job for job in request.jobs if isinstance(job, Install)]
    given = [nogood for job in jobs for nogood in search.riders.nogoods({}, job.spec, job, is_requirement=True)]
    try:
        search.run(given)
    except NoSolution:
        return False, search
    return True, search


class _Cost(NamedTuple):
    conflicts: int
    seconds: float


def _cost(holes: int) -> _Cost:
    begin = time.process_time()
    solvable, search = _searched(_pigeons(holes))
    assert not solvable
    return _Cost(search.conflicts, time.process_time() - begin)


@pytest.mark.parametrize("seed", range(30))
def test_how_far_it_goes_back_and_what_it_forgets_does_not_change_whether_there_is_a_solution(seed: int) -> None:
    request = _tangle(seed, versions=6 + seed % 5, width=2 + seed % 6)
    solvable, _ = _searched(request)

    for limits in ({"longest_jump": 1}, {"most_learned": 2}, {"longest_jump": 0, "most_learned": 1}):
        found, search = _searched(request, **limits)
        assert found == solvable
        if found:
            assert faults(request, search.chosen()) == []


def test_tangles_are_of_both_kinds() -> None:
    answers = [_searched(_tangle(seed, versions=6 + seed % 5, width=2 + seed % 6))[0] for seed in range(30)]

    assert 5 < sum(answers) < 25


def test_thousands_of_conflicts_take_about_as_long_each_as_hundreds() -> None:
    few, many = _cost(7), _cost(9)

    assert many.conflicts > 2000
    assert many.seconds / many.conflicts < 10 * few.seconds / few.conflicts


def test_what_was_learned_does_not_pile_up() -> None:
    _, search = _searched(_pigeons(8), most_learned=50)

    assert search.conflicts > 500
    assert len(search._watches._learned) < 300


def test_a_deadline_ends_a_long_search() -> None:
    endless = _pigeons(12)
    request = SolveRequest(endless.jobs, endless.index, deadline=time.monotonic() + 0.3)

    with pytest.raises(SolverGaveUp, match="ran out of time"):
        LazySolver().solve(request)
