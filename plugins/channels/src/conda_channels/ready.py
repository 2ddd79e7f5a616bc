"""The records of one name as they are kept: in order, checked, each requirement and each list of them once.

What is kept knows neither the channel's name nor its URL: both come in when it is read, as does the base URL of the
packages. A field of all records stands together, so that reading takes about a microsecond a record; the first reading
of an entry of repodata takes six times that.
"""

from __future__ import annotations

import json
from itertools import accumulate, pairwise
from types import MappingProxyType

from conda_channels.columns import Columns, written
from conda_channels.package_names import NEW, OLD
from conda_kernel.model.candidates import Ordered
from conda_kernel.model.record import NO_GROUPS, NOTHING, PackageRecord
from conda_kernel.model.solving import Rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from conda_channels.place import Place

KIND = "ready 4"
"""Counts what this form looks like, how versions are ordered and what is checked: another number is another file."""

SUFFIXES = (NEW, OLD)
_RECORDS = 3
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


class Ready(Columns):
    """What is kept of a name: the names that it needs, and in most cases its records, made ready.

    The columns are: the digest of what it was made from; the needs; the faults; the texts for noarch, licence and
    licence family, which records give by their numbers, from 1 on; requirements, then the numbers of those in every
    list, one list after the other, and how long each is; then a column for a field each of the records, best first, the
    last of them the endings of usual file names; what else single records have, as pairs of a record's number and a
    mapping; and the reasons for which the last records are no candidates. Without records the columns end with the
    needs.

    What was just made may have the records themselves in `order`, for whoever asks first.
    """

    order: Ordered | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """The names that any of the packages can need."""
        return tuple(self.texts(1))

    @property
    def has_records(self) -> bool:
        """Whether there are records."""
        return len(self) > _RECORDS

    @property
    def may_track_features(self) -> bool:
        """Whether any of the records may track a feature: none does where the word is not there."""
        return self.has(20, b"track_features")

    @property
    def faults(self) -> list[str]:
        """What is wrong with entries that cannot be used."""
        return self.texts(2)


def kept_needs(digest: bytes, needs: Sequence[str]) -> bytes:
    """Return how needs alone are kept; `digest` is that of what they were read from."""
    return written(digest, needs)


def ready_again(content: bytes, digest: bytes) -> Ready | None:
    """Return what was kept, or `None` when it was made from something else."""
    try:
        ready = Ready(content)
        return ready if ready.octets(0) == digest else None
    except ValueError:
        return None


class RecordMaker:
    """Makes records of what is ready, for one place; `base_url` is where the packages lie, without trailing slash."""

    def __init__(self, place: Place, base_url: str) -> None:
        self._channel = place.channel.name
        self._subdir = place.subdir
        self._folder = f"{base_url}/"
        self._channel_url = "" if base_url == place.url else place.channel.base_url

    def ordered(self, name: str, ready: Ready) -> Ordered:
        """Return the records of a name; raise ValueError, LookupError or TypeError for what holds none."""
        if ready.order is not None:
            order, ready.order = ready.order, None
            return order
        reasons = ready.texts(21)
        records = self._records(name, ready)
        count = len(records) - len(reasons)
        return Ordered(tuple(records[:count]), tuple(map(Rejected, records[count:], reasons)))

    def _records(self, name: str, columns: Ready) -> list[PackageRecord]:
        text, lists = [None, *columns.texts(3)].__getitem__, _lists(columns).__getitem__
        values = columns.values
        channel, subdir, folder, channel_url = self._channel, self._subdir, self._folder, self._channel_url
        kind, new, before = PackageRecord, _new, f"{name}-"
        found = [
            new(
                kind,
                (
                    name,
                    version,
                    build,
                    build_number,
                    channel,
                    subdir,
                    (file_name := f"{before}{version}-{build}{suffix}"),
                    folder + file_name,
                    depends,
                    constrains,
                    (),
                    md5,
                    sha256,
                    size,
                    timestamp,
                    noarch,
                    license_name,
                    license_family,
                    (),
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    NO_GROUPS,
                    (),
                    channel_url,
                    NOTHING,
                ),
            )
            for (
                version,
                build,
                build_number,
                depends,
                constrains,
                md5,
                sha256,
                size,
                timestamp,
                noarch,
                license_name,
                license_family,
                suffix,
            ) in zip(
                columns.texts(7),
                columns.texts(8),
                columns.numbers(9),
                map(lists, columns.numbers(10)),
                map(lists, columns.numbers(11)),
                values(12),
                values(13),
                values(14),
                values(15),
                map(text, columns.numbers(16)),
                map(text, columns.numbers(17)),
                map(text, columns.numbers(18)),
                map(SUFFIXES.__getitem__, columns.numbers(19)),
                strict=True,
            )
        ]
        for number, others in values(20):
            found[number] = self._with_others(found[number], others)
        return found

    def _with_others(self, record: PackageRecord, others: dict[str, Any]) -> PackageRecord:
        if len(others) == 1 and "file_name" in others:
            # Archives in the old format, by the thousand.
            name = others["file_name"]
            return _new(PackageRecord, (*record[:_FILE_NAME], name, self._folder + name, *record[_FILE_NAME + 2 :]))
        values: list[object] = [*record]
        for field, value in others.items():
            read = _READ.get(field)
            values[_PLACES[field]] = value if read is None else read(value)
        if "file_name" in others:
            values[_FILE_NAME + 1] = self._folder + others["file_name"]
        return _new(PackageRecord, tuple(values))


def _lists(columns: Columns) -> list[tuple[str, ...]]:
    """Return the lists of requirements; equal requirements are one object."""
    members = tuple(map(columns.texts(4).__getitem__, columns.numbers(5)))
    return [members[start:end] for start, end in pairwise(accumulate(columns.numbers(6), initial=0))]


def _groups(value: dict[str, list[str]]) -> MappingProxyType[str, tuple[str, ...]]:
    return MappingProxyType({group: tuple(specs) for group, specs in value.items()})


def _extra(value: str) -> MappingProxyType[str, object]:
    return MappingProxyType(json.loads(value))


_READ: dict[str, Callable[[Any], object]] = {
    "track_features": tuple,
    "features": tuple,
    "flags": tuple,
    "extra_depends": _groups,
    "extra": _extra,
}
"""How the values of fields are read that JSON has no type for."""

_PLACES = {field: place for place, field in enumerate(PackageRecord._fields)}
_FILE_NAME = _PLACES["file_name"]
"""The place of the file name in a record; the URL comes after it."""
