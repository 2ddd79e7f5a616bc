"""Leases: files by which a process says which packages of a cache it is using.

A lease is named for its process and locked while that lives. Who collects packages leaves alone what a lease names;
one of this machine that nobody has locked any more belonged to a process that was killed, and is removed here.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from typing import TYPE_CHECKING

from conda_package_cache.locking import is_at, remove, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = ".leases"
WORK_FOLDER = ".extracting"
"""Holds a folder for each lease, in which its process extracts."""


class Lease:
    """The lease of this process on packages of one cache, until it is released."""

    __slots__ = ("_cache", "_descriptor", "name")

    def __init__(self, cache: str, name: str, descriptor: int) -> None:
        self._cache = cache
        self._descriptor = descriptor
        self.name = name

    @classmethod
    def take(cls, cache: str, folders: Iterable[str]) -> Lease:
        """Return a lease on folders of the cache, there or not; raise OSError where none can be written."""
        content = {"host": platform.node(), "pid": os.getpid(), "folders": sorted(folders)}
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

    def release(self) -> None:
        """Give the packages free, and remove what was left of extracting."""
        shutil.rmtree(self.work_folder, ignore_errors=True)
        remove(os.path.join(self._cache, FOLDER, self.name))
        os.close(self._descriptor)


def leased_by_others(cache: str, folder: str, own: Lease) -> bool:
    """Tell whether another process uses the folder of the cache."""
    return any(folder in _folders(cache, name) for name in _names(cache, FOLDER) if name != own.name)


def sweep(cache: str) -> None:
    """Remove the leases of processes of this machine that were killed, and what they were extracting."""
    here = platform.node()
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


def _names(cache: str, folder: str) -> Iterator[str]:
    try:
        yield from sorted(os.listdir(os.path.join(cache, folder)))
    except OSError:
        return


def _folders(cache: str, name: str) -> frozenset[str]:
    folders = _content(os.path.join(cache, FOLDER, name)).get("folders")
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
