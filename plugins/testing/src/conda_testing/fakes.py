"""One fake for each shape of point: a driver, an extension and a hook, as small as their contracts allow.

`make_kernel(folder, plugins=FAKES)` makes a kernel that has these and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.hookspecs import ERROR_HINTS, SOLVERS, VIRTUAL_PACKAGES
from conda_kernel.model.machine import Detected
from conda_kernel.model.solving import Solution
from conda_kernel.plugin import Plugin

if TYPE_CHECKING:
    from conda_kernel.errors import CondaError
    from conda_kernel.hookspecs import Solver
    from conda_kernel.model.solving import SolveRequest

NAME = "fake"
HINT = "a fake gives this advice"


class FakeSolver:
    """A driver: the solution of every request is what is installed."""

    def solve(self, request: SolveRequest) -> Solution:
        """Return the installed packages."""
        return Solution(tuple(request.installed))


def fake_detector(subdir: str) -> Detected | None:
    """Return version 1 with the platform as its build: an extension."""
    return Detected("1", subdir)


def fake_hint(error: CondaError) -> str | None:
    """Return one piece of advice for every error that has none: a hook."""
    return None if error.hint else HINT


def _plugin(group: str, name: str, target: object) -> Plugin:
    return Plugin(group, name, f"{__name__}:{getattr(target, '__name__', '')}", distribution="conda-testing")


FAKES = (
    _plugin(SOLVERS.group, NAME, FakeSolver),
    _plugin(VIRTUAL_PACKAGES.group, "__fake", fake_detector),
    _plugin(f"{ERROR_HINTS.group}.CondaError", NAME, fake_hint),
)
"""A plugin of each shape."""

if TYPE_CHECKING:
    _solver: type[Solver] = FakeSolver
