"""The shards of a channel: a file for every name, kept under its digest, never old (CEP 16)."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import zstandard

from conda_channels.cache import discard
from conda_channels.entries import MSGPACK
from conda_channels.shard_index import LARGEST_SHARD, SHARD_SUFFIX
from conda_channels.unpacking import unpacked
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.fetching import FetchRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_channels.place import Place
    from conda_channels.shard_index import ShardIndex

_NO_FILES: frozenset[str] = frozenset()


class ShardTexts:
    """The texts that an index of shards leads to; `folder` is where the shards are kept.

    `again` reads the index anew from its server.
    """

    codec = MSGPACK

    def __init__(
        self, index: ShardIndex, place: Place, folder: str, again: Callable[[], ShardTexts | None] | None = None
    ) -> None:
        self.base_url = index.base_url
        self.revisions = index.revisions
        self._digests = index.digests
        self._url = index.shards_url
        self._place = place
        self._is_local = index.shards_url.startswith("file://")
        self._folder = url_path(index.shards_url) if self._is_local else folder
        self._again = again

    def names(self) -> Iterable[str]:
        """Return the names."""
        return self._digests.keys()

    def removed(self) -> frozenset[str]:
        """Return nothing: every shard says it of its own files."""
        return _NO_FILES

    def digest(self, name: str) -> bytes:
        """Return the digest of a name's shard."""
        return self._digests.get(name, b"")

    def contents(self, name: str) -> list[bytes] | None:
        """Return a name's shard; `None` when it is not here, or is not what the index says."""
        path = self._path(name)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            return None
        if hashlib.sha256(content).digest() != self._digests[name]:
            if not self._is_local:
                discard(path)
            return None
        try:
            return [unpacked(content, LARGEST_SHARD)]
        except (zstandard.ZstdError, ValueError, EOFError, OSError):
            # The channel's own mistake, which the reader of entries tells of.
            return [content]

    def requests(self, names: Iterable[str]) -> list[FetchRequest]:
        """Return what must be downloaded: the shards of those names that are there and not here."""
        if self._is_local:
            return []
        return [self._request(name) for name in names if name in self._digests and not os.path.exists(self._path(name))]

    def renewed(self) -> ShardTexts | None:
        """Return the texts of the channel's present index, once."""
        again, self._again = self._again, None
        return again() if again is not None else None

    def tidy(self) -> None:
        """Remove the shards that the index does not name."""
        known = {digest.hex() + SHARD_SUFFIX for digest in self._digests.values()}
        try:
            kept = os.listdir(self._folder)
        except OSError:
            return
        for name in kept:
            if name.endswith(SHARD_SUFFIX) and name not in known:
                discard(os.path.join(self._folder, name))

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, self._digests[name].hex() + SHARD_SUFFIX)

    def _request(self, name: str) -> FetchRequest:
        digest, channel = self._digests[name].hex(), self._place.channel
        url = f"{self._url}/{digest}{SHARD_SUFFIX}"
        access = channel.authenticated_url(url) if channel.has_credentials else None
        return FetchRequest(url, self._path(name), access=access, name=f"{self._place} {name}", sha256=digest)
