"""Environments that are neither removed nor replaced, and users who may not change any."""

from __future__ import annotations

import os
import sys

from conda_commands_environments.settings import DEFAULT_ACTIVATION_ENV, NON_ADMIN_ENABLED
from conda_kernel.errors import CondaError, OperationNotAllowed, UsageError
from conda_kernel.model.environment import is_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context


class EnvironmentInUse(CondaError):
    """An environment cannot be removed or replaced because something runs in it."""

    conda_name = "CondaEnvironmentError"


def check_replaceable(prefix: str, context: Context, verb: str) -> None:
    """Raise EnvironmentInUse for the base environment, the active one, and the one that shells activate by themselves.

    `verb` says what must not happen to it.
    """
    if _is_same(prefix, context.root_prefix):
        raise EnvironmentInUse(f"the base environment cannot be {verb}: `{prefix}`", location=prefix)
    active = context.environ.get("CONDA_PREFIX")
    if active and _is_same(prefix, active):
        raise EnvironmentInUse(
            f"the active environment cannot be {verb}: `{prefix}`",
            hint="deactivate it first with `conda deactivate`",
            location=prefix,
        )
    if is_environment(prefix) and _is_same(prefix, _default_prefix(context)):
        raise EnvironmentInUse(
            f"the environment that is activated by default cannot be {verb}: `{prefix}`",
            hint="`conda config --set default_activation_env base` makes it another one",
            location=prefix,
        )


def check_user(context: Context, *, is_administrator: bool) -> None:
    """Raise OperationNotAllowed where only administrators may change environments, and the user is none."""
    if not is_administrator and not context[NON_ADMIN_ENABLED]:
        raise OperationNotAllowed(
            "only administrators may change environments here",
            hint="whoever manages this conda has set `non_admin_enabled: false`",
        )


def is_administrator() -> bool:
    """Tell whether this process may do everything on this machine."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - on Windows alone

        return bool(ctypes.windll.shell32.IsUserAnAdmin())
    return os.geteuid() == 0


def _default_prefix(context: Context) -> str:
    from conda_commands_environments.places import named_or_path  # noqa: PLC0415 - a new environment is not asked about

    try:
        return named_or_path(context[DEFAULT_ACTIVATION_ENV], context)[0]
    except UsageError:
        return ""


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
