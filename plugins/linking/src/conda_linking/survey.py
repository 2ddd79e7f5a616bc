"""Finds out, before anything is touched, what a change will put where, what stands in its way, and what forbids it."""

from __future__ import annotations

import os
from itertools import chain

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.path_collision import folded_path
from conda_kernel.model.paths import UnsafePath, is_reserved, printable
from conda_kernel.model.subdir import is_windows
from conda_linking.clobbering import CLOBBERED, UNMANAGED, Moved, clobbered_path
from conda_linking.faults import NotWritable, PathConflict
from conda_linking.folders import FOLDER, Folders, Listing
from conda_linking.layout import Command, Item, Parcel, folders_of
from conda_linking.link_kinds import LinkPolicy, is_copied
from conda_linking.replacement import check_room
from conda_linking.same_content import content_of, holds, installed_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_linking.removal import Removal


class Rules(NamedTuple):
    """How packages may be linked: `path_conflict` and links as the settings say.

    `folds_case` is true where the file system takes names for the same that differ by case or Unicode form.
    """

    path_conflict: str = "warn"
    links: LinkPolicy = LinkPolicy()
    folds_case: bool = False


class Survey(NamedTuple):
    """What a change will do to the files of an environment; paths are relative to the prefix.

    `parcels` are staged. Their plain files go where they belong, and are nobody else's; those of a parcel of which that
    is not so have become items. `files` are all others, by the place where each goes, with the number of its parcel.
    `folders` are staged folders, not all of their parents among them. `old` is moved aside first. `new` is what is then
    moved into place: files, and whole folders where there are none. By the number of a parcel and the path that it
    wanted, `clobbered` tells where a file goes that has lost its place to a later package, `led` where a link of the
    environment leads it. `moved` are files of installed packages that lose their place, or get it back.
    """

    parcels: tuple[Parcel, ...]
    files: Mapping[str, tuple[int, Item | Command]]
    folders: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    warnings: tuple[str, ...]
    clobbered: Mapping[tuple[int, str], str]
    led: Mapping[tuple[int, str], str]
    moved: tuple[Moved, ...]

    def file_count(self) -> int:
        """Return how many files are staged."""
        return len(self.files) + sum(len(each.plain) for each in self.parcels)


def survey(  # noqa: PLR0913 - it brings together everything that was found out
    prefix: str,
    listing: Listing,
    parcels: Sequence[Parcel],
    going: Removal,
    rules: Rules,
    remaining: Callable[[], Sequence[PrefixRecord]],
) -> Survey:
    """Return what is to be done to link the parcels where the packages of `going` were.

    `remaining` gives the packages that stay, and is called when it matters whose a file is.

    Raises `PathConflict`, `PlaceholderTooShort`, `UnsafePath` and `NotWritable`.
    """
    for each in parcels:
        _check_placeholders(prefix, each)
    gone = frozenset(going.paths)
    links = {item.path: item.target for each in parcels for item in each.items if item.target is not None}

    def surveyor(alone: Sequence[bool]) -> _Surveyor:
        folders = Folders(prefix, listing, links, gone, folds_case=rules.folds_case)
        found = _Surveyor(prefix, folders, gone, rules, remaining)
        for each, is_alone in zip(parcels, alone, strict=True):
            found.add(each, is_alone=is_alone)
        return found

    found = surveyor([False] * len(parcels) if rules.folds_case else _alone(parcels))
    if found.is_entangled():
        found = surveyor([False] * len(parcels))
    return found.finished(going)


def _alone(parcels: Sequence[Parcel]) -> list[bool]:
    """Tell of each parcel whether none of its places is wanted twice, by itself or by another."""
    all_places = [each.places() for each in parcels]
    shared: set[str] = set()
    if len(set[str]().union(*all_places)) < sum(map(len, all_places)):
        seen: set[str] = set()
        for path in chain.from_iterable(all_places):
            (shared if path in seen else seen).add(path)
    return [shared.isdisjoint(places) for places in all_places]


class _Surveyor:
    """Collects what the parcels want, and what is in the way."""

    def __init__(
        self,
        prefix: str,
        folders: Folders,
        gone: frozenset[str],
        rules: Rules,
        remaining: Callable[[], Sequence[PrefixRecord]],
    ) -> None:
        self._prefix = prefix
        self._folders = folders
        self._gone = gone
        self._rules = rules
        self._remaining = remaining
        self._parcels: list[Parcel] = []
        self._plain: set[str] = set()
        self._folded: dict[str, None] = {}
        self._files: dict[str, tuple[int, Item | Command]] = {}
        self._made: dict[str, None] = {}
        self._units: dict[str, None] = {}
        self._aside: dict[str, None] = {}
        self._known: dict[str, tuple[str, Mapping[str, str] | None]] = {"": ("", folders.kinds(""))}
        self._warnings: list[str] = []
        self._clobbered: dict[tuple[int, str], str] = {}
        self._led: dict[tuple[int, str], str] = {}
        self._moved: list[Moved] = []
        self._copied: set[int] = set()
        self._spelled: dict[str, str] = {}

    def add(self, parcel: Parcel, *, is_alone: bool) -> None:
        """Add a parcel; it is alone when nobody else in the change has one of its places."""
        number = len(self._parcels)
        if parcel.plain and not (is_alone and self._add_plain(parcel.plain)):
            parcel = parcel.itemized()
        self._parcels.append(parcel)
        self._warnings += parcel.warnings
        if is_copied(self._rules.links, parcel.package.folder, self._prefix):
            self._copied.add(number)
        for item in parcel.items:
            if item.is_folder:
                self._enter(item.path)
            else:
                self._add_file(item.path, number, item)
        for command in parcel.commands:
            self._add_file(command.path, number, command)

    def is_entangled(self) -> bool:
        """Tell whether a link leads a file to where a plain one is, which has to be looked at one by one."""
        return not self._plain.isdisjoint(self._led.values())

    def _add_plain(self, paths: tuple[str, ...]) -> bool:
        """Add plain files when all go where they belong and nothing is there that stays; tell whether that is so."""
        present: dict[str, Mapping[str, str]] = {}
        folders = folders_of(paths)
        for folder in folders:
            place, kinds = self._known.get(folder) or self._enter(folder)
            if place != folder:
                return False
            if kinds is not None:
                present[folder] = kinds
        units: list[str] = []
        for path in paths if present else ():
            above, _, name = path.rpartition("/")
            if above in present:
                if (name in present[above] and path not in self._gone) or (not above and is_reserved(path)):
                    return False
                units.append(path)
        self._units.update(dict.fromkeys(units))
        self._folded.update(folders)
        self._plain.update(paths)
        return True

    def finished(self, going: Removal) -> Survey:
        for folder in self._made:
            if folder in self._files or folder in self._plain:
                raise PathConflict(
                    f"`{printable(folder)}` of {self._owner(folder)} is a file, and another package has files below it",
                    path=folder,
                )
        self._restore()
        self._check_rights(going)
        return Survey(
            tuple(self._parcels),
            self._files,
            tuple({**self._made, **self._folded, **folders_of(self._files)}),
            tuple(dict.fromkeys((*going.paths, *self._aside))),
            tuple(self._units),
            tuple(self._warnings),
            self._clobbered,
            self._led,
            tuple(self._moved),
        )

    def _name(self, number: int) -> str:
        return self._parcels[number].record.dist_name

    def _owner(self, path: str) -> str:
        if path in self._files:
            return self._name(self._files[path][0])
        return next(each.record.dist_name for each in self._parcels if path in each.plain)

    def _add_file(self, path: str, number: int, item: Item | Command) -> None:
        above, _, name = path.rpartition("/")
        known = self._known.get(above)
        place, kinds = known if known is not None else self._enter(above)
        here = f"{place}/{name}" if place else name
        if place != above:
            self._led[number, path] = here
        if not place and is_reserved(here):
            raise UnsafePath(
                f"the path `{printable(here)}` of {self._name(number)} is reserved for the package manager", path=here
            )
        if self._rules.folds_case:
            self._check_spelling(here, name, kinds, number)
        if here in self._files:
            self._meet(here, number, item)
        elif kinds is None:
            pass
        elif name in kinds and here not in self._gone:
            self._meet_what_is_there(here, kinds[name], number, item)
        if kinds is not None:
            self._units[here] = None
        self._files[here] = (number, item)

    def _check_spelling(self, here: str, name: str, kinds: Mapping[str, str] | None, number: int) -> None:
        """Raise `PathConflict` when the file system holds the path under another spelling."""
        other = self._spelled.setdefault(folded_path(here), here)
        above = here[: len(here) - len(name)]
        if other == here and kinds is not None and name not in kinds:
            spelled = next((above + there for there in kinds if folded_path(there) == folded_path(name)), here)
            other = here if spelled in self._gone else spelled
        if other != here:
            raise PathConflict(
                f"`{printable(here)}` of {self._name(number)} and `{printable(other)}` are one on this file system",
                path=here,
                other=other,
            )

    def _enter(self, folder: str) -> tuple[str, Mapping[str, str] | None]:
        """Note that a folder is needed; return its place, and what is in it when it is there and stays."""
        place = self._folders.place(folder)
        kinds = None if place in self._aside else self._folders.kinds(place)
        if kinds is None and place not in self._made:
            above = place.rpartition("/")[0]
            _, above_kinds = self._enter(above) if above not in self._known else self._known[above]
            self._made[place] = None
            if above_kinds is not None:
                self._units[place] = None
        self._known[folder] = (place, kinds)
        return place, kinds

    def _meet(self, here: str, number: int, item: Item | Command) -> None:
        other, before = self._files[here]
        if other == number:
            raise PathConflict(f"{self._name(number)} has `{printable(here)}` twice", path=here)
        if content_of(before) is None or content_of(before) != content_of(item):
            self._conflict(here, self._name(number), self._name(other))
            lost = clobbered_path(self._name(other), here)
            self._clobbered[other, before.path] = lost
            self._files[lost] = other, before
            self._settle(lost)

    def _settle(self, here: str) -> None:
        """Note that something is put where only files lie that have lost their place."""
        above, _, name = here.rpartition("/")
        _, kinds = self._known.get(above) or self._enter(above)
        if kinds is not None:
            if name in kinds:
                self._aside[here] = None
            self._units[here] = None

    def _restore(self) -> None:
        """Give files their places back whose winners go and are not replaced."""
        if CLOBBERED not in (self._folders.kinds("") or {}):
            return
        free = {path for path in self._gone if path not in self._files and path not in self._plain}
        losers = {path: moved for path in free if (moved := self._unmanaged(path)) is not None}
        losers |= {
            str(entry.extra["original_path"]): Moved(entry.path, str(entry.extra["original_path"]), owner)
            for owner in self._remaining()
            for entry in owner.paths
            if entry.extra.get("original_path") in free
        }
        for moved in losers.values():
            self._moved.append(moved)
            self._aside[moved.source] = None
            self._units[moved.target] = None

    def _unmanaged(self, path: str) -> Moved | None:
        """Return what gives a path back to a file of no package that waits, if there is one."""
        waiting = clobbered_path(UNMANAGED, path)
        above, _, name = waiting.rpartition("/")
        is_there = (self._folders.kinds(above) or {}).get(name, FOLDER) is not FOLDER
        return Moved(waiting, path, None) if is_there else None

    def _meet_what_is_there(self, here: str, kind: str, number: int, item: Item | Command) -> None:
        if kind is FOLDER:
            if not all(path in self._gone for path in _files_below(self._folders, here)):
                raise PathConflict(
                    f"`{printable(here)}` of {self._name(number)} is a file, and a folder is in its place",
                    hint="move the folder away",
                    path=here,
                )
        else:
            owners = [installed for installed in self._remaining() if here in installed.files]
            if not owners and holds(f"{self._prefix}/{here}", item):
                pass
            elif not owners:
                self._conflict(here, self._name(number), "no package")
                self._moved.append(Moved(here, clobbered_path(UNMANAGED, here), None))
                self._settle(clobbered_path(UNMANAGED, here))
            elif content_of(item) is None or installed_content(owners[0], here) != content_of(item):
                self._conflict(here, self._name(number), owners[0].record.dist_name)
                for owner in owners:
                    lost = clobbered_path(owner.record.dist_name, here)
                    self._moved.append(Moved(here, lost, owner))
                    self._settle(lost)
        self._aside[here] = None

    def _conflict(self, path: str, winner: str, loser: str) -> None:
        shown = f"`{printable(path)}`"
        if self._rules.path_conflict == "prevent":
            raise PathConflict(
                f"{winner} has {shown}, which belongs to {loser}",
                hint="`--clobber`, or `path_conflict: warn`, lets the later package have it",
                path=path,
                package=winner,
                other=loser,
            )
        if self._rules.path_conflict == "warn":
            self._warnings.append(f"{shown} of {loser} is replaced by that of {winner}")

    def _check_rights(self, going: Removal) -> None:
        for folder in folders_of((*self._units, *self._aside, *going.paths)):
            place = os.path.join(self._prefix, folder) if folder else self._prefix
            if not os.access(place, os.W_OK | os.X_OK):
                raise NotWritable(
                    f"the folder `{printable(place)}` cannot be written to",
                    hint="change its permissions, or work as the user whom it belongs to",
                    prefix=self._prefix,
                    path=place,
                )
        need = sum(_bytes_written(item, whole=number in self._copied) for number, item in self._files.values())
        need += sum(
            sum(self._parcels[number].package.files.sizes) for number in self._copied if self._parcels[number].plain
        )
        if need and hasattr(os, "statvfs"):
            disk = os.statvfs(self._prefix)
            if disk.f_bavail * disk.f_frsize < need:
                raise NotWritable(
                    f"`{printable(self._prefix)}` needs {need} bytes more than its disk has room for",
                    hint="free some space",
                    prefix=self._prefix,
                    path=self._prefix,
                )


def _check_placeholders(prefix: str, parcel: Parcel) -> None:
    if is_windows(parcel.subdir):
        return
    for item in parcel.items:
        if item.placeholder is not None and item.entry.file_mode == "binary":
            check_room(item.placeholder, prefix, item.path)


def _files_below(folders: Folders, place: str) -> Iterator[str]:
    for name, kind in (folders.kinds(place) or {}).items():
        if kind is FOLDER:
            yield from _files_below(folders, f"{place}/{name}")
        else:
            yield f"{place}/{name}"


def _bytes_written(item: Item | Command, *, whole: bool) -> int:
    if isinstance(item, Command) or not (whole or item.placeholder or item.is_copied):
        return 0
    return item.entry.size_in_bytes or 0
