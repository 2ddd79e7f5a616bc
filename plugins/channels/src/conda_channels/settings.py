"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_channels.exclude_newer import EXCLUDE_NEWER_PACKAGE
from conda_channels.freshness import (
    ALLOW_NON_CHANNEL_URLS,
    LOCAL_REPODATA_TTL,
    RELATIONS_DEPTH,
    REPODATA_THREADS,
    USE_ONLY_TAR_BZ2,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from conda_kernel.setting import Setting


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (
        EXCLUDE_NEWER_PACKAGE,
        LOCAL_REPODATA_TTL,
        USE_ONLY_TAR_BZ2,
        ALLOW_NON_CHANNEL_URLS,
        RELATIONS_DEPTH,
        REPODATA_THREADS,
    )
