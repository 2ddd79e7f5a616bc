"""Packs and unpacks frames of Zstandard, with the module that Python has from 3.14 on, before that its backport.

It is loaded in a quarter of the time that `zstandard` takes, which imports `typing` and `platform`.
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor, ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdCompressor, ZstdDecompressor, ZstdError

__all__ = ["ZstdCompressor", "ZstdDecompressor", "ZstdError", "one_frame"]


def one_frame(content: bytes, limit: int) -> bytes | None:
    """Return what a frame holds; `None` for more or less than a whole one, and where it holds more than the limit."""
    frame = ZstdDecompressor()
    try:
        found = frame.decompress(content, limit)
    except ZstdError:
        return None
    return found if frame.eof and not frame.unused_data else None
