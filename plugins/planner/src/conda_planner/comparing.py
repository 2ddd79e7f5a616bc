"""Asks several solvers the same, and says where their answers differ."""

from __future__ import annotations

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_planner.objectives import difference_told
from conda_planner.referee import broken_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.hookspecs import Solver
    from conda_kernel.model.event import Event
    from conda_kernel.model.solving import Solution, SolveRequest


class Named(NamedTuple):
    """A solver and its name."""

    name: str
    solver: Solver


def compared(request: SolveRequest, first: str, solution: Solution | None, others: Sequence[Named]) -> Iterator[Event]:
    """Yield what there is to say about other solvers' answers; `solution` is that of the first, if it found one."""
    for name, solver in others:
        try:
            answer = solver.solve(request)
        except Unsolvable:
            if solution is not None:
                yield Warned(f"`{name}` finds no solution, `{first}` does")
            continue
        except CondaError as error:
            yield Warned(f"`{name}` does not answer: {error}", error.hint)
            continue
        faults = broken_rules(request, answer)
        if faults:
            yield Warned(f"the solution of `{name}` breaks a rule: {faults[0]}")
        elif solution is None:
            yield Warned(f"`{name}` finds a solution, `{first}` does not")
        else:
            yield Told(difference_told(request, (first, name), (solution, answer)))
