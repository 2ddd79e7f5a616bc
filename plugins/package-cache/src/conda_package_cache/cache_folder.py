"""One package cache: a folder of archives and of what was extracted from them."""

from __future__ import annotations

import os
import shutil

from conda_kernel.model.secret import mask_secrets
from conda_package_cache.errors import CacheFailed
from conda_package_cache.leases import Lease, leased_by_others, make_subfolder, sweep, wait_for_collectors
from conda_package_cache.locking import ArtefactLock, remove
from conda_package_cache.shelf import URLS, Shelf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

TRASH = ".trash"
LOCKS = ".locks"


class CacheFolder(Shelf):
    """A package cache at a path, which need not exist, and which is written.

    `lease` is this process's, once it has one; without it nothing is written.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.lease: Lease | None = None
        self._trashed = 0

    @property
    def own_lease(self) -> Lease:
        """The lease, which has to be there before anything is written."""
        if self.lease is None:
            raise RuntimeError(f"nothing is written to `{self.path}` without a lease")
        return self.lease

    def open(self, folders: Collection[str]) -> None:
        """Take a lease on folders when this is a package cache that can be written; otherwise it is only read."""
        if self.lease is None and os.path.exists(self.place(URLS)):
            try:
                self.prepare(folders)
            except CacheFailed:
                pass

    def prepare(self, folders: Collection[str], collects: Collection[str] = ()) -> None:
        """Take a lease on folders, and make the cache if it is not there; raise `CacheFailed` when that cannot be.

        `collects` are folders that this process will remove, unless others use them.
        """
        if self.lease is not None:
            return
        try:
            os.makedirs(self.path, exist_ok=True)
            os.close(os.open(self.place(URLS), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666))
            self.lease = Lease.take(self.path, folders, collects)
        except OSError as error:
            raise CacheFailed.of("write to", self.path, error) from error
        if folders:
            wait_for_collectors(self.path, folders, self.lease)
        self._sweep()

    def close(self) -> None:
        """Release the lease."""
        if self.lease is not None:
            self.lease.release()
            self.lease = None

    def lock(self, name: str) -> ArtefactLock:
        """Return the lock on one package; it is not held yet."""
        make_subfolder(self.path, LOCKS)
        return ArtefactLock(self.place(os.path.join(LOCKS, name)))

    def leased_elsewhere(self, folder: str) -> bool:
        """Tell whether another process uses a folder of the cache."""
        return leased_by_others(self.path, folder, self.own_lease)

    def note_url(self, url: str) -> None:
        """Add a line to the list of URLs."""
        line = mask_secrets(url).replace("\n", "") + "\n"
        try:
            descriptor = os.open(self.place(URLS), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise CacheFailed.of("write", self.place(URLS), error) from error

    def set_aside(self, name: str) -> None:
        """Move a folder of the cache into the trash, and empty that; who has opened files of it keeps them."""
        self._trashed += 1
        make_subfolder(self.path, TRASH)
        target = self.place(os.path.join(TRASH, f"{self.own_lease.name}-{self._trashed}"))
        try:
            os.rename(self.place(name), target)
        except FileNotFoundError:
            return
        except OSError as error:
            raise CacheFailed.of("replace", self.place(name), error) from error
        _delete(target)

    def _sweep(self) -> None:
        """Remove what processes left behind that were killed."""
        sweep(self.path)
        # The folder itself stays: another process may be about to move something into it.
        for name in _names(self.place(TRASH)):
            _delete(self.place(os.path.join(TRASH, name)))
        for name in _names(self.place(LOCKS)):
            lock = ArtefactLock(self.place(os.path.join(LOCKS, name)))
            if lock.attempt():
                lock.release()


def _delete(path: str) -> None:
    """Delete a file or a folder, as far as that can be."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        remove(path)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
