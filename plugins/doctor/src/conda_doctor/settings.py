"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_kernel.setting import Setting, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HEALTH_CHECK_DEADLINE = Setting(
    "health_check_deadline_secs", number, default=600.0, description="how long one check of the doctor may take"
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (HEALTH_CHECK_DEADLINE,)
