"""The pack that is made of a channel's file, once, and opened as long as the file is the same."""

from __future__ import annotations

import os
import time
from functools import partial
from io import BytesIO

from conda_channels.cache import PACK_FILE, discard, private_name
from conda_channels.invalid import NotKept
from conda_channels.origin import Origin
from conda_channels.pack import BUFFER, Damaged, Pack
from conda_kernel.errors import ChannelUnavailable
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.event import Warned
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO, TypeVar

    from conda_channels.cache import RepodataCache, State
    from conda_channels.place import Place
    from conda_kernel.model.event import Event

    Make = Callable[[BinaryIO, BinaryIO, Origin, Place, Pack | None], Origin]
    """Writes the pack of an open file to another, and returns the origin with what the file says.

    It is given the pack of an earlier file of the same place, if there is one.
    Raises `InvalidRepodata`, and NotKept when the digest of the origin, if it has one, is not that of the file.
    """

    Made = tuple["MendingPack", Origin]

    T = TypeVar("T")


_RACY_NS = 2 * 10**9
"""A file that was changed so shortly before it was read can change again and look the same to `stat`."""


class MendingPack:
    """A pack that is made again when a part that is read proves to be damaged."""

    def __init__(self, pack: Pack, again: Callable[[], Pack]) -> None:
        self._pack = pack
        self._again = again

    def read(self, ask: Callable[[Pack], T], *, mends: bool = True) -> T:
        """Return what a pack answers; raise `Damaged` if it shall not be mended, `ChannelUnavailable` if it cannot."""
        try:
            return ask(self._pack)
        except Damaged:
            if not mends:
                raise
            self._pack = self._again()
            return ask(self._pack)


class MadePack:
    """The pack of one place, in the cache or, where nothing can be written, in memory."""

    def __init__(self, place: Place, cache: RepodataCache, make: Make, tell: Callable[[Event], None]) -> None:
        self.place = place
        self._path = cache.beside(PACK_FILE)
        self._make = make
        self._tell = tell

    def of_kept(self, path: str, state: State) -> Made:
        """Return the pack of a file in the cache, which a note tells of.

        Raises `InvalidRepodata`, and NotKept when the file is not the one of the note.
        """
        found = self._opened()
        if found is None or (found[1].url, found[1].digest) != (state.url, state.sha256):
            found = self._made(path, Origin(state.url, state.sha256), found)
        return self._mending(path, *found)

    def of_this_machine(self, names: Sequence[str]) -> Made | None:
        """Return the pack of the first of the files that a channel on this machine has."""
        for name in names:
            url = f"{self.place.url}/{name}"
            path = url_path(url)
            try:
                return self._of_path(path, url)
            except (FileNotFoundError, NotADirectoryError, NotKept):
                continue
            except OSError as error:
                raise ChannelUnavailable(f"cannot read `{printable(path)}`: {error.strerror}", path=path) from error
        return None

    def _mending(self, path: str, pack: Pack, origin: Origin) -> Made:
        return MendingPack(pack, partial(self._again, path, origin)), origin

    def _again(self, path: str, origin: Origin) -> Pack:
        """Make a pack that is damaged again; raise `ChannelUnavailable` when the file is no longer the same."""
        try:
            return self._made(path, origin)[0]
        except NotKept:
            raise ChannelUnavailable(
                f"the cached index of `{self.place}` is damaged", hint="run the command again", url=self.place.url
            ) from None

    def _of_path(self, path: str, url: str) -> Made:
        status = os.stat(path)
        stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
        found = self._opened()
        if found is None or not _is_of(found[1], path, url, stamp):
            found = self._made(path, Origin(url, "", stamp, time.time_ns()), found)
        return self._mending(path, *found)

    def _opened(self) -> tuple[Pack, Origin] | None:
        """Return the pack that is there, and what it was made from."""
        pack = Pack.at(self._path)
        if pack is None:
            return None
        try:
            return pack, Origin.of(pack.about)
        except (TypeError, ValueError):
            return None

    def _made(self, path: str, origin: Origin, found: tuple[Pack, Origin] | None = None) -> tuple[Pack, Origin]:
        """Make the pack of the file at a path; raise what the maker raises, and NotKept for no file."""
        before = found[0] if found is not None else None
        with _opened(path) as file:
            kept = self._kept(file, origin, before)
            if kept is not None:
                return kept
            file.seek(0)
            memory = BytesIO()
            origin = self._make(file, memory, origin, self.place, before)
            return Pack(memory), origin

    def _kept(self, read: BinaryIO, origin: Origin, before: Pack | None) -> tuple[Pack, Origin] | None:
        """Make the pack in the cache; where that is not possible say so and return nothing."""
        private = private_name(self._path)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(private, "xb", buffering=BUFFER) as file:
                self._make(read, file, origin, self.place, before)
            os.replace(private, self._path)
        except OSError as error:
            why = error.strerror or str(error)
            self._tell(Warned(f"the index of `{self.place}` cannot be kept for the next time: {why.lower()}"))
        else:
            # Another process may have put its own there in the meantime, which is as good.
            return self._opened()
        finally:
            discard(private)
        return None


def _opened(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise NotKept from error


def _is_of(origin: Origin, path: str, url: str, stamp: tuple[int, ...]) -> bool:
    if (origin.url, origin.stamp) != (url, stamp):
        return False
    if origin.made_ns - max(stamp[:2]) > _RACY_NS:
        return True
    from conda_channels.digests import Checksum  # noqa: PLC0415 - for the few files that are so new

    digest = Checksum()
    with open(path, "rb") as file:
        while content := file.read(BUFFER):
            digest.update(content)
    return digest.hexdigest() == origin.digest
