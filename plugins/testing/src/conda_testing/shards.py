"""Writes the index and the shards of a subdir (CEP 16), with a MessagePack writer of its own."""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_testing.packages import Compress

INDEX_NAME = "repodata_shards.msgpack.zst"
SHARD_SUFFIX = ".msgpack.zst"

_DIGESTS = ("md5", "sha256")
_SECTIONS = ("packages", "packages.conda")


def packed(value: object) -> bytes:
    """Return a value as MessagePack; raises TypeError for what it has no form for here."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return struct.pack(">Bq", 0xD3, value)
        case str():
            text = value.encode()
            return struct.pack(">BI", 0xDB, len(text)) + text
        case bytes():
            return struct.pack(">BI", 0xC6, len(value)) + value
        case list() | tuple():
            return struct.pack(">BI", 0xDD, len(value)) + b"".join(map(packed, value))
        case dict():
            return struct.pack(">BI", 0xDF, len(value)) + b"".join(
                packed(each) for pair in value.items() for each in pair
            )
        case _:
            message = f"{type(value).__name__} is not written"
            raise TypeError(message)


def shard_of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what a repodata document says of one name, as a shard says it: digests are bytes."""
    shard: dict[str, Any] = {}
    for section in _SECTIONS:
        entries = document.get(section, {}).items()
        shard[section] = {file_name: _with_bytes(entry) for file_name, entry in entries if entry["name"] == name}
    shard["removed"] = [file_name for file_name in document.get("removed", ()) if file_name.rsplit("-", 2)[0] == name]
    return shard


def write_shards(
    folder: str, document: Mapping[str, Any], compress: Compress, shards_base_url: str = "./shards/"
) -> dict[str, str]:
    """Write the shards of a repodata document and the index that names them; return their digests by package name.

    Shards lie in `shards` below the folder, whatever the index says.
    """
    names = sorted({entry["name"] for section in _SECTIONS for entry in document.get(section, {}).values()})
    os.makedirs(os.path.join(folder, "shards"), exist_ok=True)
    digests = {}
    for name in names:
        content = compress(packed(shard_of(document, name)))
        digests[name] = hashlib.sha256(content).digest()
        with open(os.path.join(folder, "shards", digests[name].hex() + SHARD_SUFFIX), "wb") as file:
            file.write(content)
    info = {**document.get("info", {}), "shards_base_url": shards_base_url}
    info.setdefault("base_url", "")
    with open(os.path.join(folder, INDEX_NAME), "wb") as file:
        file.write(compress(packed({"version": 1, "info": info, "shards": digests})))
    return {name: digest.hex() for name, digest in digests.items()}


def _with_bytes(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: bytes.fromhex(value) if key in _DIGESTS else value for key, value in entry.items()}
