"""Decides where each file of a package goes, and how it gets there."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.errors import PackageCorrupt
from conda_kernel.model.manifest import EntryPoint, PathEntry, noarch_target, read_link_json, site_packages_folder
from conda_kernel.model.paths import printable, safe_name, safe_relative_paths
from conda_kernel.model.subdir import is_noarch, is_windows
from conda_linking.faults import PlanBroken

if TYPE_CHECKING:
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.model.record import PackageRecord


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
    """A package and where its files go; `subdir` is the platform that they are for, never `noarch`."""

    package: ExtractedPackage
    record: PackageRecord
    subdir: str
    items: tuple[Item, ...]
    commands: tuple[Command, ...]
    warnings: tuple[str, ...]


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
    # The manifest was checked when the package was extracted; what writes into an environment checks again.
    paths = safe_relative_paths([entry.path for entry in package.paths])
    commands: tuple[Command, ...] = ()
    if record.noarch == "python":
        if python is None:
            raise PlanBroken(
                f"{record.dist_name} is a package for python, and the environment has none", hint="install `python` too"
            )
        paths = safe_relative_paths([_python_place(path, python) for path in paths])
        points = read_link_json(package.folder).entry_points
        commands = tuple(Command(_command_path(point, python), point, python) for point in points)
    warnings: list[str] = []
    items = []
    folder = package.folder + "/"
    plain_folders = {""}
    for entry, path in zip(package.paths, paths, strict=True):
        source = folder + entry.path
        if entry.path_type == "directory":
            items.append(Item(entry, path, source, is_folder=True))
            continue
        status = _status(folder, entry.path, plain_folders)
        kind = None if status is None else stat.S_IFMT(status.st_mode)
        if status is not None and kind == stat.S_IFREG:
            size, placeholder = status.st_size, entry.prefix_placeholder
            items.append(Item(entry, path, source, size, is_copied=entry.no_link, placeholder=placeholder))
        elif kind == stat.S_IFLNK:
            if entry.prefix_placeholder:
                warnings.append(f"{record.dist_name}: the link `{printable(path)}` is not rewritten for the prefix")
            items.append(Item(entry, path, source, target=os.readlink(source)))
        else:
            raise PackageCorrupt(
                f"{record.dist_name} has no file `{printable(entry.path)}`, which it lists",
                hint="remove the package from the cache and try again",
                package=record.dist_name,
                path=source,
            )
    own_subdir = subdir if is_noarch(record.subdir) else record.subdir
    return Parcel(package, record, own_subdir, tuple(items), commands, tuple(warnings))


def _status(folder: str, path: str, plain_folders: set[str]) -> os.stat_result | None:
    """Return what is at a path of a package, or `None` when there is nothing, or only by way of a link.

    A folder of the package that is a link would show files of others as its own. `plain_folders` are those that are
    none; `folder` ends with a slash.
    """
    above = path.rpartition("/")[0]
    try:
        if above not in plain_folders and not _is_plain(folder, above, plain_folders):
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


def _python_place(path: str, python: Python) -> str:
    if path.startswith("site-packages/"):
        return f"{python.site_packages}/{path[14:]}"
    return noarch_target(path, python.version, python.site_packages, windows=python.windows)


def _command_path(point: EntryPoint, python: Python) -> str:
    return f"Scripts/{point.command}-script.py" if python.windows else f"bin/{point.command}"
