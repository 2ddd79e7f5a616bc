"""Leases: files by which a process says which packages of a cache it is using.

A lease is named for its process and locked while that lives. Who collects packages leaves alone what a lease names;
one of this machine that nobody has locked any more belonged to a process that was killed, and is removed here.

Who collects announces what, in a lease of its own, and then looks at the others. Who wants packages takes a lease, and
then looks whether anybody has announced to collect them. So of two that meet at least one sees the other: the collector
leaves the package alone, and who wants it waits until the announcement is gone.
"""

from __future__ import annotations

import json
import os
import shutil
import time

from conda_package_cache.locking import is_at, remove, try_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = ".leases"
WORK_FOLDER = ".extracting"
"""Holds a folder for each lease, in which its process extracts."""

LONGEST_SECONDS = 24 * 3600.0
"""How long the lease of another machine counts, which nobody here can ask."""

_PATIENCE_SECONDS = 60.0
_NAP_SECONDS = 0.02


class Lease:
    """The lease of this process on packages of one cache, until it is released."""

    __slots__ = ("_cache", "_descriptor", "name")

    def __init__(self, cache: str, name: str, descriptor: int) -> None:
        self._cache = cache
        self._descriptor = descriptor
        self.name = name

    @classmethod
    def take(cls, cache: str, folders: Iterable[str], collects: Iterable[str] = ()) -> Lease:
        """Return a lease on folders of the cache, there or not; `collects` are those that its process will remove.

        Raises OSError where none can be written.
        """
        content = {"host": _host(), "pid": os.getpid(), "folders": sorted(folders)}
        removed = sorted(collects)
        if removed:
            content["collects"] = removed
        name = f"{os.getpid()}-{os.urandom(8).hex()}"
        path = os.path.join(cache, FOLDER, name)
        make_subfolder(cache, FOLDER)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            try:
                os.write(descriptor, json.dumps(content).encode())
                # Between making and locking the file, another process may have taken it for a dead one.
                if try_lock(descriptor) is not False and is_at(descriptor, path):
                    return cls(cache, name, descriptor)
            except OSError:
                os.close(descriptor)
                remove(path)
                raise
            os.close(descriptor)

    @property
    def work_folder(self) -> str:
        """Where this process may extract; nobody else writes there."""
        return os.path.join(self._cache, WORK_FOLDER, self.name)

    def made_work_folder(self) -> str:
        """Make the folder where this process may extract, and return it; raise OSError."""
        make_subfolder(self._cache, WORK_FOLDER)
        os.makedirs(self.work_folder, 0o700, exist_ok=True)
        return self.work_folder

    def release(self) -> None:
        """Give the packages free, and remove what was left of extracting."""
        shutil.rmtree(self.work_folder, ignore_errors=True)
        remove(os.path.join(self._cache, FOLDER, self.name))
        os.close(self._descriptor)


def leased_by_others(cache: str, folder: str, own: Lease) -> bool:
    """Tell whether another process uses the folder of the cache."""
    return folder in leased_folders(cache, own)


def leased_folders(cache: str, own: Lease | None = None) -> frozenset[str]:
    """Return the folders of the cache that processes use, less those of the lease `own`."""
    others = [name for name in _names(cache, FOLDER) if own is None or name != own.name]
    return frozenset(folder for name in others if _counts(cache, name) for folder in _listed(cache, name, "folders"))


def is_leased(cache: str, name: str) -> bool:
    """Tell whether there is a lease of that name whose process lives, as far as can be told."""
    return os.path.lexists(os.path.join(cache, FOLDER, name)) and _counts(cache, name)


def wait_for_collectors(cache: str, folders: Iterable[str], own: Lease) -> None:
    """Return when nobody is about to remove one of the folders, or when that takes too long to be true."""
    wanted = frozenset(folders)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and any(
        not wanted.isdisjoint(_listed(cache, name, "collects")) and _counts(cache, name)
        for name in _names(cache, FOLDER)
        if name != own.name
    ):
        time.sleep(_NAP_SECONDS)


def sweep(cache: str) -> None:
    """Remove the leases of processes of this machine that were killed, and what they were extracting."""
    here = _host()
    for name in _names(cache, FOLDER):
        path = os.path.join(cache, FOLDER, name)
        content = _content(path)
        if content.get("host", here) != here:
            continue
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            continue
        if try_lock(descriptor) and is_at(descriptor, path):
            shutil.rmtree(os.path.join(cache, WORK_FOLDER, name), ignore_errors=True)
            remove(path)
        os.close(descriptor)
    for name in _names(cache, WORK_FOLDER):
        # A lease is there before the folder to work in.
        if not os.path.lexists(os.path.join(cache, FOLDER, name)):
            shutil.rmtree(os.path.join(cache, WORK_FOLDER, name), ignore_errors=True)


def make_subfolder(cache: str, name: str) -> None:
    """Make a folder of ours in the cache, for all who may write there; whether that worked, its use shows."""
    path = os.path.join(cache, name)
    try:
        os.mkdir(path)
        os.chmod(path, os.stat(cache).st_mode & 0o7777)
    except OSError:
        pass


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _names(cache: str, folder: str) -> Iterator[str]:
    try:
        yield from sorted(os.listdir(os.path.join(cache, folder)))
    except OSError:
        return


def _counts(cache: str, name: str) -> bool:
    """Tell whether the process of a lease may still live: it has locked it, or nobody here can find out."""
    path = os.path.join(cache, FOLDER, name)
    try:
        if _content(path).get("host") != _host():
            return time.time() - os.stat(path).st_mtime < LONGEST_SECONDS
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return os.path.lexists(path)
    try:
        return try_lock(descriptor) is not True
    finally:
        os.close(descriptor)


def _listed(cache: str, name: str, key: str) -> frozenset[str]:
    folders = _content(os.path.join(cache, FOLDER, name)).get(key)
    return (
        frozenset(folder for folder in folders if isinstance(folder, str)) if isinstance(folders, list) else frozenset()
    )


def _content(path: str) -> dict[str, object]:
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
