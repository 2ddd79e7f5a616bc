"""Finds the environments of a user, where the settings say that they may lie."""

from __future__ import annotations

from conda_kernel.model.known_environments import known_environments
from conda_kernel.prefixes import environment_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context


def known_prefixes(context: Context) -> tuple[str, ...]:
    """Return the base environment, those in the folders of environments, and those that the user's list names."""
    return known_environments(context.root_prefix, environment_folders(context), context.environ)
