"""What tells one content from another, without OpenSSL where nothing came from a server: to load it takes 3 ms."""

from __future__ import annotations

from binascii import crc32

from conda_channels.pack import DIGEST

try:
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import _Hash

    from conda_channels.origin import Origin


def piece_digest(content: bytes) -> bytes:
    """Return what tells the piece of a pack from others."""
    return blake2b(content, digest_size=DIGEST).digest()


class Checksum:
    """The CRC-32 of a file on this machine, with the methods of a digest: `stat` tells nearly all changes of it."""

    def __init__(self) -> None:
        self._sum = 0

    def update(self, content: bytes) -> None:
        """Take more of the file."""
        self._sum = crc32(content, self._sum)

    def hexdigest(self) -> str:
        """Return the sum of what was taken."""
        return f"{self._sum:08x}"


def file_digest(origin: Origin) -> Checksum | _Hash:
    """Return the digest of a file, to be updated."""
    if origin.stamp:
        return Checksum()
    import hashlib  # noqa: PLC0415 - for what a server sent

    return hashlib.sha256()
