"""Decides where each file of a package goes, and how it gets there."""

from __future__ import annotations

import os
import stat

from conda_kernel.errors import PackageCorrupt
from conda_kernel.model.file_table import NO_FILES
from conda_kernel.model.manifest import EntryPoint, PathEntry, noarch_target, read_link_json, site_packages_folder
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable, safe_name, safe_relative_paths
from conda_kernel.model.subdir import is_noarch, is_windows
from conda_linking.faults import PlanBroken
from conda_linking.link_kinds import opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.file_table import FileTable
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.model.record import PackageRecord

_KIND = 0o170000
"""The bits of a mode that tell what a file is."""


class Python(NamedTuple):
    """The python of an environment; `windows` says how its folders are named."""

    version: str
    site_packages: str
    executable: str
    windows: bool = False


class Item(NamedTuple):
    """One file of a package: `path` is where it goes, relative to the prefix.

    `size` is how long the file in the package is. `target` is the text of a symbolic link. A plain file, which may be
    linked, has neither that nor what follows it.
    """

    entry: PathEntry
    path: str
    source: str
    size: int = 0
    target: str | None = None
    is_folder: bool = False
    is_copied: bool = False
    placeholder: str | None = None


class Command(NamedTuple):
    """A script that is written for an entry point, at `path` relative to the prefix."""

    path: str
    point: EntryPoint
    python: Python


class Parcel(NamedTuple):
    """A package and where its files go; `subdir` is the platform that they are for, never `noarch`.

    `plain` are the places of its plain files, in the order of the package's table, when each of them lies in the
    package as it is listed. They are kept apart because there are so many: `items` are all other files.
    """

    package: ExtractedPackage
    record: PackageRecord
    subdir: str
    plain: tuple[str, ...]
    items: tuple[Item, ...]
    commands: tuple[Command, ...]
    warnings: tuple[str, ...]

    def places(self) -> tuple[str, ...]:
        """Return where its files go, links and commands too, each as often as it is wanted."""
        items = [item.path for item in self.items if not item.is_folder]
        return (*self.plain, *items, *[command.path for command in self.commands])

    def plain_files(self) -> FileTable:
        """Return the table of its plain files with the paths where they go."""
        files = self.package.files
        return files._replace(paths=self.plain, others=()) if self.plain else NO_FILES

    def itemized(self) -> Parcel:
        """Return the same parcel with an item for each plain file, of which entries come first."""
        files, folder = self.package.files, self.package.folder
        items = tuple(
            Item(entry, place, f"{folder}/{entry.path}", entry.size_in_bytes or 0)
            for entry, place in zip(files.entries(), self.plain, strict=False)
        )
        return self._replace(plain=(), items=items + self.items)


def python_of(record: PackageRecord, subdir: str) -> Python:
    """Return what is to be known of python, from its record; raise `UnsafePath` and `InvalidManifest`."""
    windows = is_windows(subdir)
    return Python(
        record.version,
        site_packages_folder(record.version, record.python_site_packages_path, windows=windows),
        "python.exe" if windows else "bin/python",
        windows,
    )


def parcel(package: ExtractedPackage, record: PackageRecord, subdir: str, python: Python | None) -> Parcel:
    """Return where the files of a package go in an environment for `subdir`.

    Raises `PackageCorrupt` when a file is missing, `UnsafePath` for a path that leads elsewhere, `PlanBroken` when the
    package needs python and there is none.
    """
    safe_name(record.dist_name)
    files, folder = package.files, package.folder + "/"
    entries, plain, others = files.others, files.paths, tuple([entry.path for entry in files.others])
    commands: tuple[Command, ...] = ()
    if record.noarch == "python":
        if python is None:
            raise PlanBroken(
                f"{record.dist_name} is a package for python, and the environment has none", hint="install `python` too"
            )
        plain, others = _python_places(plain, python), _python_places(others, python)
        points = read_link_json(package.folder).entry_points
        commands = tuple(Command(_command_path(point, python), point, python) for point in points)
    # The list was checked when the package was extracted; what writes into an environment checks again.
    plain, others = safe_relative_paths(plain), safe_relative_paths(others)
    if not (package.is_as_listed or _is_as_listed(package.folder, files)):
        entries, plain, others = files.entries(), (), plain + others
    plain_folders = {""}
    warnings: list[str] = []
    items = []
    for entry, path in zip(entries, others, strict=True):
        item = _item(entry, path, folder, plain_folders, record)
        items.append(item)
        if item.target is not None and entry.prefix_placeholder:
            warnings.append(f"{record.dist_name}: the link `{printable(path)}` is not rewritten for the prefix")
    own_subdir = subdir if is_noarch(record.subdir) else record.subdir
    return Parcel(package, record, own_subdir, plain, tuple(items), commands, tuple(warnings))


def _is_as_listed(folder: str, files: FileTable) -> bool:
    """Tell whether the plain files of a package are there, by way of no link, and have the sizes that are listed."""
    look = os.lstat
    try:
        with opened(folder) as (descriptor, root):
            for above in with_parents(folders_of(files.paths)):
                if look(root + above, dir_fd=descriptor).st_mode & _KIND != stat.S_IFDIR:
                    return False
            for path, size in zip(files.paths, files.sizes, strict=True):
                status = look(root + path, dir_fd=descriptor)
                if status.st_size != size or status.st_mode & _KIND != stat.S_IFREG:
                    return False
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def with_parents(folders: Iterable[str]) -> dict[str, None]:
    """Return folders and all above them, each once, without that of the first level."""
    found: dict[str, None] = {}
    for folder in folders:
        above = folder
        while above and above not in found:
            found[above] = None
            above = above.rpartition("/")[0]
    return found


def _item(entry: PathEntry, path: str, folder: str, plain_folders: set[str], record: PackageRecord) -> Item:
    source = folder + entry.path
    if entry.path_type == "directory":
        return Item(entry, path, source, is_folder=True)
    status = _status(folder, entry.path, plain_folders)
    kind = None if status is None else stat.S_IFMT(status.st_mode)
    if status is not None and kind == stat.S_IFREG:
        placeholder = entry.prefix_placeholder
        return Item(entry, path, source, status.st_size, is_copied=entry.no_link, placeholder=placeholder)
    if kind == stat.S_IFLNK:
        return Item(entry, path, source, target=os.readlink(source))
    raise PackageCorrupt(
        f"{record.dist_name} has no file `{printable(entry.path)}`, which it lists",
        hint="remove the package from the cache and try again",
        package=record.dist_name,
        path=source,
    )


def folders_of(paths: Iterable[str]) -> dict[str, None]:
    """Return the folders that paths lie in, each once; that of the first level is empty."""
    return dict.fromkeys([path.rpartition("/")[0] for path in paths])


def _status(folder: str, path: str, plain_folders: set[str]) -> os.stat_result | None:
    """Return what is at a path of a package, or `None` when there is nothing, or only by way of a link.

    A folder of the package that is a link would show files of others as its own. `plain_folders` are those that are
    none; `folder` ends with a slash.
    """
    try:
        if not _is_plain(folder, path.rpartition("/")[0], plain_folders):
            return None
        return os.lstat(folder + path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_plain(folder: str, path: str, plain_folders: set[str]) -> bool:
    while path not in plain_folders:
        if not stat.S_ISDIR(os.lstat(folder + path).st_mode):
            return False
        plain_folders.add(path)
        path = path.rpartition("/")[0]
    return True


def _python_places(paths: tuple[str, ...], python: Python) -> tuple[str, ...]:
    inside = python.site_packages + "/"
    return tuple(
        [inside + path[14:] if path.startswith("site-packages/") else _other_place(path, python) for path in paths]
    )


def _other_place(path: str, python: Python) -> str:
    return noarch_target(path, python.version, python.site_packages, windows=python.windows)


def _command_path(point: EntryPoint, python: Python) -> str:
    return f"Scripts/{point.command}-script.py" if python.windows else f"bin/{point.command}"
