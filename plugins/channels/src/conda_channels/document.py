"""Reads a repodata file as far as needed to find the records of a name (CEP 36)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import zstandard

from conda_kernel.errors import ChannelUnavailable
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1 << 31
"""Bytes of the largest index that is unpacked; the largest real one has about a fifth of it."""

KNOWN_VERSION = 2

_PIECE = 1 << 22
_STEP = 1 << 12  # unpacks to 128 MiB at most
_TRUNCATED = "it is not complete"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_GZIP = b"\x1f\x8b"


class InvalidRepodata(ChannelUnavailable):
    """A channel has something in the place of its index that is none."""


class Info(msgspec.Struct):
    """What the file says of itself."""

    subdir: str | None = None
    base_url: str | None = None
    repodata_version: int | None = None


class Document(msgspec.Struct):
    """The file: its records are known by their file names, and not yet decoded."""

    info: Info | None = None
    old: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="packages")
    new: dict[str, msgspec.Raw] | None = msgspec.field(default=None, name="packages.conda")
    removed: list[str] | None = None
    repodata_version: int | None = None


def read_document(content: bytes, url: str, subdir: str) -> Document:
    """Return the document in a file that is compressed or not; an empty file is an empty document.

    Raises `InvalidRepodata` when it is no repodata, is that of another subdir, or of a version that is not known.
    """
    try:
        text = _unpacked(content)
        document = msgspec.json.decode(text, type=Document) if text.strip(b" \t\r\n") else Document()
    except (msgspec.DecodeError, zstandard.ZstdError, zlib.error, RecursionError, ValueError) as error:
        raise _invalid(url, f"holds no index: {printable(str(error))}") from error
    info = document.info or Info()
    if info.subdir is not None and info.subdir != subdir:
        raise _invalid(url, f"is the index of `{printable(info.subdir[:80])}` instead of `{subdir}`")
    version = max(document.repodata_version or 1, info.repodata_version or 1)
    if version > KNOWN_VERSION:
        raise InvalidRepodata(
            f"the index at `{url}` has the format {version}, which is too new",
            hint="update the package manager",
            url=url,
        )
    return document


def _invalid(url: str, fault: str) -> InvalidRepodata:
    return InvalidRepodata(
        f"the file `{url}` {fault}",
        hint="check the URL of the channel; a proxy or a login page may have answered in its place",
        url=url,
    )


def _unpacked(content: bytes) -> bytes:
    """Return the text of a file; what it is packed with is told by its first bytes, since headers often are wrong."""
    if content.startswith(_ZSTANDARD):
        return _joined(_zstandard_pieces(content))
    if content.startswith(_GZIP):
        return _joined(_gzip_pieces(content))
    return content


def _joined(pieces: Iterator[bytes]) -> bytes:
    found = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST:
            raise ValueError(f"it unpacks to more than {LARGEST} bytes")
        found.append(piece)
    return b"".join(found)


def _zstandard_pieces(content: bytes) -> Iterator[bytes]:
    position = 0
    decompressor = zstandard.ZstdDecompressor()
    while position < len(content):
        frame = decompressor.decompressobj()
        while not frame.eof:
            if position == len(content):
                raise ValueError(_TRUNCATED)
            step = content[position : position + _STEP]
            yield frame.decompress(step)
            position += len(step)
        position -= len(frame.unused_data)


def _gzip_pieces(content: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    while content and not unpacker.eof:
        yield unpacker.decompress(content, _PIECE)
        content = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise ValueError(_TRUNCATED)
