"""What every solver has to do."""
# ruff: noqa: D103 - the name of a test is its sentence

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from conda_kernel.errors import CondaError, SolverGaveUp, Unsolvable
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Excluded, Explained, Install, NoCandidate, SolveRequest, Strategy
from conda_testing.memory_index import MemoryIndex
from conda_testing.solvers.referee import faults
from conda_testing.solvers.scenario import Scenario, label
from conda_testing.solvers.scenarios import SCENARIOS
from conda_testing.solvers.worlds import LIBRARY

if TYPE_CHECKING:
    from conda_kernel.hookspecs import Solver
    from conda_testing.pytest_plugin import Driver

DRIVER_GROUP = "conda.solvers"
SOLVABLE = [scenario for scenario in SCENARIOS if scenario.solution is not None]
UNSOLVABLE = [scenario for scenario in SCENARIOS if scenario.solution is None]


@pytest.fixture
def solver(driver: Driver) -> Solver:
    """Return the driver's solver, made as the kernel makes it; skip where something that it needs is not installed."""
    try:
        return cast("Solver", driver.target())
    except CondaError as error:
        if isinstance(error.__cause__, ImportError):
            pytest.skip(str(error))
        raise


def labels(solver: Solver, request: SolveRequest) -> str:
    return " ".join(label(record) for record in solver.solve(request).records)


def answers(scenario: Scenario, name: str) -> tuple[str | None, ...]:
    allowed = scenario.allowed.get(name)
    return (scenario.solution,) if allowed is None else (scenario.solution, allowed.solution)


@pytest.mark.parametrize("scenario", SOLVABLE, ids=str)
def test_the_solution_is_the_best(solver: Solver, driver: Driver, scenario: Scenario) -> None:
    assert labels(solver, scenario.request()) in answers(scenario, driver.name)


@pytest.mark.parametrize("scenario", SOLVABLE, ids=str)
def test_the_solution_is_valid(solver: Solver, scenario: Scenario) -> None:
    request = scenario.request()

    assert faults(request, solver.solve(request).records) == []


@pytest.mark.parametrize("scenario", SOLVABLE, ids=str)
def test_the_order_of_the_records_does_not_matter(solver: Solver, scenario: Scenario) -> None:
    assert labels(solver, scenario.request()) == labels(solver, scenario.request(backwards=True))


@pytest.mark.parametrize("scenario", UNSOLVABLE, ids=str)
def test_what_has_no_solution_is_refused_with_facts(solver: Solver, scenario: Scenario) -> None:
    with pytest.raises(Unsolvable) as refusal:
        solver.solve(scenario.request())

    assert refusal.value.facts
    assert all(isinstance(fact, (NoCandidate, Excluded, Explained)) for fact in refusal.value.facts)


def test_facts_are_printable(solver: Solver) -> None:
    hostile = MemoryIndex()
    hostile.add("a", depends=["b[license='\x1b[31mred']"])
    hostile.add("b")

    with pytest.raises(Unsolvable) as refusal:
        solver.solve(SolveRequest((Install(MatchSpec.parse("a")),), hostile))

    assert "\x1b" not in "".join(map(_text, refusal.value.facts))


def test_a_deadline_that_has_passed_ends_the_search(solver: Solver) -> None:
    request = Scenario("", LIBRARY, "", install=("tool",)).request().replaced(deadline=0.0)

    with pytest.raises(SolverGaveUp):
        solver.solve(request)


@pytest.mark.parametrize(
    ("strategy", "solution"),
    [(Strategy.LOWEST, "lib-1.0-0 tool-1.0-0"), (Strategy.LOWEST_DIRECT, "lib-1.4-0 tool-1.0-0")],
)
def test_a_strategy_is_followed_or_refused(solver: Solver, strategy: Strategy, solution: str) -> None:
    request = Scenario("", LIBRARY, "", install=("tool",)).request().replaced(strategy=strategy)

    try:
        answer = labels(solver, request)
    except Unsolvable:
        raise
    except CondaError as refusal:
        answer = str(refusal)

    assert answer == solution or f"`{strategy.value}`" in answer


def test_a_pattern_of_names_is_refused(solver: Solver) -> None:
    with pytest.raises(CondaError) as refusal:
        solver.solve(Scenario("", LIBRARY, None, install=("to*",)).request())

    assert not isinstance(refusal.value, Unsolvable)


def test_a_solver_can_be_asked_again(solver: Solver) -> None:
    request = Scenario("", LIBRARY, "", install=("tool",)).request()

    assert solver.solve(request) == solver.solve(request)


def _text(fact: object) -> str:
    match fact:
        case NoCandidate(requirement, wanted_by):
            return requirement + wanted_by
        case Excluded(requirements):
            return "".join(requirement + owner for requirement, owner in requirements)
        case Explained(text):
            return text
        case _:
            raise TypeError(fact)
