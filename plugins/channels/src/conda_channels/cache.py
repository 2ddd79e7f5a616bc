"""The cached index of one subdir: the file as the server sent it, and a note on where, when and what it was.

Nothing is locked: both files are replaced in one step, and the note holds the digest of the file that it belongs to.
Where they do not agree there is no cache.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STATE_FILE = "state.json"
PACK_FILE, READY_FILE, SHARDS = "packages.pack", "ready.pack", "shards"
KEPT = frozenset({STATE_FILE, PACK_FILE, READY_FILE, SHARDS})
_INCOMING = "incoming-"
_LEFT_OVER_SECONDS = 86_400


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a cached file.

    `url` holds no credentials; `refresh_ns` is when the server last said that this is its file, `zst_missing_ns` when
    it last said that it has no compressed one, both in nanoseconds since 1970, 0 for never. Without a digest the note
    says that the server had no such file.
    """

    url: str
    sha256: str
    size: int
    refresh_ns: int
    etag: str = ""
    mod: str = ""
    cache_control: str = ""
    zst_missing_ns: int = 0

    def renewed(self, refresh_ns: int, zst_missing_ns: int, headers: Mapping[str, str]) -> State:
        """Return the state after the server has confirmed the file; `headers` are the fields that it sent anew."""
        return msgspec.structs.replace(self, refresh_ns=refresh_ns, zst_missing_ns=zst_missing_ns, **headers)


class RepodataCache:
    """The files of one subdir in `folder`, which need not exist."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def state(self, urls: Iterable[str]) -> State | None:
        """Return the note, or `None` when there is none that can be read, or it is on none of these URLs."""
        try:
            with open(os.path.join(self._folder, STATE_FILE), "rb") as file:
                state = msgspec.json.decode(file.read(), type=State)
        except (OSError, msgspec.DecodeError, RecursionError):
            return None
        return state if state.url in urls else None

    def path(self, url: str) -> str:
        """Return where the file from a URL is kept."""
        return os.path.join(self._folder, url.rpartition("/")[2])

    def beside(self, name: str) -> str:
        """Return where something is kept that was made from the file."""
        return os.path.join(self._folder, name)

    def make_folder(self) -> None:
        """Make the folder, if it is not there; raise OSError."""
        os.makedirs(self._folder, exist_ok=True)

    def incoming(self) -> str:
        """Return a path that nobody else uses, for a download."""
        return os.path.join(self._folder, f"{_INCOMING}{os.getpid()}-{os.urandom(6).hex()}")

    def keep(self, incoming: str, state: State) -> None:
        """Put a downloaded file in its place, then the note; raise `OSError` when that is not possible."""
        path = self.path(state.url)
        _sync(incoming)
        os.replace(incoming, path)
        self.note(state)

    def note(self, state: State) -> None:
        """Replace the note; raise `OSError` when that is not possible."""
        private = self.incoming()
        try:
            with open(private, "xb") as file:
                file.write(msgspec.json.encode(state))
                file.flush()
                os.fsync(file.fileno())
            os.replace(private, os.path.join(self._folder, STATE_FILE))
        except OSError:
            discard(private)
            raise
        self._tidy(state.url.rpartition("/")[2])

    def _tidy(self, kept: str) -> None:
        """Remove files of another encoding, and what processes left that were killed."""
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if name == kept or name in KEPT or (name.startswith(_INCOMING) and not _is_old(path)):
                continue
            discard(path)


def cache_key(url: str) -> str:
    """Return the name of the folder for a subdir's URL with its credentials: other logins may see other packages."""
    text = url.rstrip("/") + "/"
    return hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()[:8]


def discard(path: str) -> None:
    """Remove a file, if that is possible."""
    try:
        os.unlink(path)
    except OSError:
        pass


def _is_old(path: str) -> bool:
    try:
        return time.time() - os.lstat(path).st_mtime > _LEFT_OVER_SECONDS
    except OSError:
        return False


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
