"""An index over records that a test gives: the reference implementation of `conda_kernel.model.solving.Index`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.model.index import RecordIndex
from conda_kernel.model.record import PackageRecord, package_record
from conda_kernel.model.solving import ChannelPriority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOST = "https://channels.example"
"""Where channels lie that are given by a plain name."""


class MemoryIndex(RecordIndex):
    """The packages of some channels, kept in memory.

    `channels` are the names of the channels, the first preferred; others come after them. Records are given as such, or
    as entries of repodata that may also have `channel`, `subdir` and `fn`.
    """

    def __init__(
        self,
        records: Iterable[PackageRecord | Mapping[str, object]] = (),
        *,
        channels: Iterable[str] = ("main",),
        priority: ChannelPriority = ChannelPriority.FLEXIBLE,
    ) -> None:
        self.records = [record if isinstance(record, PackageRecord) else record_of(record) for record in records]
        self.channels = tuple(channels)
        self.priority = priority
        self._read_again()

    def add(  # noqa: PLR0913 - everything but the name has a default
        self,
        name: str,
        version: str = "1.0",
        build: str = "0",
        *,
        depends: Iterable[str] = (),
        constrains: Iterable[str] = (),
        channel: str = "main",
        subdir: str = "linux-64",
        **fields: object,
    ) -> PackageRecord:
        """Add a package and return its record; without `build_number`, the digits that end the build are the number."""
        lists = {"depends": list(depends), "constrains": list(constrains)}
        place = {"channel": channel, "subdir": subdir}
        record = record_of({"name": name, "version": version, "build": build, **lists, **place, **fields})
        self.records.append(record)
        self._read_again()
        return record

    def _read_again(self) -> None:
        by_name: dict[str, list[PackageRecord]] = {}
        for record in self.records:
            by_name.setdefault(record.name, []).append(record)
        super().__init__(
            lambda name: by_name.get(name, ()),
            ranks={channel: rank for rank, channel in enumerate(self.channels)},
            names=lambda: by_name,
            priority=self.priority,
        )


def record_of(entry: Mapping[str, object]) -> PackageRecord:
    """Return the record for an entry of repodata; what it does not say of channel, subdir and build is made up."""
    build = str(entry.get("build", "0"))
    filled = {"version": "1.0", "build": build, "build_number": _number_at_the_end_of(build), **entry}
    channel, subdir = str(entry.get("channel", "main")), str(entry.get("subdir", "linux-64"))
    base = channel if "://" in channel else f"{HOST}/{channel}"
    file_name = str(entry.get("fn") or f"{filled.get('name')}-{filled['version']}-{build}.conda")
    return package_record(filled, channel=channel, subdir=subdir, base_url=f"{base}/{subdir}", file_name=file_name)


def _number_at_the_end_of(build: str) -> int:
    digits = build[len(build.rstrip("0123456789")) :]
    return int(digits) if digits else 0
