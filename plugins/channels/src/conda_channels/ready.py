"""The records of one name as they are kept: in order, checked, each requirement and each list of them once.

What is kept knows neither the channel's name nor its URL: both come in when it is read, as does the base URL of the
packages. A field of all records stands together, so that reading takes about a microsecond a record; the first reading
of an entry of repodata takes six times that.
"""

from __future__ import annotations

import json
from itertools import accumulate, pairwise, repeat
from types import MappingProxyType

from conda_channels.columns import Columns, written
from conda_channels.package_names import NEW, OLD
from conda_kernel.model.candidates import Ordered
from conda_kernel.model.record import NOTHING, PackageRecord
from conda_kernel.model.solving import Rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from conda_channels.place import Place

KIND = "ready 5"
"""Counts what this form looks like, how versions are ordered and what is checked: another number is another file."""

SUFFIXES = (NEW, OLD)
_RECORDS = 3
_USUAL_REST = tuple(PackageRecord._field_defaults[field] for field in PackageRecord._fields[18:27])
"""What records mostly have in the fields between the licence and the URL of the channel."""

# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


class Ready(Columns):
    """What is kept of a name: the names that it needs, and in most cases its records, made ready.

    The columns are: the digest of what it was made from; the needs; the faults; the texts for noarch, licence and
    licence family, which records give by their numbers, from 1 on; requirements, then the numbers of those in every
    list, one list after the other, and how long each is; then a column for a field each of the records, best first, the
    last of them the endings of usual file names; what else single records have, as pairs of a record's number and a
    mapping; the reasons for which the last records are no candidates; and the versions, which records give by their
    numbers, so that equal ones are one object. Without records the columns end with the needs.

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
        self._folder = f"{base_url}/"
        channel_url = "" if base_url == place.url else place.channel.base_url
        self._here = repeat(place.channel.name), repeat(place.subdir)
        self._rest = tuple(map(repeat, (*_USUAL_REST, channel_url, NOTHING)))

    def ordered(self, name: str, ready: Ready) -> Ordered:
        """Return the records of a name; raise ValueError, LookupError or TypeError for what holds none."""
        if ready.order is not None:
            order, ready.order = ready.order, None
            return order
        reasons, records = ready.texts(21), self._records(name, ready)
        if not reasons:
            return Ordered(tuple(records))
        count = len(records) - len(reasons)
        return Ordered(tuple(records[:count]), tuple(map(Rejected, records[count:], reasons)))

    def _records(self, name: str, columns: Ready) -> list[PackageRecord]:
        text, lists, folder, before = [None, *columns.texts(3)], _lists(columns), self._folder, f"{name}-"
        versions, builds = columns.chosen(7, columns.texts(22)), columns.texts(8)
        file_names = [
            f"{before}{version}-{build}{suffix}"
            for version, build, suffix in zip(versions, builds, columns.chosen(19, SUFFIXES), strict=True)
        ]
        fields: tuple[Sequence[Any], ...] = (
            versions,
            builds,
            columns.numbers(9),
            file_names,
            [folder + file_name for file_name in file_names],
            columns.chosen(10, lists),
            columns.chosen(11, lists),
            *map(columns.values, range(12, 16)),
            *[columns.chosen(number, text) for number in range(16, 19)],
        )
        if set(map(len, fields)) != {len(file_names)}:
            raise ValueError("the columns differ in length")
        # Rows are put together without a loop over records, which takes half as long again.
        rows = zip(repeat(name), *fields[:3], *self._here, *fields[3:7], repeat(()), *fields[7:], *self._rest)
        found = list(map(_new, repeat(PackageRecord), rows))
        for number, others in columns.values(20):
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
