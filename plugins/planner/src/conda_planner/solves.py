"""Asks the solver, and has the referee look at every answer."""

from __future__ import annotations

from conda_kernel.errors import CondaError, PluginFailed, Unsolvable
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import SolveRequest
from conda_planner.demands import demands, known_record
from conda_planner.referee import broken_rules
from conda_planner.time_limit import SOLVER_DEADLINE, OutOfTime, has_passed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.hookspecs import Solver
    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.solving import ChannelPriority, Solution
    from conda_kernel.plugin import Plugin
    from conda_planner.demands import Wish

SHOWN = 5
"""How many broken rules are named."""


class Solved(NamedTuple):
    """A request and its solution, which the referee has accepted."""

    request: SolveRequest
    solution: Solution


class Solves:
    """A solver, the plugin that it comes from, and what all requests of one command have in common."""

    def __init__(
        self,
        solver: Solver,
        plugin: Plugin,
        machine: Sequence[VirtualPackage],
        priority: ChannelPriority,
        deadline: float | None,
    ) -> None:
        self._solver = solver
        self._plugin = plugin
        self._priority = priority
        self._deadline = deadline
        self.machine = tuple(machine)

    def solve(self, wish: Wish) -> Solved:
        """Return the solution of a wish.

        Raise `Unsolvable`, `OutOfTime`, or `PluginFailed` for a solution that breaks a rule.
        """
        request = self.request(wish)
        solution = self._answer(request)
        faults = broken_rules(request, solution)
        if faults:
            more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
            raise PluginFailed(self._plugin, f"its solution breaks a rule: {'; '.join(faults[:SHOWN])}{more}")
        return Solved(request, solution)

    def _answer(self, request: SolveRequest) -> Solution:
        try:
            return self._solver.solve(request)
        except Unsolvable:
            raise
        except CondaError as error:
            if not has_passed(self._deadline):
                raise
            hint = f"`{SOLVER_DEADLINE.name}` sets the limit; {error.hint or 'ask for less, or for certain versions'}"
            raise OutOfTime(error.message, hint=hint) from error

    def request(self, wish: Wish) -> SolveRequest:
        """Return what a solver is asked for a wish."""
        return SolveRequest(
            jobs=tuple(demand.job for demand in demands(wish)),
            index=wish.index,
            installed=tuple(known_record(record, wish.index) for record in wish.state.records),
            machine=self.machine,
            channel_priority=self._priority,
            deadline=self._deadline,
        )
