"""The index of a sharded channel: which shard, by its digest, has the packages of a name (CEP 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import zstandard

from conda_channels.document import InvalidRepodata, invalid
from conda_channels.entries import VIRTUAL
from conda_channels.package_base import package_base
from conda_channels.revisions import Revision, unknown_revisions
from conda_channels.unpacking import unpacked
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from conda_channels.place import Place

INDEX_FILE = "repodata_shards.msgpack.zst"
SHARD_SUFFIX = ".msgpack.zst"

LARGEST_INDEX, LARGEST_SHARD = 1 << 27, 1 << 24
"""Bytes of an index, and of a shard, that are unpacked at most."""

KNOWN_VERSION = 1

_OCTETS = 32


class ShardInfo(msgspec.Struct):
    """What the index says of itself."""

    subdir: str | None = None
    base_url: str | None = None
    shards_base_url: str | None = None
    repodata_revisions: Any = None


class ShardDocument(msgspec.Struct):
    """The index as it should be."""

    shards: dict[str, bytes]
    info: ShardInfo | None = None
    version: int | None = None
    repodata_version: int | None = None


class OddShardDocument(msgspec.Struct):
    """The index as it also is: digests may be text."""

    shards: dict[str, Any]
    info: ShardInfo | None = None
    version: int | None = None
    repodata_version: int | None = None


class ShardIndex(NamedTuple):
    """Where packages and shards lie, without trailing slash, and the digest of the shard of every name.

    `revisions` are those that cannot be read here.
    """

    base_url: str
    shards_url: str
    digests: dict[str, bytes]
    revisions: tuple[Revision, ...] = ()


_decode = msgspec.msgpack.Decoder(ShardDocument).decode
_decode_odd = msgspec.msgpack.Decoder(OddShardDocument).decode


def read_shard_index(content: bytes, url: str, place: Place) -> ShardIndex:
    """Return the index in a file; raise `InvalidRepodata` for what is none, is another subdir's, or is too new."""
    try:
        document = _document(unpacked(content, LARGEST_INDEX))
        digests = _digests(document.shards)
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
        unknown_revisions(info.repodata_revisions),
    )


def _document(content: bytes) -> ShardDocument | OddShardDocument:
    try:
        return _decode(content)
    except msgspec.ValidationError:
        return _decode_odd(content)


def _digests(shards: dict[str, Any]) -> dict[str, bytes]:
    """Return the digests of real packages; there are tens of thousands, so each check goes over all in one step."""
    if set(map(type, shards.values())) - {bytes}:
        shards = {name: bytes.fromhex(digest) if isinstance(digest, str) else digest for name, digest in shards.items()}
    if set(map(type, shards.values())) - {bytes} or set(map(len, shards.values())) - {_OCTETS}:
        raise ValueError(f"the digest of a shard has not {_OCTETS} octets")
    for name in [name for name in shards if name.startswith(VIRTUAL)]:
        del shards[name]
    return shards
