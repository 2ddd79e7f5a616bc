"""Files that have lost their place to another package: where they wait, and what their records say meanwhile."""

from __future__ import annotations

import os
from types import MappingProxyType

from conda_kernel.model.named_tuple import NamedTuple
from conda_linking.link_kinds import Copier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.prefix_record import InstalledPath, PrefixRecord

CLOBBERED = "__clobbers__"
"""The folder in an environment where they wait, below the name of their package; other tools know it too."""

UNMANAGED = "unmanaged"
"""Below that, the folder of files that are of no package."""

ORIGINAL = "original_path"
"""The key of a path in a record that says where the file belongs."""


class Moved(NamedTuple):
    """A file that goes from one path to another, both relative to the prefix; `owner` is its package, if any."""

    source: str
    target: str
    owner: PrefixRecord | None


def clobbered_path(package: str, path: str) -> str:
    """Return where the file of a package waits, relative to the prefix."""
    return f"{CLOBBERED}/{package}/{path}"


def original(entry: InstalledPath) -> InstalledPath:
    """Return the entry of a file that waits, from the entry of one that is where it belongs."""
    return entry._replace(extra=MappingProxyType({**entry.extra, ORIGINAL: entry.path}))


def rewritten_records(moved: Iterable[Moved]) -> tuple[PrefixRecord, ...]:
    """Return the records of the packages whose files move, as they are afterwards."""
    places: dict[str, dict[str, str]] = {}
    owners: dict[str, PrefixRecord] = {}
    for source, target, owner in moved:
        if owner is not None:
            owners[owner.name] = owner
            places.setdefault(owner.name, {})[source] = target
    return tuple(_rewritten(owner, places[name]) for name, owner in owners.items())


def stage_moved(prefix: str, folder: str, moved: Iterable[Moved]) -> None:
    """Put the files that move below a staging folder, too; raise OSError."""
    for source, target, _ in moved:
        place = os.path.join(folder, target)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        there = os.path.join(prefix, source)
        if os.path.islink(there):
            os.symlink(os.readlink(there), place)
            continue
        try:
            os.link(there, place)
        except OSError:
            Copier().copy(there, place)


def _rewritten(owner: PrefixRecord, places: dict[str, str]) -> PrefixRecord:
    return owner._replace(
        files=tuple([places.get(path, path) for path in owner.files]),
        paths=tuple([_moved(entry, places[entry.path]) if entry.path in places else entry for entry in owner.paths]),
    )


def _moved(entry: InstalledPath, target: str) -> InstalledPath:
    rest = {key: value for key, value in entry.extra.items() if key != ORIGINAL}
    if entry.extra.get(ORIGINAL) != target:
        rest[ORIGINAL] = entry.path
    return entry._replace(path=target, extra=MappingProxyType(rest))
