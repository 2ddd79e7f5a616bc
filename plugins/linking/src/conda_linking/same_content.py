"""Tells whether two files that want one path are the same, so that it does not matter which of them has it."""

from __future__ import annotations

import os
import stat

from conda_linking.layout import Command, Item
from conda_linking.soundness import sha256_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.prefix_record import PrefixRecord


def content_of(item: Item | Command) -> tuple[str, str] | None:
    """Return what is the same for two items only when their files are, or `None` when that is not known."""
    if isinstance(item, Command) or item.entry.sha256 is None or item.target is not None:
        return None
    return item.entry.sha256, item.placeholder or ""


def holds(file: str, item: Item | Command) -> bool:
    """Tell whether a file has the content of a plain file of a package."""
    if isinstance(item, Command) or item.target is not None or item.placeholder or not item.entry.sha256:
        return False
    status = os.lstat(file)
    return stat.S_ISREG(status.st_mode) and status.st_size == item.size and sha256_of(file) == item.entry.sha256


def installed_content(owner: PrefixRecord, path: str) -> tuple[str, str] | None:
    """Return the same of a file that is installed."""
    entry = next((entry for entry in owner.paths if entry.path == path), None)
    if entry is None or entry.sha256 is None or entry.path_type != "hardlink":
        return None
    return entry.sha256, entry.prefix_placeholder or ""
