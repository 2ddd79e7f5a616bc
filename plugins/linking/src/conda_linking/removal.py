"""Lists the files that go when packages are unlinked."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import UnsafePath
from conda_linking.folders import FOLDER, Folders, Listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conda_kernel.model.prefix_record import PrefixRecord

_CACHE = "__pycache__"


class Removal(NamedTuple):
    """What goes: files and links in the order in which they do, and the folders that may be empty then."""

    paths: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def removal(
    prefix: str,
    listing: Listing,
    unlinked: Sequence[PrefixRecord],
    remaining: Iterable[PrefixRecord],
    *,
    folds_case: bool = False,
) -> Removal:
    """Return what goes with the packages `unlinked`, less what one of `remaining` owns too.

    What is no longer there does not count, and a folder where a record has a file stays.
    """
    owned = _owned(unlinked)
    for installed in remaining:
        for path in installed.files:
            owned.pop(path, None)
    folders = Folders(prefix, listing, folds_case=folds_case)
    caches: dict[str, Mapping[str, list[str]]] = {}
    paths: dict[str, None] = {}
    emptied: dict[str, None] = {}
    warnings = []
    for path in owned:
        above, _, name = path.rpartition("/")
        try:
            place = folders.place(above)
        except UnsafePath as error:
            warnings.append(f"`{path}` stays: {error}")
            continue
        kind = (folders.kinds(place) or {}).get(name)
        here = f"{place}/{name}" if place else name
        emptied[here if kind is FOLDER else place] = None
        if kind is None or kind is FOLDER:
            continue
        paths[here] = None
        if name.endswith(".py"):
            for compiled in _bytecode(folders, place, name, caches):
                paths[compiled] = None
                emptied[f"{place}/{_CACHE}" if place else _CACHE] = None
    emptied.pop("", None)
    return Removal(tuple(paths), tuple(emptied), tuple(warnings))


def _owned(unlinked: Iterable[PrefixRecord]) -> dict[str, None]:
    owned: dict[str, None] = {}
    for installed in unlinked:
        owned.update(dict.fromkeys(installed.files))
        owned.update(dict.fromkeys([entry.path for entry in installed.paths]))
    return owned


def _bytecode(folders: Folders, place: str, source: str, caches: dict[str, Mapping[str, list[str]]]) -> Iterator[str]:
    """Yield what python has made of a source when it ran, whichever python it was."""
    if place not in caches:
        caches[place] = _compiled(folders, place)
    for name in caches[place].get(source[:-3], ()):
        yield f"{place}/{_CACHE}/{name}" if place else f"{_CACHE}/{name}"


def _compiled(folders: Folders, place: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    if (folders.kinds(place) or {}).get(_CACHE) is not FOLDER:
        return found
    for name, kind in (folders.kinds(f"{place}/{_CACHE}" if place else _CACHE) or {}).items():
        stem, dot, _ = name.partition(".")
        if dot and kind is not FOLDER and name.endswith(".pyc") and name.isprintable() and "\\" not in name:
            found.setdefault(stem, []).append(name)
    return found
