"""The shards of a channel: a file for every name, kept under its digest, never old (CEP 16)."""

from __future__ import annotations

import os

from conda_channels.cache import discard, is_left_over
from conda_channels.pack import Damaged, Pack
from conda_channels.package_base import package_base
from conda_kernel.model.channel_url import url_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_channels.made_pack import MendingPack
    from conda_channels.origin import Origin
    from conda_channels.place import Place
    from conda_kernel.model.fetching import FetchRequest

INDEX_FILE = "repodata_shards.msgpack.zst"
SHARD_SUFFIX = ".msgpack.zst"

LARGEST_SHARD = 1 << 24
"""Bytes of a shard that are unpacked at most."""

_NO_FILES: frozenset[str] = frozenset()


class ShardTexts:
    """The texts that an index of shards leads to, of which a pack was made.

    `folder` is where the shards are kept, `ask_again` reads the index anew from its server.
    """

    is_json = False

    def __init__(
        self,
        pack: MendingPack,
        origin: Origin,
        place: Place,
        folder: str,
        ask_again: Callable[[], ShardTexts | None] | None = None,
    ) -> None:
        self.base_url = package_base(place.url, origin.packages_url)
        self.revisions = origin.revisions
        self.relations = origin.relations
        self._sha256 = origin.sha256
        self._url = package_base(place.url, origin.shards_url)
        self._pack = pack
        self._place = place
        self.is_complete = self._url.startswith("file://")
        self._folder = url_path(self._url) if self.is_complete else folder
        self._ask_again = ask_again

    def names(self) -> Iterable[str]:
        """Return the names."""
        return self._pack.read(Pack.names)

    def removed(self) -> frozenset[str]:
        """Return nothing: every shard says it of its own files."""
        return _NO_FILES

    def digest(self, name: str) -> bytes:
        """Return the digest of a name's shard."""
        return self._pack.read(lambda pack: pack.digest(name))

    def contents(self, name: str) -> list[bytes] | None:
        """Return a name's shard; `None` when it is not here, or is not what the index says."""
        from conda_channels.shard_reading import unpacked_shard  # noqa: PLC0415 - what was read once needs no reader

        digest = self.digest(name)
        path = self._path(digest)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            return None
        found = unpacked_shard(content, digest, LARGEST_SHARD)
        if found is None and not self.is_complete:
            discard(path)
        return [found] if found is not None else None

    def requests(self, names: Iterable[str]) -> list[FetchRequest]:
        """Return what must be downloaded: the shards of those names that are there and not here."""
        digests = [(name, digest) for name in names if (digest := self.digest(name))]
        return [self._request(name, digest) for name, digest in digests if not os.path.exists(self._path(digest))]

    def renewed(self) -> ShardTexts | None:
        """Return the texts of the channel's present index, once."""
        ask, self._ask_again = self._ask_again, None
        return ask() if ask is not None else None

    def tidy(self, now: float, sha256: str) -> None:
        """Remove what killed processes left, and the shards that the index no longer names.

        `now` is in seconds since 1970; of an index that has the digest `sha256` there are no such shards.
        """
        try:
            kept = os.listdir(self._folder)
            known = self._files() if sha256 != self._sha256 else frozenset(kept)
        except (OSError, Damaged):
            return
        for name in kept:
            path = os.path.join(self._folder, name)
            if name not in known if name.endswith(SHARD_SUFFIX) else is_left_over(path, now):
                discard(path)

    def _files(self) -> frozenset[str]:
        return frozenset(digest.hex() + SHARD_SUFFIX for digest in self._pack.read(Pack.digests, mends=False))

    def _path(self, digest: bytes) -> str:
        return os.path.join(self._folder, digest.hex() + SHARD_SUFFIX)

    def _request(self, name: str, digest: bytes) -> FetchRequest:
        from conda_kernel.model.fetching import FetchRequest  # noqa: PLC0415 - often all shards are here

        channel, url = self._place.channel, f"{self._url}/{digest.hex()}{SHARD_SUFFIX}"
        access = channel.authenticated_url(url) if channel.has_credentials else None
        title = f"{self._place} {name}"
        return FetchRequest(url, self._path(digest), access=access, name=title, sha256=digest.hex(), is_small=True)
