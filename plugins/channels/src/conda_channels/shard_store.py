"""The shards that were brought, in a few packs.

As files of their own they would be hundreds, and making one takes longer than bringing what it holds. What a command
brings is a new pack; it takes over what smaller ones have, so that there are only a few, and a byte is copied only as
often as the whole doubles. Of two commands that do so at once each has its own.
"""

from __future__ import annotations

import os

from conda_channels.cache import discard, is_left_over, private_name, stamp
from conda_channels.pack import Damaged, Pack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KIND = b"shards 1"
SUFFIX = ".pack"

ALWAYS_TAKEN = 1 << 20
"""Bytes of a pack that is not worth leaving alone."""


class ShardStore:
    """The shards in `folder`, by the names of packages and their digests; what cannot be read is not there.

    Nothing is opened before it is asked for.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._new: dict[str, tuple[bytes, bytes]] = {}
        self._known: dict[str, Pack] | None = None

    def holds(self, name: str, digest: bytes) -> bool:
        """Tell whether there is a shard."""
        return self._is_new(name, digest) or any(self._holders(name, digest))

    def content(self, name: str, digest: bytes) -> bytes | None:
        """Return a shard as it came; `None` when it is not there."""
        if self._is_new(name, digest):
            return self._new[name][1]
        for path in self._holders(name, digest):
            try:
                return self._packs[path].pieces(name)[0]
            except (Damaged, LookupError):
                self._drop(path)
        return None

    def state(self) -> str:
        """Return what changes when shards are kept or removed."""
        return stamp(self._folder)

    def add(self, name: str, digest: bytes, content: bytes) -> None:
        """Take a shard that was brought."""
        self._new[name] = (digest, content)

    def drop(self, name: str, digest: bytes) -> None:
        """Let go of a shard that is not what its digest says, and of what was written with it."""
        self._new.pop(name, None)
        for path in tuple(self._holders(name, digest)):
            self._drop(path)

    def save(self, is_wanted: Callable[[str, bytes], bool]) -> None:
        """Keep what is new, and go on keeping what is wanted; where nothing can be written it stays in memory."""
        if not self._new:
            return
        taken = self._small(sum(len(content) for _, content in self._new.values()))
        path = os.path.join(self._folder, f"{os.urandom(8).hex()}{SUFFIX}")
        try:
            os.makedirs(self._folder, exist_ok=True)
            self._write(path, taken, is_wanted)
        except OSError:
            return
        pack = Pack.at(path)
        if pack is not None:
            self._packs[path] = pack
            self._new.clear()
            for old in taken:
                self._drop(old)

    def tidy(self, now: float) -> None:
        """Remove what killed processes left; `now` is in seconds since 1970."""
        for path in _files(self._folder):
            if not path.endswith(SUFFIX) and is_left_over(path, now):
                discard(path)

    @property
    def _packs(self) -> dict[str, Pack]:
        """The packs, by their paths."""
        if self._known is None:
            opened = {path: Pack.at(path) for path in _files(self._folder) if path.endswith(SUFFIX)}
            self._known = {path: pack for path, pack in opened.items() if pack is not None and pack.about == KIND}
            for path in (path for path, pack in opened.items() if pack is None):
                discard(path)
        return self._known

    def _is_new(self, name: str, digest: bytes) -> bool:
        return name in self._new and self._new[name][0] == digest

    def _holders(self, name: str, digest: bytes) -> Iterator[str]:
        """Yield the paths of the packs that have a shard."""
        for path, pack in tuple(self._packs.items()):
            try:
                if pack.digest(name) == digest:
                    yield path
            except Damaged:
                self._drop(path)

    def _drop(self, path: str) -> None:
        self._packs.pop(path, None)
        discard(path)

    def _small(self, size: int) -> list[str]:
        """Return the packs to be taken over together with so many new bytes."""
        sizes = sorted((_size(path), path) for path in self._packs)
        taken = []
        for found, path in sizes:
            if found > max(ALWAYS_TAKEN, 2 * size):
                break
            taken.append(path)
            size += found
        return taken

    def _write(self, path: str, taken: list[str], is_wanted: Callable[[str, bytes], bool]) -> None:
        from conda_channels.pack_writer import PackWriter  # noqa: PLC0415 - for those who have something new

        # It does not end as packs do, so that nobody opens it before it is whole.
        private = private_name(path.removesuffix(SUFFIX))
        try:
            with open(private, "xb") as file:
                writer = PackWriter(file)
                for name, (digest, content) in self._new.items():
                    writer.add(name, content, digest)
                written = set(self._new)
                for name, digest, content in self._pieces(taken):
                    if name not in written and is_wanted(name, digest):
                        writer.add(name, content, digest)
                        written.add(name)
                writer.finish(KIND)
            os.replace(private, path)
        except OSError:
            discard(private)
            raise

    def _pieces(self, paths: list[str]) -> Iterator[tuple[str, bytes, bytes]]:
        for path in paths:
            pack = self._packs[path]
            try:
                for name in pack.names():
                    yield name, pack.digest(name), pack.pieces(name)[0]
            except (Damaged, LookupError):
                continue


def _files(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
