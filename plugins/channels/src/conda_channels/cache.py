"""The cached index of one subdir: the file as the server sent it, and a note on where, when and what it was.

Nothing is locked. The file is named for its digest, and the note that leads to it is replaced in one step when the file
is there: until then the old note leads to the old file. Where they do not agree there is no cache.
"""

from __future__ import annotations

import json
import os
import time
from binascii import crc32

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

STATE_FILE = "state.json"
PACK_FILE, READY_FILE, SHARDS = "packages.pack", "ready.pack", "shards"
KEPT = frozenset({STATE_FILE, PACK_FILE, READY_FILE, SHARDS})

ASK_AGAIN_SECONDS = 7 * 86_400
"""How long it is remembered that a channel lacks a file that others have."""

_INCOMING = "incoming-"
_LEFT_OVER_SECONDS = 86_400


class State(NamedTuple):
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

    @classmethod
    def parse(cls, text: bytes) -> State:
        """Read a note; raise ValueError, TypeError or RecursionError for what is none."""
        state = cls(**json.loads(text))
        if any(type(value) is not type(model) for value, model in zip(state, _MODEL, strict=True)):
            raise ValueError("a field of the note is of the wrong type")
        return state

    def renewed(self, refresh_ns: int, zst_missing_ns: int, headers: Mapping[str, str]) -> State:
        """Return the state after the server has confirmed the file; `headers` are the fields that it sent anew."""
        return State(**{**self._asdict(), **headers, "refresh_ns": refresh_ns, "zst_missing_ns": zst_missing_ns})


_MODEL = State("", "", 0, 0)


class RepodataCache:
    """The files of one subdir in `folder`, which need not exist; `clock` gives the seconds since 1970."""

    def __init__(self, folder: str, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def state(self, urls: Iterable[str]) -> State | None:
        """Return the note, or `None` when there is none that can be read, or it is on none of these URLs."""
        state = self._noted()
        return state if state is not None and state.url in urls else None

    def path(self, state: State) -> str:
        """Return where the file is kept that a note tells of."""
        return os.path.join(self._folder, _file_name(state))

    def beside(self, name: str) -> str:
        """Return where something is kept that was made from the file."""
        return os.path.join(self._folder, name)

    def make_folder(self) -> None:
        """Make the folder, if it is not there; raise OSError."""
        os.makedirs(self._folder, exist_ok=True)

    def incoming(self) -> str:
        """Return a path that nobody else uses, for a download."""
        return private_name(self.beside("index"))

    def keep(self, incoming: str, state: State) -> None:
        """Put a downloaded file in its place, then the note; raise `OSError` when that is not possible."""
        _sync(incoming)
        os.replace(incoming, self.path(state))
        self.note(state)

    def note(self, state: State) -> None:
        """Replace the note, and drop the file that the last one was on; raise `OSError` when that is not possible."""
        before = self._noted()
        private = self.incoming()
        try:
            with open(private, "xb") as file:
                file.write(json.dumps(state._asdict()).encode())
            os.replace(private, os.path.join(self._folder, STATE_FILE))
        except OSError:
            discard(private)
            raise
        kept = _file_name(state)
        if before is not None and _file_name(before) != kept:
            discard(self.path(before))
        self._tidy(kept)

    def _noted(self) -> State | None:
        try:
            with open(os.path.join(self._folder, STATE_FILE), "rb") as file:
                return State.parse(file.read())
        except (OSError, ValueError, TypeError, RecursionError):
            return None

    def _tidy(self, kept: str) -> None:
        """Remove what processes left that were killed; what is young may be another's, who has not noted it yet."""
        now = self._clock()
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if name != kept and name not in KEPT and is_left_over(path, now):
                discard(path)


def _file_name(state: State) -> str:
    return f"{state.sha256[:16]}-{state.url.rpartition('/')[2]}"


def cache_key(url: str, access: str) -> str:
    """Return the name of the folder for a subdir's URL; `access` is the same with its credentials.

    Other logins may see other packages. Of credentials the name holds a digest that says nothing of them.
    """
    key = f"{crc32(_octets(url)):08x}"
    if access == url:
        return key
    import hashlib  # noqa: PLC0415 - costs 2 ms, and few channels need it

    return f"{key}-{hashlib.sha256(_octets(access)).hexdigest()[:16]}"


def _octets(url: str) -> bytes:
    return f"{url.rstrip('/')}/".encode("utf-8", "surrogateescape")


def private_name(path: str) -> str:
    """Return a name beside a path that nobody else uses."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f"{_INCOMING}{os.getpid()}-{os.urandom(6).hex()}-{name}")


def discard(path: str) -> None:
    """Remove a file, if that is possible."""
    try:
        os.unlink(path)
    except OSError:
        pass


def stamp(path: str) -> str:
    """Return what changes when somebody replaces a file, or adds one to a folder or removes one; empty for nothing."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_ino} {status.st_mtime_ns}"


def is_left_over(path: str, now: float) -> bool:
    """Tell whether nobody has written to an unfinished file for so long that its process must be gone."""
    try:
        return now - os.lstat(path).st_mtime > _LEFT_OVER_SECONDS
    except OSError:
        return False


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
