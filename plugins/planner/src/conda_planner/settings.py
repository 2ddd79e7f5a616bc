"""The settings that this distribution declares."""

from __future__ import annotations

from conda_planner.aggressive import AGGRESSIVE_UPDATES
from conda_planner.time_limit import SOLVER_DEADLINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from conda_kernel.setting import Setting


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (AGGRESSIVE_UPDATES, SOLVER_DEADLINE)
