"""The settings that only the package cache reads."""

from __future__ import annotations

from conda_kernel.setting import Setting, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


EXTRACT_THREADS = Setting(
    "extract_threads", whole, default=0, description="how many packages are extracted at once; 0 lets conda choose"
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (EXTRACT_THREADS,)
