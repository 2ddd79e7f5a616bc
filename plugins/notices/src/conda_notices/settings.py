"""The settings that this distribution declares."""

from __future__ import annotations

from conda_notices.after import NUMBER_OF_NOTICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from conda_kernel.setting import Setting


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (NUMBER_OF_NOTICES,)
