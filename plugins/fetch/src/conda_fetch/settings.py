"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_kernel.setting import Setting, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ADD_STORED_TOKENS = Setting(
    "add_anaconda_token",
    flag,
    default=True,
    aliases=("add_binstar_token",),
    description="use the tokens that `anaconda login` has stored",
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (ADD_STORED_TOKENS,)
