"""Unpacks shards."""

from __future__ import annotations

import hashlib

import zstandard

from conda_channels.unpacking import unpacked


def unpacked_shard(content: bytes, digest: bytes, limit: int) -> bytes | None:
    """Return what is in a shard, `None` when its digest is another one.

    What cannot be unpacked is the channel's own mistake: it comes back as it is, and the reader of entries tells of it.
    """
    if hashlib.sha256(content).digest() != digest:
        return None
    try:
        # Most are one frame that says how large it is.
        if 0 < zstandard.frame_content_size(content) <= limit:
            return zstandard.ZstdDecompressor().decompress(content, allow_extra_data=False)
    except zstandard.ZstdError:
        pass
    try:
        return unpacked(content, limit)
    except (zstandard.ZstdError, ValueError, EOFError, OSError):
        return content
