"""Finds the environments of a user; it only looks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conda_kernel.prefixes import environment_folders, is_environment

if TYPE_CHECKING:
    from conda_kernel.context import Context

REGISTRY = os.path.join(".conda", "environments.txt")
LONGEST_REGISTRY = 1 << 20


def known_prefixes(context: Context) -> tuple[str, ...]:
    """Return the base environment, those in the folders of environments, and those that the user's registry names.

    Nothing is changed, stale lines of the registry neither.
    """
    prefixes = [context.root_prefix]
    for folder in environment_folders(context):
        prefixes += _folders_in(folder)
    prefixes += _registered(context.environ.get("HOME") or context.environ.get("USERPROFILE"))
    return tuple(dict.fromkeys(prefix for prefix in prefixes if is_environment(prefix)))


def _folders_in(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if not name.startswith(".")]


def _registered(home: str | None) -> list[str]:
    if not home:
        return []
    try:
        with open(os.path.join(home, REGISTRY), encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read(LONGEST_REGISTRY).splitlines()
    except OSError:
        return []
    paths = [line.strip() for line in lines]
    return [os.path.normpath(path) for path in paths if os.path.isabs(path) and "\0" not in path]
