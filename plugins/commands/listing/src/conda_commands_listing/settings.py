"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_commands_listing import fields
from conda_kernel.setting import Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIST_FIELDS = Setting(
    "list_fields", fields.list_fields, default=fields.DEFAULT, description="the columns of `conda list`"
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (LIST_FIELDS,)
