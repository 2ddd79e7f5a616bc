"""Reads the index of a sharded channel: which shard, by its digest, has the packages of a name (CEP 16)."""

from __future__ import annotations

from bisect import bisect_left

from conda_channels.digests import file_digest
from conda_channels.invalid import InvalidRepodata, NotKept, invalid
from conda_channels.message_pack import message_pack_octets
from conda_channels.origin import relations_text
from conda_channels.pack_writer import PackWriter
from conda_channels.package_names import VIRTUAL
from conda_channels.revisions import unknown_revisions
from conda_channels.unpacking import unpacked
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, TypeVar

    from conda_channels.origin import Origin
    from conda_channels.place import Place

    Kind = TypeVar("Kind")

LARGEST_INDEX = 1 << 27
"""Bytes of an index that are unpacked at most."""

KNOWN_VERSION = 1

_OCTETS = 32

_BEHIND_VIRTUAL = "_`"
"""Sorts behind all names of virtual packages, and before others."""


class ShardIndex(NamedTuple):
    """What an index says: the names of packages, sorted, a digest for each, and what it says of itself."""

    names: list[str]
    digests: list[bytes]
    version: int
    subdir: str | None
    base_url: str | None
    shards_base_url: str | None
    revisions: object
    relations: object

    @classmethod
    def parse(cls, content: bytes) -> ShardIndex:
        """Read the MessagePack of it; raise ValueError or RecursionError for what is something else."""
        document = message_pack_octets(content)
        shards = document.pop(b"shards", None) if isinstance(document, dict) else None
        if not isinstance(shards, dict):
            raise ValueError("there are no `shards`")  # noqa: TRY004 - as for all else that it may be
        about: Any = _with_texts(document)
        info = _member(about, "info", dict) or {}
        return cls(
            *_names_and_digests(shards),
            max(_member(about, name, int) or 1 for name in ("version", "repodata_version")),
            _member(info, "subdir", str),
            _member(info, "base_url", str),
            _member(info, "shards_base_url", str),
            info.get("repodata_revisions"),
            info.get("channel_relations"),
        )


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
    index = _index(content, origin.url)
    if index.subdir is not None and index.subdir != place.subdir:
        raise invalid(origin.url, f"is the index of `{printable(index.subdir[:80])}` instead of `{place.subdir}`")
    if index.version > KNOWN_VERSION:
        raise InvalidRepodata(
            f"the index at `{origin.url}` has the format {index.version}, which is too new", url=origin.url
        )
    origin = origin._replace(
        digest=digest.hexdigest(),
        packages_url=index.base_url or "",
        shards_url=index.shards_base_url or "",
        revisions=unknown_revisions(index.revisions),
        relations=relations_text(index.relations),
    )
    PackWriter(file).finish_with_digests(index.names, index.digests, origin.written())
    return origin


def _index(content: bytes, url: str) -> ShardIndex:
    """Return an index without the packages that stand for the machine; raise `InvalidRepodata`."""
    try:
        index = ShardIndex.parse(unpacked(content, LARGEST_INDEX))
    except (EOFError, OSError, RecursionError, ValueError) as error:
        raise invalid(url, f"holds no index: {printable(str(error))}") from error
    virtual = slice(bisect_left(index.names, VIRTUAL), bisect_left(index.names, _BEHIND_VIRTUAL))
    del index.names[virtual], index.digests[virtual]
    return index


def _with_texts(value: object) -> object:
    """Return a value with texts in the place of octets; raise ValueError for octets that are none."""
    if isinstance(value, bytes):
        return str(value, "utf-8")
    if isinstance(value, list):
        return list(map(_with_texts, value))
    if isinstance(value, dict):
        return {_with_texts(key): _with_texts(each) for key, each in value.items()}
    return value


def _member(members: dict[str, Any], name: str, kind: type[Kind]) -> Kind | None:
    """Return a member of a map, `None` when it is not there; raise ValueError when it is of another kind."""
    found = members.get(name)
    if found is not None and type(found) is not kind:
        raise ValueError(f"`{name}` is not as it must be")
    return found


def _names_and_digests(shards: dict[bytes, object]) -> tuple[list[str], list[bytes]]:
    """Return the names, sorted, and the digest of each, which may be text; raise ValueError for what is odd."""
    keys = sorted(shards)
    # All in one step, since there are thousands.
    names = str(b"\n".join(keys), "utf-8").split("\n") if keys else []
    if len(names) != len(keys):
        raise ValueError("the name of a package has more than one line")
    if keys != list(shards):
        shards = {key: shards[key] for key in keys}
    digests: list[Any] = list(shards.values())
    if set(map(type, digests)) - {bytes}:
        raise ValueError("the digest of a shard is neither octets nor text")
    if set(map(len, digests)) - {_OCTETS}:
        digests = [bytes.fromhex(str(each, "ascii")) if len(each) != _OCTETS else each for each in digests]
        if set(map(len, digests)) - {_OCTETS}:
            raise ValueError(f"the digest of a shard has not {_OCTETS} octets")
    return names, digests
