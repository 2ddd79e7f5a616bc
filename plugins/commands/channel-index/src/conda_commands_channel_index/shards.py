"""Sharded repodata: an index of names, and a small file for each of them (CEP 16)."""

from __future__ import annotations

import msgspec

from conda_commands_channel_index.documents import revision_3, sections

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from conda_commands_channel_index.archive import Description

INDEX_FILE = "repodata_shards.msgpack.zst"
FOLDER = "shards"
SUFFIX = ".msgpack.zst"
VERSION = 1

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def shards(described: Mapping[str, Description]) -> dict[str, bytes]:
    """Return the shard of every name, before it is compressed, sorted by name."""
    by_name: dict[str, dict[str, Description]] = {}
    for file_name, each in sorted(described.items()):
        by_name.setdefault(str(each.record["name"]).lower(), {})[file_name] = each
    return {name: _encode(_shard(group)) for name, group in sorted(by_name.items())}


def shard_index(subdir: str, digests: Mapping[str, bytes], base_url: str) -> bytes:
    """Return the index, before it is compressed; `digests` are those of the compressed shards by name."""
    info = {"base_url": base_url, "shards_base_url": f"./{FOLDER}/", "subdir": subdir}
    return _encode({"info": info, "shards": dict(digests), "version": VERSION})


def shard_file(digest: bytes) -> str:
    """Return the name of the file of a shard."""
    return digest.hex() + SUFFIX


def _shard(described: Mapping[str, Description]) -> dict[str, Any]:
    records = {
        file_name: {
            **each.record,
            "md5": bytes.fromhex(each.record["md5"]),
            "run_exports": each.run_exports,
            "sha256": bytes.fromhex(each.record["sha256"]),
        }
        for file_name, each in described.items()
    }
    return sections(records, revision_3(described))
