"""Reads the index of a sharded channel: which shard, by its digest, has the packages of a name (CEP 16)."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import msgspec

from conda_channels.digests import file_digest
from conda_channels.invalid import InvalidRepodata, NotKept, invalid
from conda_channels.origin import relations_text
from conda_channels.pack_writer import PackWriter
from conda_channels.package_names import VIRTUAL
from conda_channels.revisions import unknown_revisions
from conda_channels.unpacking import unpacked
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from conda_channels.origin import Origin
    from conda_channels.place import Place

LARGEST_INDEX = 1 << 27
"""Bytes of an index that are unpacked at most."""

KNOWN_VERSION = 1

_OCTETS = 32

_BEHIND_VIRTUAL = "_`"
"""Sorts behind all names of virtual packages, and before others."""


class ShardInfo(msgspec.Struct):
    """What the index says of itself."""

    subdir: str | None = None
    base_url: str | None = None
    shards_base_url: str | None = None
    repodata_revisions: Any = None
    channel_relations: Any = None


class ShardDocument(msgspec.Struct):
    """The index as it should be."""

    shards: dict[str, Annotated[bytes, msgspec.Meta(min_length=_OCTETS, max_length=_OCTETS)]]
    info: ShardInfo | None = None
    version: int | None = None
    repodata_version: int | None = None


class OddShardDocument(msgspec.Struct):
    """The index as it also is: digests may be text."""

    shards: dict[str, Any]
    info: ShardInfo | None = None
    version: int | None = None
    repodata_version: int | None = None


_decode = msgspec.msgpack.Decoder(ShardDocument).decode
_decode_odd = msgspec.msgpack.Decoder(OddShardDocument).decode


def shard_pack_made(read: BinaryIO, file: BinaryIO, origin: Origin, place: Place) -> Origin:
    """Write a pack that has the digest of the shard of every name, and return the origin with what the index says.

    Raises `InvalidRepodata` for what is no index, is another subdir's, or is too new, and NotKept when the digest of
    the origin, if it has one, is not that of the file.
    """
    content = read.read()
    digest = file_digest(origin)
    digest.update(content)
    if origin.digest and digest.hexdigest() != origin.digest:
        raise NotKept
    document, digests = _read(content, origin.url)
    info = document.info or ShardInfo()
    if info.subdir is not None and info.subdir != place.subdir:
        raise invalid(origin.url, f"is the index of `{printable(info.subdir[:80])}` instead of `{place.subdir}`")
    version = max(document.version or 1, document.repodata_version or 1)
    if version > KNOWN_VERSION:
        raise InvalidRepodata(f"the index at `{origin.url}` has the format {version}, which is too new", url=origin.url)
    origin = origin._replace(
        digest=digest.hexdigest(),
        packages_url=info.base_url or "",
        shards_url=info.shards_base_url or "",
        revisions=unknown_revisions(info.repodata_revisions),
        relations=relations_text(info.channel_relations),
    )
    PackWriter(file).finish_with_digests(digests, origin.written())
    return origin


def _read(content: bytes, url: str) -> tuple[ShardDocument | OddShardDocument, dict[str, bytes]]:
    """Return an index, and the digests in it without those of the packages that stand for the machine."""
    try:
        document = _document(unpacked(content, LARGEST_INDEX))
        digests = document.shards if isinstance(document, ShardDocument) else _digests(document.shards)
    except (msgspec.DecodeError, EOFError, OSError, RecursionError, ValueError) as error:
        raise invalid(url, f"holds no index: {printable(str(error))}") from error
    names = sorted(digests)
    for name in names[bisect_left(names, VIRTUAL) : bisect_left(names, _BEHIND_VIRTUAL)]:
        del digests[name]
    return document, digests


def _document(content: bytes) -> ShardDocument | OddShardDocument:
    try:
        return _decode(content)
    except msgspec.ValidationError:
        return _decode_odd(content)


def _digests(shards: dict[str, Any]) -> dict[str, bytes]:
    digests = {name: bytes.fromhex(digest) if isinstance(digest, str) else digest for name, digest in shards.items()}
    if any(type(digest) is not bytes or len(digest) != _OCTETS for digest in digests.values()):
        raise ValueError(f"the digest of a shard has not {_OCTETS} octets")
    return digests
