"""The index of a sharded channel: which shard, by its digest, has the packages of a name (CEP 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import zstandard

from conda_channels.document import InvalidRepodata, invalid
from conda_channels.entries import VIRTUAL
from conda_channels.package_base import package_base
from conda_channels.unpacking import unpacked
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from conda_channels.place import Place

INDEX_FILE = "repodata_shards.msgpack.zst"
SHARD_SUFFIX = ".msgpack.zst"

LARGEST_INDEX, LARGEST_SHARD = 1 << 27, 1 << 24
"""Bytes of an index, and of a shard, that are unpacked at most."""

KNOWN_VERSION = 1


class ShardInfo(msgspec.Struct):
    """What the index says of itself."""

    subdir: str | None = None
    base_url: str | None = None
    shards_base_url: str | None = None


class ShardDocument(msgspec.Struct):
    """The index as it is written."""

    shards: dict[str, Any]
    info: ShardInfo | None = None
    version: int | None = None
    repodata_version: int | None = None


class ShardIndex(NamedTuple):
    """Where packages and shards lie, without trailing slash, and the digest of the shard of every name."""

    base_url: str
    shards_url: str
    digests: dict[str, bytes]


_decode = msgspec.msgpack.Decoder(ShardDocument).decode


def read_shard_index(content: bytes, url: str, place: Place) -> ShardIndex:
    """Return the index in a file; raise `InvalidRepodata` for what is none, is another subdir's, or is too new."""
    try:
        document = _decode(unpacked(content, LARGEST_INDEX))
        digests = {name: _digest(value) for name, value in document.shards.items() if not name.startswith(VIRTUAL)}
    except (msgspec.DecodeError, zstandard.ZstdError, RecursionError, ValueError) as error:
        raise invalid(url, f"holds no index: {printable(str(error))}") from error
    info = document.info or ShardInfo()
    if info.subdir is not None and info.subdir != place.subdir:
        raise invalid(url, f"is the index of `{printable(info.subdir[:80])}` instead of `{place.subdir}`")
    version = max(document.version or 1, document.repodata_version or 1)
    if version > KNOWN_VERSION:
        raise InvalidRepodata(f"the index at `{url}` has the format {version}, which is too new", url=url)
    return ShardIndex(
        package_base(place.url, info.base_url),
        package_base(place.url, info.shards_base_url),
        digests,
    )


def _digest(value: object) -> bytes:
    digest = bytes.fromhex(value) if isinstance(value, str) else value
    if not isinstance(digest, bytes) or len(digest) != 32:
        raise ValueError("the digest of a shard has not 32 octets")
    return digest
