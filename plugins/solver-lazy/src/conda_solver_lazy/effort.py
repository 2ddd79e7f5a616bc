"""How much work a solve may take."""

from __future__ import annotations

import time

from conda_kernel.errors import SolverGaveUp

MOST_CONFLICTS = 100_000
"""After so many conflicts the solver gives up; ordinary requests have fewer than a hundred."""


class TooMuch(SolverGaveUp):
    """The solver has met too many conflicts."""


class Effort:
    """Counts the conflicts, and looks at the clock."""

    def __init__(self, deadline: float | None, *, most_conflicts: int = MOST_CONFLICTS) -> None:
        self.conflicts = 0
        self._deadline = deadline
        self._most_conflicts = most_conflicts
        self.check_time()

    def check_time(self) -> None:
        """Raise `SolverGaveUp` when the deadline has passed."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise SolverGaveUp(
                f"the solver ran out of time after {self.conflicts} conflicts",
                hint="name versions or builds of some packages, or leave some out, so that there is less to try",
            )

    def count_conflict(self) -> None:
        """Count one; raise `SolverGaveUp` when it is one too many or the deadline has passed."""
        self.conflicts += 1
        self.check_time()
        if self.conflicts > self._most_conflicts:
            raise TooMuch(
                f"the solver gave up after {self._most_conflicts} conflicts: it found no solution, and no proof that "
                "there is none",
                hint="name versions or builds of some packages, or leave some out, so that there is less to try",
            )
