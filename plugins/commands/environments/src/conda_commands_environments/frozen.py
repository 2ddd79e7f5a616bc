"""Keeps commands from changing an environment that is marked as frozen (CEP 22)."""

from __future__ import annotations

from conda_kernel.errors import EnvironmentFrozen
from conda_kernel.model.prefix import Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace


def refuse_frozen(arguments: Namespace, prefix: str | None) -> None:
    """Raise EnvironmentFrozen, with the message of the marker, unless the command line overrides it."""
    if prefix is not None and not getattr(arguments, "override_frozen", False):
        check_not_frozen(prefix, "`--override-frozen` changes it all the same")


def check_not_frozen(prefix: str, hint: str) -> None:
    """Raise EnvironmentFrozen when the environment is marked."""
    message = Prefix(prefix).frozen_message()
    if message is not None:
        raise EnvironmentFrozen(f"`{prefix}` is frozen: {message}", hint=hint, prefix=prefix)
