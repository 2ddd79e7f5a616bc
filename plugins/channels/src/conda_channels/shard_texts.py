"""The shards of a channel: one for every name, named for its digest, never old (CEP 16)."""

from __future__ import annotations

import os

from conda_channels.pack import Pack
from conda_channels.package_base import package_base
from conda_kernel.model.channel_url import url_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_channels.made_pack import MendingPack
    from conda_channels.origin import Origin
    from conda_channels.place import Place
    from conda_channels.shard_reading import ShardReader
    from conda_channels.shard_store import ShardStore
    from conda_kernel.model.fetching import FetchRequest

INDEX_FILE = "repodata_shards.msgpack.zst"
SHARD_SUFFIX = ".msgpack.zst"

LARGEST_SHARD = 1 << 24
"""Bytes of a shard that are unpacked at most."""

_NO_FILES: frozenset[str] = frozenset()


class ShardTexts:
    """The texts that an index of shards leads to, of which a pack was made.

    `store` has the shards that were brought, `ask_again` reads the index anew from its server.
    """

    is_json = False

    def __init__(
        self,
        pack: MendingPack,
        origin: Origin,
        place: Place,
        store: ShardStore,
        ask_again: Callable[[], ShardTexts | None] | None = None,
    ) -> None:
        self.base_url = package_base(place.url, origin.packages_url)
        self.revisions = origin.revisions
        self.relations = origin.relations
        self.edition = origin.state
        self._url = package_base(place.url, origin.shards_url)
        self._pack = pack
        self._digests: dict[str, bytes] = {}
        self._place = place
        self.is_complete = self._url.startswith("file://")
        self._store = store
        self._ask_again = ask_again
        self._made_reader: ShardReader | None = None

    def names(self) -> Iterable[str]:
        """Return the names."""
        return self._pack.read(Pack.names)

    def removed(self) -> frozenset[str]:
        """Return nothing: every shard says it of its own files."""
        return _NO_FILES

    def digest(self, name: str) -> bytes:
        """Return the digest of a name's shard."""
        digest = self._digests.get(name)
        if digest is None:
            digest = self._digests[name] = self._pack.read(lambda pack: pack.digest(name))
        return digest

    def contents(self, name: str) -> list[bytes] | None:
        """Return a name's shard; `None` when it is not here, or is not what the index says."""
        digest = self.digest(name)
        content = self._read(digest) if self.is_complete else self._store.content(name, digest)
        if content is None:
            return None
        found = self._reader.unpacked(content, digest, LARGEST_SHARD)
        if found is None and not self.is_complete:
            self._store.drop(name, digest)
        return [found] if found is not None else None

    def state(self) -> str:
        """Return what changes when the index does, or shards are kept or removed."""
        return f"{self.edition} {self._store.state()}"

    def requests(self, names: Iterable[str]) -> dict[FetchRequest, str]:
        """Return what must be downloaded: the shards of those names that are there and not here."""
        digests = [(name, digest) for name in names if (digest := self.digest(name))]
        holds = self._store.holds
        return {self._request(name, digest): name for name, digest in digests if not holds(name, digest)}

    def take(self, name: str, content: bytes) -> None:
        """Take a shard that was asked for."""
        self._store.add(name, self.digest(name), content)

    def keep(self) -> None:
        """Keep what was taken; the shards that the index no longer names are not kept with it."""
        self._store.save(lambda name, digest: self.digest(name) == digest)

    def renewed(self) -> ShardTexts | None:
        """Return the texts of the channel's present index, once."""
        ask, self._ask_again = self._ask_again, None
        return ask() if ask is not None else None

    @property
    def _reader(self) -> ShardReader:
        if self._made_reader is None:
            from conda_channels.shard_reading import ShardReader  # noqa: PLC0415 - what was read once needs no reader

            self._made_reader = ShardReader()
        return self._made_reader

    def _read(self, digest: bytes) -> bytes | None:
        try:
            with open(os.path.join(url_path(self._url), digest.hex() + SHARD_SUFFIX), "rb") as file:
                return file.read()
        except OSError:
            return None

    def _request(self, name: str, digest: bytes) -> FetchRequest:
        from conda_kernel.model.fetching import FetchRequest  # noqa: PLC0415 - often all shards are here

        channel, url = self._place.channel, f"{self._url}/{digest.hex()}{SHARD_SUFFIX}"
        access = channel.authenticated_url(url) if channel.has_credentials else None
        title = f"{self._place} {name}"
        return FetchRequest(
            url, None, access=access, name=title, sha256=digest.hex(), largest=LARGEST_SHARD, is_small=True
        )
