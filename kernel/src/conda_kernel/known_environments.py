"""Finds the environments of a user; it only looks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conda_kernel.environments_txt import listed
from conda_kernel.prefixes import environment_folders, is_environment

if TYPE_CHECKING:
    from conda_kernel.context import Context


def known_prefixes(context: Context) -> tuple[str, ...]:
    """Return the base environment, those in the folders of environments, and those that the user's registry names.

    Nothing is changed, stale lines of the registry neither.
    """
    prefixes = [context.root_prefix]
    for folder in environment_folders(context):
        prefixes += _folders_in(folder)
    prefixes += listed(context.environ)
    return tuple(dict.fromkeys(prefix for prefix in prefixes if is_environment(prefix)))


def _folders_in(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if not name.startswith(".")]
