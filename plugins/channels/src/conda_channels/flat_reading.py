"""Unpacks the documents of a pack that was made from a flat file."""

from __future__ import annotations

from conda_channels.document import LARGEST


def unpacked_document(piece: bytes) -> bytes:
    """Return the text of a document in a pack; small ones are not packed."""
    if piece.startswith(b"{"):
        return piece
    import zstandard  # noqa: PLC0415 - costs 3 ms, and small channels have no packed ones

    return zstandard.ZstdDecompressor().decompress(piece, max_output_size=LARGEST)
