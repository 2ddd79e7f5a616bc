"""What was read from the archives of a subdir and what was made of it, kept so that it is done once."""

from __future__ import annotations

import os
from typing import Any

import msgspec
import zstandard

from conda_commands_channel_index.archive import Description  # noqa: TC001 - msgspec reads the annotations
from conda_commands_channel_index.writing import write_file

FOLDER = ".cache"
VERSION = 1
LARGEST = 1 << 31


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """By what an archive is known to be the one that was read: size in bytes, times in nanoseconds."""

    size: int
    modified: int
    changed: int


class Reading(msgspec.Struct, frozen=True):
    """An archive that was read, and what it says."""

    mark: Mark
    description: Description


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """Something compressed: its SHA-256, and its size in bytes."""

    sha256: bytes
    size: int


class Kept(msgspec.Struct, frozen=True):
    """Readings by the name of the file, and what became of content that was compressed, by the SHA-256 of it."""

    readings: dict[str, Reading]
    frames: dict[bytes, Frame]
    version: int = VERSION


class KeptFile:
    """The file that is kept of one subdir of a channel."""

    def __init__(self, channel: str, subdir: str) -> None:
        self._path = os.path.join(channel, FOLDER, f"{subdir}.msgpack.zst")

    def load(self) -> Kept:
        """Return what was kept: nothing when it cannot be read."""
        try:
            with open(self._path, "rb") as file:
                content = zstandard.ZstdDecompressor().decompress(file.read(), max_output_size=LARGEST)
            kept = msgspec.msgpack.decode(content, type=Kept)
        except (OSError, zstandard.ZstdError, msgspec.DecodeError, RecursionError, MemoryError):
            return Kept({}, {})
        return kept if kept.version == VERSION and all(map(_is_whole, kept.readings.values())) else Kept({}, {})

    def save(self, kept: Kept) -> None:
        """Keep this; raise `OSError` when that cannot be done."""
        write_file(self._path, zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(kept)))


def mark_of(path: str) -> Mark:
    """Return by what an archive is known; raise `OSError`."""
    status = os.stat(path)
    return Mark(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_whole(reading: Reading) -> bool:
    record: dict[str, Any] = reading.description.record
    return all(isinstance(record.get(key), str) for key in ("name", "md5", "sha256"))
