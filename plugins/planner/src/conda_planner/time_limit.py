"""How long finding a solution may take."""

from __future__ import annotations

import time

from conda_kernel.errors import SolverGaveUp
from conda_kernel.setting import Setting, duration

SOLVER_DEADLINE = Setting(
    "solver_deadline_secs",
    duration,
    default=0.0,
    description="how long a solver may look for a solution, in seconds; 0 lets it take its time",
)


class OutOfTime(SolverGaveUp):
    """A solver has not come to an end within the time that the settings give it."""


def deadline_in(seconds: float) -> float | None:
    """Return when so many seconds from now are over, as `time.monotonic` counts; `None` for no limit."""
    return time.monotonic() + seconds if seconds else None


def has_passed(deadline: float | None) -> bool:
    """Tell whether a deadline is over."""
    return deadline is not None and time.monotonic() >= deadline
