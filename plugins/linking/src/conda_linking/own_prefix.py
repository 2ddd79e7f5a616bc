"""Readies this process to change the environment that it runs in: afterwards nothing more is imported from there.

What is on disk may then be another version, half of which would meet half of this one in memory.
"""

from __future__ import annotations

import os
import sys

from conda_kernel.errors import PluginError
from conda_kernel.plugin_index import imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.kernel import Kernel

LATER = ("conda.error_hints", "conda.post_commands", "conda.post_transaction_actions", "conda.reporter_backends")
"""The points whose implementations may be called when the change is done, with what their keys add."""

STANDARD = (
    "compileall",
    "difflib",
    "encodings.idna",
    "hashlib",
    "json",
    "linecache",
    "shlex",
    "shutil",
    "subprocess",
    "traceback",
)
"""What Python itself, or the telling of an error, imports only when it is needed."""

IN_USE = ("conda_", "rich")
"""The beginnings of packages of which all modules are imported when one is: they import some of their own late."""


def is_own_prefix(prefix: str) -> bool:
    """Tell whether this process runs from within the environment."""
    here, there = os.path.realpath(sys.prefix), os.path.realpath(prefix)
    return here == there or here.startswith(there.rstrip(os.sep) + os.sep)


def import_ahead(kernel: Kernel) -> None:
    """Import all that may be needed until the process ends; what cannot be imported now will not be needed either."""
    for plugin in kernel.index.all():
        if plugin.group.startswith(LATER) and kernel.index.selection.admits(plugin):
            try:
                kernel.load(plugin)
            except PluginError:
                # Who calls it says so.
                continue
    for module in (*STANDARD, *_modules_in_use()):
        try:
            imported(module)
        except ImportError:
            continue


def _modules_in_use() -> list[str]:
    """Return the names of all modules of packages that are in use, in the order in which they are imported."""
    found = []
    for name, module in sorted(sys.modules.items()):
        folders = getattr(module, "__path__", ()) if name.startswith(IN_USE) else ()
        for folder in folders:
            found += [f"{name}.{stem}" for stem in _stems(folder)]
    return found


def _stems(folder: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        stem, dot, suffix = name.partition(".")
        # What begins with two underscores is run and not imported, as `__main__` is.
        if (suffix == "py" or not dot) and stem.isidentifier() and not stem.startswith("__"):
            yield stem
