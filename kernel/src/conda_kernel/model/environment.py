"""Says what an environment is, how one may be called, and where it may lie."""

from __future__ import annotations

import os

from conda_kernel.model.paths import MAXIMAL_PART, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

BASE_NAMES = frozenset({"base", "root"})
"""What the root prefix is called; no other environment can be called so."""

NO_FINGERPRINT = "0-0000000000000001"
"""The fingerprint of a folder that is no environment (`conda_kernel.model.prefix_packages`)."""

_NOT_IN_NAMES = frozenset('/\\:#" ')


def is_environment(prefix: str) -> bool:
    """Tell whether the folder is an environment: it has a history (CEP 32)."""
    return os.path.isfile(os.path.join(prefix, "conda-meta", "history"))


def has_unfinished_change(prefix: str) -> bool:
    """Tell whether a change of the environment was begun and not ended, by one look for its journal."""
    return os.path.lexists(os.path.join(prefix, "conda-meta", "journal"))


def environment_name_problem(name: str) -> str | None:
    """Return why a text cannot be the name of an environment (CEP 24), or `None` when it can."""
    if not name.strip() or name in {".", ".."}:
        return "the name of an environment cannot be empty, or a folder"
    if not _NOT_IN_NAMES.isdisjoint(name) or not name.isprintable():
        return (
            'the name of an environment cannot hold `/`, `\\`, `:`, `#`, `"`, '
            f"a blank or a control character: `{printable(name)}`"
        )
    if len(name.encode("utf-8", "surrogatepass")) > MAXIMAL_PART:
        return f"the name of an environment cannot be longer than {MAXIMAL_PART} bytes"
    return None


def new_name_problem(name: str) -> str | None:
    """Return why a text cannot be the name of a new environment, or `None` when it can: base is there already."""
    return f"the name `{name}` is reserved" if name.lower() in BASE_NAMES else environment_name_problem(name)


def can_be_made(prefix: str) -> bool:
    """Tell whether this user may make the folder: the nearest one above it that is there can be written to."""
    place = os.path.dirname(prefix)
    while not os.path.lexists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    return os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK)


def place_of(name: str, folders: Iterable[str]) -> str:
    """Return where the environment of a name lies, or would lie: in the first of the folders that can be written to."""
    places = [os.path.join(folder, name) for folder in folders]
    there = next(filter(os.path.isdir, places), None)
    return there or next(filter(can_be_made, places), places[0])


def prefix_path_problem(path: str, *, windows: bool) -> str | None:
    """Return why no environment can lie at the path, or None when one can: it holds the separator of `PATH`."""
    separator = ";" if windows else ":"
    beginning = 2 if windows else 0
    if separator in path[beginning:]:
        return f"the path `{printable(path)}` holds a `{separator}`, which separates the folders of `PATH`"
    if not path.isprintable() or "\x00" in path:
        return f"the path `{printable(path)}` holds a control character"
    return None
