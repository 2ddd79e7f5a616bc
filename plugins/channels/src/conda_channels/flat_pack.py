"""Makes the pack of a flat file, once, and opens it as long as the file is the same."""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

import msgspec
import zstandard

from conda_channels.cache import PACK_FILE, discard
from conda_channels.document import LARGEST, invalid
from conda_channels.flat_texts import FORMAT, FlatContent, FlatTexts, Source
from conda_channels.pack import Pack, private_name
from conda_channels.refresh import NotKept
from conda_channels.revisions import unknown_revisions
from conda_channels.unpacking import pieces
from conda_kernel.errors import ChannelUnavailable
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.event import Warned
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conda_channels.cache import RepodataCache, State
    from conda_channels.place import Place
    from conda_kernel.model.event import Event

_NO_INDEX = (msgspec.DecodeError, zstandard.ZstdError, zlib.error, EOFError, RecursionError, ValueError)
_BLOCK = 1 << 20
_RACY_NS = 2 * 10**9
"""A file that was changed so shortly before it was read can change again and look the same to `stat`."""


class FlatPack:
    """The pack of one place, in the cache or, where nothing can be written, in memory."""

    def __init__(self, place: Place, cache: RepodataCache, tell: Callable[[Event], None]) -> None:
        self.place = place
        self.path = cache.beside(PACK_FILE)
        self._tell = tell

    def opened(self) -> tuple[Pack, Source] | None:
        """Return the pack that is there, and what it was made from."""
        pack = Pack.at(self.path)
        if pack is None:
            return None
        try:
            source = msgspec.msgpack.decode(pack.about, type=Source)
        except msgspec.DecodeError:
            return None
        return (pack, source) if source.format == FORMAT else None

    def made(self, path: str, source: Source) -> tuple[Pack, Source]:
        """Make the pack of the file at a path; the digest of the source, if it has one, must be that of the file.

        Raises `InvalidRepodata`, and NotKept for another digest or no file.
        """
        with _opened(path) as read:
            kept = self._kept(read, source)
            if kept is not None:
                return kept
            read.seek(0)
            memory = BytesIO()
            source = self._written(read, memory, source)
            return Pack(memory), source

    def _kept(self, read: BinaryIO, source: Source) -> tuple[Pack, Source] | None:
        """Make the pack in the cache; where that is not possible say so and return nothing."""
        private = private_name(self.path)
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with open(private, "xb") as file:
                source = self._written(read, file, source)
            os.replace(private, self.path)
        except OSError as error:
            why = error.strerror or str(error)
            self._tell(Warned(f"the index of `{self.place}` cannot be kept for the next time: {why.lower()}"))
        else:
            # Another process may have put its own there in the meantime, which is as good.
            return self.opened()
        finally:
            discard(private)
        return None

    def texts(self, path: str, made: tuple[Pack, Source]) -> FlatTexts:
        """Return the texts of a pack; `path` is that of the file that it is made from again when it is damaged."""
        pack, source = made

        def again() -> Pack:
            try:
                return self.made(path, source)[0]
            except NotKept:
                raise ChannelUnavailable(
                    f"the cached index of `{self.place}` is damaged", hint="run the command again", url=self.place.url
                ) from None

        return FlatTexts(pack, source, self.place, again)

    def _written(self, read: BinaryIO, file: BinaryIO, source: Source) -> Source:
        digest = hashlib.sha256()
        content = FlatContent(file)
        try:
            info = content.take(pieces(read, LARGEST, digest.update), source.url, self.place.subdir)
        except _NO_INDEX as error:
            while rest := read.read(_BLOCK):
                digest.update(rest)
            if source.sha256 and digest.hexdigest() != source.sha256:
                raise NotKept from error
            raise invalid(source.url, f"holds no index: {printable(str(error))}") from error
        if source.sha256 and digest.hexdigest() != source.sha256:
            raise NotKept
        source = msgspec.structs.replace(
            source,
            sha256=digest.hexdigest(),
            base_url=info.base_url or "",
            revisions=unknown_revisions(info.repodata_revisions),
        )
        content.finish(source)
        return source


def _opened(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise NotKept from error


def texts_of_kept(pack: FlatPack, path: str, state: State) -> FlatTexts:
    """Return the texts of a file in the cache, which a note tells of.

    Raises `InvalidRepodata`, and NotKept when the file is not the one of the note.
    """
    found = pack.opened()
    if found is None or (found[1].url, found[1].sha256) != (state.url, state.sha256):
        found = pack.made(path, Source(FORMAT, state.url, state.sha256))
    return pack.texts(path, found)


def texts_of_file(pack: FlatPack, names: Sequence[str]) -> FlatTexts | None:
    """Return the texts of the first of the files that a channel on this machine has."""
    for name in names:
        url = f"{pack.place.url}/{name}"
        path = url_path(url)
        try:
            return _texts_of_path(pack, path, url)
        except (FileNotFoundError, NotADirectoryError, NotKept):
            continue
        except OSError as error:
            raise ChannelUnavailable(f"cannot read `{printable(path)}`: {error.strerror}", path=path) from error
    return None


def _texts_of_path(pack: FlatPack, path: str, url: str) -> FlatTexts:
    status = os.stat(path)
    stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
    found = pack.opened()
    if found is None or not _is_of(found[1], path, url, stamp):
        found = pack.made(path, Source(FORMAT, url, "", stamp=stamp, made_ns=time.time_ns()))
    return pack.texts(path, found)


def _is_of(source: Source, path: str, url: str, stamp: tuple[int, ...]) -> bool:
    if (source.url, source.stamp) != (url, stamp):
        return False
    if source.made_ns - max(stamp[:2]) > _RACY_NS:
        return True
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
