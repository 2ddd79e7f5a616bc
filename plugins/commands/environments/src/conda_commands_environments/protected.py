"""Environments that are neither removed nor replaced: the one that conda runs in, and the active one."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context


class EnvironmentInUse(CondaError):
    """An environment cannot be removed or replaced because something runs in it."""

    conda_name = "CondaEnvironmentError"


def check_replaceable(prefix: str, context: Context, verb: str) -> None:
    """Raise EnvironmentInUse for the base environment and the active one; `verb` says what must not happen to it."""
    if _is_same(prefix, context.root_prefix):
        raise EnvironmentInUse(f"the base environment cannot be {verb}: `{prefix}`", location=prefix)
    active = context.environ.get("CONDA_PREFIX")
    if active and _is_same(prefix, active):
        raise EnvironmentInUse(
            f"the active environment cannot be {verb}: `{prefix}`",
            hint="deactivate it first with `conda deactivate`",
            location=prefix,
        )


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
