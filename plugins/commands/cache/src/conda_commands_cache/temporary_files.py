"""What commands that were broken off have left in environments: files that wait to be deleted."""

from __future__ import annotations

import os

from conda_kernel.model.paths import is_reserved
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.prefix_record import CorruptedEnvironment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING = (".c~", ".conda_trash")
FOLDERS = frozenset({".trash", ".condatmp"})
"""Names that conda gives to what it could not delete."""

NOT_ENTERED = frozenset({"pkgs", "envs"})


def temporary_files(prefix: str) -> list[tuple[str, str, int]]:
    """Return prefix, path below it and size of everything that waits to be deleted, less what belongs to a package.

    While a change is unfinished, or a record cannot be read, nothing is known to be waiting.
    """
    there = PrefixPackages(prefix)
    try:
        if not there.is_environment or there.unfinished_change():
            return []
        owned = frozenset(path for installed in there.records() for path in installed.files if _waits(path))
    except CorruptedEnvironment:
        return []
    return [(prefix, name, _size(os.path.join(prefix, name))) for name in sorted(_names(prefix, owned))]


def _names(prefix: str, owned: frozenset[str]) -> Iterator[str]:
    for folder, folders, files in os.walk(prefix):
        inside = os.path.relpath(folder, prefix).replace(os.sep, "/")
        below = "" if inside == "." else f"{inside}/"
        if not below:
            yield from [name for name in folders if name in FOLDERS]
            folders[:] = [name for name in folders if name not in FOLDERS | NOT_ENTERED and not is_reserved(name)]
        yield from [below + name for name in files if _waits(name) and below + name not in owned]


def _waits(path: str) -> bool:
    return path.endswith(WAITING) or ".conda_trash_" in path


def _size(path: str) -> int:
    if os.path.isdir(path) and not os.path.islink(path):
        return sum(_size(os.path.join(path, name)) for name in os.listdir(path))
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
