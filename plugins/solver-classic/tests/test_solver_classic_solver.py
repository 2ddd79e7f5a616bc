"""What is particular to the classic solver; what every solver has to do is in `conda_testing.solvers`."""

from __future__ import annotations

import time

import pytest

from conda_kernel.errors import CondaError, SolverGaveUp, Unsolvable
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Install, Job, Keep, SolveRequest, Strategy
from conda_solver_classic.encoding import Encoding
from conda_solver_classic.jobs import apply, opened
from conda_solver_classic.solver import ClassicSolver
from conda_testing.memory_index import MemoryIndex


def _install(*texts: str) -> tuple[Job, ...]:
    return tuple(Install(MatchSpec.parse(text)) for text in texts)


def _found(index: MemoryIndex, *jobs: Job) -> list[str]:
    return [record.dist_name for record in ClassicSolver().solve(SolveRequest(jobs, index)).records]


def test_no_features_anywhere_come_before_newer_dependencies() -> None:
    index = MemoryIndex()
    index.add("app", depends=["one", "two"])
    index.add("one", "2.0", depends=["two * slow_*"])
    index.add("one", "1.0")
    index.add("two", build="slow_0", track_features="slow")
    index.add("two", build="fast_0")

    assert _found(index, *_install("app")) == ["app-1.0-0", "one-1.0-0", "two-1.0-fast_0"]


def test_few_changes_come_before_newer_dependencies() -> None:
    index = MemoryIndex()
    index.add("app", depends=["one", "two"])
    index.add("one", "2.0", depends=["two >=2"])
    index.add("one", "1.0")
    kept = index.add("two", "1.0")
    index.add("two", "2.0")

    assert _found(index, *_install("app"), Keep(kept)) == ["app-1.0-0", "one-1.0-0", "two-1.0-0"]


def test_a_first_choice_that_fails_is_found_by_halving() -> None:
    index = MemoryIndex()
    for number in range(40):
        index.add("many", f"1.{number}", depends=["shared <1"] if number > 23 else [f"shared {number % 2 + 1}.*"])
    for version in ("1.0", "2.0"):
        index.add("shared", version)
    index.add("user", depends=["many", "shared >=1"])

    assert _found(index, *_install("user")) == ["many-1.23-0", "shared-2.0-0", "user-1.0-0"]


def test_another_strategy_is_refused() -> None:
    request = SolveRequest(_install("a"), MemoryIndex([{"name": "a"}]), strategy=Strategy.LOWEST)

    with pytest.raises(CondaError, match="`lowest`") as refusal:
        ClassicSolver().solve(request)

    assert not isinstance(refusal.value, Unsolvable)


def _pigeons(holes: int) -> SolveRequest:
    """Return a request for one pigeon more than there are holes, which SAT solvers find hard to refuse."""
    pigeons = range(holes + 1)
    entries: list[dict[str, object]] = [
        {"name": f"pigeon{pigeon}", "version": str(hole), "depends": [f"hole{hole} =={pigeon}"]}
        for pigeon in pigeons
        for hole in range(holes)
    ]
    entries += [{"name": f"hole{hole}", "version": str(pigeon)} for hole in range(holes) for pigeon in pigeons]
    return SolveRequest(_install(*(f"pigeon{pigeon}" for pigeon in pigeons)), MemoryIndex(entries))


def test_a_deadline_ends_a_long_call_of_picosat() -> None:
    request = _pigeons(13)

    with pytest.raises(SolverGaveUp, match="ran out of time"):
        ClassicSolver().solve(request.replaced(deadline=time.monotonic() + 0.5))


def test_a_call_that_was_too_short_is_made_again() -> None:
    request = _pigeons(5)
    problem, _ = opened(request)
    for job in request.jobs:
        apply(job, problem)

    assert Encoding(problem, first_limit=1).solve() is None
    assert Encoding(problem).solve() is None
