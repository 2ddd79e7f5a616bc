"""Brings the index of one subdir of a channel up to date."""

from __future__ import annotations

import hashlib
import os

from conda_commands_channel_index.archive import SUFFIXES
from conda_commands_channel_index.documents import json_file, repodata, run_exports
from conda_commands_channel_index.frames import Frames
from conda_commands_channel_index.readings import Frame, Kept, KeptFile, Reading, mark_of
from conda_commands_channel_index.shards import FOLDER, INDEX_FILE, SUFFIX, shard_file, shard_index, shards
from conda_commands_channel_index.writing import file_content, place_file, remove_old, write_file
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_commands_channel_index.archive import Description


class Archives(NamedTuple):
    """The archives of a subdir: what is known of those that were read before, and those that have to be read."""

    subdir: str
    known: dict[str, Reading]
    unread: tuple[str, ...]
    gone: int


class SubdirIndex:
    """The index of the archives in `channel/subdir`.

    `base_url` says where the packages of the channel are served, if not beside the index: those of each subdir below it
    (CEP 15). So many `threads` compress at once.
    """

    def __init__(self, channel: str, subdir: str, *, base_url: str, threads: int) -> None:
        self.subdir = subdir
        self._folder = os.path.join(channel, subdir)
        self._base_url = f"{base_url.rstrip('/')}/{subdir}/" if base_url else ""
        self._threads = threads
        self._file = KeptFile(channel, subdir)
        self._kept = self._file.load()

    def archives(self, *, reads_all: bool = False) -> Archives:
        """Return what archives there are; with `reads_all` nothing is known of any. Raises `OSError`."""
        names = sorted(name for name in os.listdir(self._folder) if name.endswith(SUFFIXES) and name[0] != ".")
        kept = self._kept.readings
        known = {name: kept[name] for name in names if not reads_all and name in kept and self._is_same(name)}
        unread = tuple(name for name in names if name not in known)
        return Archives(self.subdir, known, unread, len(kept.keys() - set(names)))

    def path(self, name: str) -> str:
        """Return the path of a file of the subdir."""
        return os.path.join(self._folder, name)

    def write(self, readings: Mapping[str, Reading], now: float) -> int:
        """Write the files of the index and return how many had to be; `now` is in seconds since 1970.

        Shards come before the index that names them. Those that it does not name any more stay for a day, for those who
        still read by an older one. Raises `OSError`.
        """
        described = {name: reading.description for name, reading in sorted(readings.items())}
        frames = Frames(self._kept.frames, self._threads)
        remove_old(self._folder, now)
        written = self._write_shards(described, frames, now)
        for name, document in (
            ("repodata.json", repodata(self.subdir, described, self._base_url)),
            ("run_exports.json", run_exports(self.subdir, described)),
        ):
            content = json_file(document)
            written += write_file(self.path(name), content)
            written += self._write_compressed(f"{name}.zst", content, frames)
        self._file.save(Kept(dict(sorted(readings.items())), frames.used))
        return written

    def _write_shards(self, described: Mapping[str, Description], frames: Frames, now: float) -> int:
        folder = self.path(FOLDER)
        contents = shards(described)
        remove_old(folder, now)
        written = 0
        digests = {}
        for name, made in zip(contents, frames.made(contents.values(), self._has_shard), strict=True):
            digests[name] = made.frame.sha256
            if made.octets is not None and not self._has_shard(made.frame):
                place_file(os.path.join(folder, shard_file(made.frame.sha256)), made.octets)
                written += 1
        written += self._write_compressed(INDEX_FILE, shard_index(self.subdir, digests, self._base_url), frames)
        remove_old(folder, now, kept=frozenset(map(shard_file, digests.values())), suffix=SUFFIX)
        return written

    def _write_compressed(self, name: str, content: bytes, frames: Frames) -> int:
        path = self.path(name)

        def is_there(frame: Frame) -> bool:
            found = file_content(path, frame.size)
            return found is not None and hashlib.sha256(found).digest() == frame.sha256

        (made,) = frames.made([content], is_there)
        return 0 if made.octets is None else int(write_file(path, made.octets))

    def _has_shard(self, frame: Frame) -> bool:
        try:
            return os.stat(os.path.join(self.path(FOLDER), shard_file(frame.sha256))).st_size == frame.size
        except OSError:
            return False

    def _is_same(self, name: str) -> bool:
        try:
            return mark_of(self.path(name)) == self._kept.readings[name].mark
        except OSError:
            return False
