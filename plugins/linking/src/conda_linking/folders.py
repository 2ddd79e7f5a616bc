"""Looks at folders, each once: what is in them, and where a path leads through the links of an environment."""

from __future__ import annotations

import os

from conda_kernel.model.paths import UnsafePath, is_reserved, printable
from conda_linking.faults import PathConflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping

FILE, FOLDER, LINK = "file", "folder", "link"

_MOST_LINKS = 40


class Listing:
    """What is in folders, read when it is first asked for and then remembered."""

    __slots__ = ("_folders",)

    def __init__(self) -> None:
        self._folders: dict[str, Mapping[str, str] | None] = {}

    def kinds(self, folder: str) -> Mapping[str, str] | None:
        """Return `FILE`, `FOLDER` or `LINK` for each name in a folder, or `None` when there is no such folder."""
        try:
            return self._folders[folder]
        except KeyError:
            pass
        found: dict[str, str] | None = None
        try:
            with os.scandir(folder) as entries:
                found = {
                    entry.name: LINK if entry.is_symlink() else FOLDER if entry.is_dir() else FILE for entry in entries
                }
        except (FileNotFoundError, NotADirectoryError):
            pass
        self._folders[folder] = found
        return found


class Folders:
    """The folders of an environment as paths lead to them, also through links that stay inside.

    `links` are links that are about to be made, by path, with their targets. `removed` are paths that are about to be
    removed. With `folds_case` the file system may find a folder by another spelling. All paths are relative to the
    prefix and have passed `safe_relative_path`.
    """

    __slots__ = ("_absent", "_folds_case", "_known", "_links", "_listing", "_places", "_prefix", "_removed")

    def __init__(
        self,
        prefix: str,
        listing: Listing,
        links: Mapping[str, str] | None = None,
        removed: Container[str] = (),
        *,
        folds_case: bool = False,
    ) -> None:
        self._prefix = prefix
        self._folds_case = folds_case
        self._listing = listing
        self._links = links or {}
        self._removed = removed
        self._places = {"": ""}
        self._absent: set[str] = set()
        self._known: dict[str, Mapping[str, str] | None] = {}

    def place(self, folder: str, depth: int = 0) -> str:
        """Return where a folder really is or will be.

        Raises `UnsafePath` when a link leads out of the prefix or into `conda-meta`, and `PathConflict` when a file is
        there that stays.
        """
        try:
            return self._places[folder]
        except KeyError:
            pass
        above, _, name = folder.rpartition("/")
        here = self._followed(self.place(above, depth), name, depth)
        if is_reserved(here):
            raise UnsafePath(f"the path `{printable(folder)}` is reserved for the package manager", path=folder)
        self._places[folder] = here
        return here

    def kinds(self, place: str) -> Mapping[str, str] | None:
        """Return what is in a folder that `place` returned, or `None` when there is none that stays."""
        try:
            return self._known[place]
        except KeyError:
            pass
        above, _, name = place.rpartition("/")
        kinds: Mapping[str, str] | None = None
        if place in self._absent:
            pass
        elif place and not self._folds_case and name not in (self.kinds(above) or ()):
            # Most folders of a change are new, and need no look at the disk.
            pass
        else:
            kinds = self._listing.kinds(f"{self._prefix}/{place}" if place else self._prefix)
        self._known[place] = kinds
        return kinds

    def _followed(self, above: str, name: str, depth: int) -> str:
        here = f"{above}/{name}" if above else name
        target = self._links.get(here)
        if target is None:
            if above in self._absent or here in self._removed:
                self._absent.add(here)
                return here
            kind = (self.kinds(above) or {}).get(name)
            if kind is None or kind is FOLDER:
                return here
            if kind is FILE:
                raise PathConflict(
                    f"`{printable(here)}` is a file where a folder has to be", hint="remove it", path=here
                )
            target = os.readlink(f"{self._prefix}/{here}")
        if depth >= _MOST_LINKS:
            raise UnsafePath(f"the link `{printable(here)}` leads in a circle", path=here)
        return self._target(above, here, target, depth + 1)

    def _target(self, above: str, link: str, target: str, depth: int) -> str:
        if target.startswith(self._prefix + "/"):
            above, target = "", target[len(self._prefix) + 1 :]
        if target.startswith("/"):
            raise _leaves(link, target)
        place = above
        for part in target.split("/"):
            if part == "..":
                if not place:
                    raise _leaves(link, target)
                place = place.rpartition("/")[0]
            elif part not in ("", "."):
                place = self._followed(place, part, depth)
        if not place:
            raise _leaves(link, target)
        return place


def folds_case(folder: str) -> bool:
    """Tell whether the file system of a folder takes names for the same that differ by case."""
    above, name = os.path.split(folder)
    other = name.swapcase()
    try:
        return other != name and os.path.samefile(folder, os.path.join(above, other))
    except OSError:
        return False


def _leaves(link: str, target: str) -> UnsafePath:
    return UnsafePath(
        f"the link `{printable(link)}` to `{printable(target)}` leads out of the environment",
        hint="no file is put or removed through it",
        path=link,
        target=target,
    )
