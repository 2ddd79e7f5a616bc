"""The settings that this distribution declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_linking.settings import ALLOW_PRE_LINK_SCRIPTS, LINK_SCRIPTS, LOCK_TIMEOUT, PATH_CONFLICT

if TYPE_CHECKING:
    from typing import Any

    from conda_kernel.setting import Setting


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (ALLOW_PRE_LINK_SCRIPTS, LINK_SCRIPTS, LOCK_TIMEOUT, PATH_CONFLICT)
