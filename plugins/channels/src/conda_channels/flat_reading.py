"""Unpacks the documents of a pack that was made from a flat file."""

from __future__ import annotations


def unpacked_document(piece: bytes) -> bytes:
    """Return the text of a document in a pack; small ones are not packed."""
    if piece.startswith(b"{"):
        return piece
    from conda_channels.zstd import ZstdDecompressor  # noqa: PLC0415 - small channels have no packed ones

    return ZstdDecompressor().decompress(piece)
