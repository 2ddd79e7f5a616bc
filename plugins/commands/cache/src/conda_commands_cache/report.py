"""Tells what can be removed, to people and to programs."""

from __future__ import annotations

from conda_commands_cache.kinds import EVERYTHING, INDEX_CACHE, LOGS, TEMPORARY
from conda_kernel.model.human_size import human_size
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_commands_cache.kinds import Thing

WORDS = {
    INDEX_CACHE: ("index cache", "index caches"),
    "tarballs": ("archive", "archives"),
    "packages": ("unused package", "unused packages"),
    TEMPORARY: ("temporary file", "temporary files"),
    LOGS: ("folder of logs", "folders of logs"),
    EVERYTHING: ("package cache", "package caches"),
}


class Cleaned(NamedTuple):
    """What was found of one kind, and what is left of it after it was removed."""

    kind: str
    things: tuple[Thing, ...]
    left: tuple[Thing, ...] = ()


def document_of(cleaned: Sequence[Cleaned], *, is_dry: bool) -> dict[str, object]:
    """Return the JSON document: for each kind what was found, its sizes, and what could not be removed."""
    failed = [thing.path for kind in cleaned for thing in kind.left]
    document: dict[str, object] = {"success": not failed}
    for kind in cleaned:
        document[kind.kind.replace("-", "_")] = _kind_document(kind)
    if failed:
        document["failed"] = failed
    if is_dry:
        document["dry_run"] = True
    return document


def found_text(kind: str, things: Sequence[Thing], *, shows_all: bool) -> str:
    """Return what was found, for people: numbers and sizes, or everything by name."""
    one, many = WORDS[kind]
    if not things:
        return f"There are no {many} to remove.\n"
    lines = []
    for folder in dict.fromkeys(thing.folder for thing in things):
        inside = [thing for thing in things if thing.folder == folder]
        size = human_size(sum(thing.size for thing in inside))
        lines.append(f"Will remove {len(inside)} {one if len(inside) == 1 else many} ({size}) from {printable(folder)}")
        if shows_all:
            width = max(len(printable(thing.name)) for thing in inside)
            lines += [f"  {printable(thing.name):<{width}}  {human_size(thing.size):>10}" for thing in inside]
    return "\n".join([*lines, ""])


def _kind_document(cleaned: Cleaned) -> object:
    paths = [thing.path for thing in cleaned.things]
    if cleaned.kind in (TEMPORARY, LOGS, EVERYTHING):
        return paths
    if cleaned.kind == INDEX_CACHE:
        return {"files": paths}
    folders = list(dict.fromkeys(thing.folder for thing in cleaned.things))
    by_folder = {folder: [thing for thing in cleaned.things if thing.folder == folder] for folder in folders}
    return {
        "warnings": [],
        "pkgs_dirs": {folder: [thing.name for thing in inside] for folder, inside in by_folder.items()},
        "pkg_sizes": {folder: {thing.name: thing.size for thing in inside} for folder, inside in by_folder.items()},
        "total_size": sum(thing.size for thing in cleaned.things),
    }
