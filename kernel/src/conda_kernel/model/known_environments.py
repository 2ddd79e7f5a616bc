"""Finds the environments of a user; it only looks."""

from __future__ import annotations

import os

from conda_kernel.model.environment import is_environment
from conda_kernel.model.environments_txt import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def known_environments(root: str, folders: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the environments among the root prefix, what lies in the folders, and what the user's list names.

    Nothing is changed, stale lines of the list neither.
    """
    prefixes = [root, *(prefix for folder in folders for prefix in _folders_in(folder)), *listed(environ)]
    return tuple(dict.fromkeys(prefix for prefix in prefixes if is_environment(prefix)))


def _folders_in(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if not name.startswith(".")]
