"""The records of one name as they are kept: in order, checked, each requirement and each list of them once.

What is kept knows neither the channel's name nor its URL: both come in when it is read, as does the base URL of the
packages. A field of all records stands together, so that reading takes about a microsecond a record; the first reading
of an entry of repodata takes four times that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise, repeat
from types import MappingProxyType

from conda_channels.columns import Columns, written
from conda_channels.package_names import NEW, OLD
from conda_kernel.model.candidates import Ordered
from conda_kernel.model.package import NOTHING, PackageRecord
from conda_kernel.model.solving import Rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from conda_channels.place import Place

    _Value = TypeVar("_Value")

KIND = "ready 7"
"""Counts what this form looks like, how versions are ordered and what is checked: another number is another file."""

SUFFIXES = (NEW, OLD)

DIGEST, NEEDS, FAULTS, REASONS, TEXTS, LISTS, BUILDS, NUMBERS, MD5, SHA256, SIZES, TIMES, OTHERS = range(13)
"""The columns of what is kept of a name."""

_WITHOUT_RECORDS = 2
"""How many columns there are where only the needs are kept."""

_VERSION, _BUILD_NUMBER, _DEPENDS, _CONSTRAINS, _NOARCH, _LICENSE, _FAMILY, _SUFFIX = range(8)
_FIELDS = 8
"""The fields in the column of numbers, and how many there are."""

MD5_OCTETS, SHA256_OCTETS = 16, 32

UNUSABLE = (AttributeError, LookupError, TypeError, ValueError)
"""What is raised by columns that something else has written, with good checksums."""

USUAL_REST = tuple(PackageRecord._field_defaults[field] for field in PackageRecord._fields[18:27])
"""What records mostly have in the fields between the licence and the URL of the channel."""

# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


class Ready(Columns):
    """What is kept of a name: the names that it needs, and in most cases its records, made ready.

    The columns are: the digest of what it was made from; the needs; the faults; the reasons for which the last records
    are no candidates; texts; the lists of requirements, as how many there are, how long each is, and the numbers of
    their texts, one list after the other; the builds; a number for each of eight fields of each record, field after
    field and best record first: that of the text of the version, the build number, those of the lists that it depends
    on and constrains, then, from 1 on, those of the texts for noarch, licence and licence family, last that of the
    ending of the file name; digests as octets, unless some record has none; sizes; times; and what else single records
    have, as pairs of a record's number and a mapping. Where records are not kept it ends with the needs.

    Few columns hold much each: one takes as long to find as thirty numbers in it to read. `is_new` says that it was
    made in this process.
    """

    is_new = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The names that any of the packages can need."""
        return tuple(self.texts(NEEDS))

    @property
    def has_records(self) -> bool:
        """Whether there are records."""
        return len(self) > _WITHOUT_RECORDS

    @property
    def may_track_features(self) -> bool:
        """Whether any of the records may track a feature: none does where the word is not there."""
        return self.has(OTHERS, b"track_features")

    @property
    def faults(self) -> list[str]:
        """What is wrong with entries that cannot be used."""
        return self.texts(FAULTS)


def kept_needs(digest: bytes, needs: Sequence[str]) -> bytes:
    """Return how needs alone are kept; `digest` is that of what they were read from."""
    return written(digest, needs)


def ready_again(content: bytes, digest: bytes) -> Ready | None:
    """Return what was kept, or `None` when it was made from something else."""
    try:
        ready = Ready(content)
        return ready if ready.octets(DIGEST) == digest else None
    except ValueError:
        return None


class RecordMaker:
    """Makes records of what is ready, for one place; `base_url` is where the packages lie, without trailing slash."""

    def __init__(self, place: Place, base_url: str) -> None:
        self.place = place
        self._folder = f"{base_url}/"
        channel_url = "" if base_url == place.url else place.channel.base_url
        self._here = repeat(place.channel.name), repeat(place.subdir)
        self._rest = tuple(map(repeat, (*USUAL_REST, channel_url, NOTHING)))

    def ordered(self, name: str, ready: Ready) -> Ordered:
        """Return the records of a name; raise one of `UNUSABLE` for what holds none.

        Of what was just made, of which a solver looks at little, a record is made when somebody asks for it.
        """
        reasons = ready.texts(REASONS)
        if ready.is_new and not reasons:
            return Ordered(LateRecords(name, ready, self))
        texts = ready.texts(TEXTS)
        records = self.records(name, _fields(ready, texts, _lists(ready, texts)), ready.values(OTHERS))
        if not reasons:
            return Ordered(tuple(records))
        count = len(records) - len(reasons)
        return Ordered(tuple(records[:count]), tuple(map(Rejected, records[count:], reasons)))

    def records(
        self, name: str, fields: Sequence[Sequence[Any]], others: Iterable[tuple[int, dict[str, Any]]]
    ) -> list[PackageRecord]:
        """Return the records of which each field is a column, and that of some have others."""
        versions, builds, build_numbers, suffixes, *rest = fields
        folder, before = self._folder, f"{name}-"
        file_names = [
            f"{before}{version}-{build}{suffix}"
            for version, build, suffix in zip(versions, builds, suffixes, strict=True)
        ]
        urls = [folder + file_name for file_name in file_names]
        if set(map(len, fields)) != {len(file_names)}:
            raise ValueError("the columns differ in length")
        # Rows are put together without a loop over records, which takes half as long again.
        own = (versions, builds, build_numbers, *self._here, file_names, urls, *rest[:2], repeat(()), *rest[2:])
        found = list(map(_new, repeat(PackageRecord), zip(repeat(name), *own, *self._rest)))
        for number, values in others:
            found[number] = self._with_others(found[number], values)
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


class LateRecords(Sequence[PackageRecord]):
    """The records of a name that is ready, each made when somebody asks for it.

    What was not made in this process may prove to be `UNUSABLE` whenever something is asked.
    """

    def __init__(self, name: str, ready: Ready, maker: RecordMaker) -> None:
        self._name = name
        self._ready = ready
        self._maker = maker
        self._texts = ready.texts(TEXTS)
        self._columns: dict[str, Sequence[Any]] = {}
        self._made: dict[int, PackageRecord] = {}
        self._all: list[PackageRecord] | None = None

    def __len__(self) -> int:
        return len(self.column("build"))

    def __getitem__(self, place: int | slice) -> Any:  # noqa: ANN401 - a record, or several
        if isinstance(place, slice):
            return tuple(self)[place]
        place = range(len(self))[place]
        # The first thread wins, so that all get the same object.
        return self._made.get(place) or self._made.setdefault(place, self._record(place))

    def __iter__(self) -> Iterator[PackageRecord]:
        if self._all is None:
            found = self._maker.records(
                self._name, _fields(self._ready, self._texts, self._lists), self._others.items()
            )
            self._all = [self._made.setdefault(place, record) for place, record in enumerate(found)]
        return iter(self._all)

    @cached_property
    def _lists(self) -> list[tuple[str, ...]]:
        return _lists(self._ready, self._texts)

    @cached_property
    def _others(self) -> dict[int, dict[str, Any]]:
        return dict(self._ready.values(OTHERS))

    def column(self, field: str) -> Sequence[Any]:
        """Return a field of all records, most of which need not be made for it."""
        found = self._columns.get(field)
        if found is None:
            found = self._columns.setdefault(field, self._column(field))
        return found

    def _column(self, field: str) -> Sequence[Any]:
        ready = self._ready
        known = {"name": self._name, "channel": self._maker.place.channel.name, "subdir": self._maker.place.subdir}
        if field in known:
            return [known[field]] * len(self)
        if field == "build":
            return ready.texts(BUILDS)
        number = _COLUMNS.get(field)
        if number is None:
            return [getattr(record, field) for record in self]
        count = len(self)
        numbers = ready.numbers(NUMBERS)[number * count : (number + 1) * count]
        if number == _BUILD_NUMBER:
            return numbers
        return _chosen(numbers, self._texts if number == _VERSION else self._lists)

    def _record(self, place: int) -> PackageRecord:
        ready = self._ready
        numbers = ready.every(NUMBERS, place, len(self))
        fields = (
            self.column("version")[place],
            self.column("build")[place],
            numbers[_BUILD_NUMBER],
            SUFFIXES[numbers[_SUFFIX]],
            self._lists[numbers[_DEPENDS]],
            self._lists[numbers[_CONSTRAINS]],
            ready.digits_at(MD5, MD5_OCTETS, place),
            ready.digits_at(SHA256, SHA256_OCTETS, place),
            ready.at(SIZES, place),
            ready.at(TIMES, place),
            *[self._texts[number - 1] if number else None for number in numbers[_NOARCH:_SUFFIX]],
        )
        others = [(0, self._others[place])] if place in self._others else ()
        (record,) = self._maker.records(self._name, [(value,) for value in fields], others)
        return record


_COLUMNS = {"version": _VERSION, "build_number": _BUILD_NUMBER, "depends": _DEPENDS, "constrains": _CONSTRAINS}


def _fields(ready: Ready, texts: Sequence[str], lists: Sequence[tuple[str, ...]]) -> Sequence[Sequence[Any]]:
    """Return the fields of all records, each a column."""
    builds, numbers = ready.texts(BUILDS), ready.numbers(NUMBERS)
    count, optional = len(builds), [None, *texts]
    own = [numbers[field * count : (field + 1) * count] for field in range(_FIELDS)]
    return (
        _chosen(own[_VERSION], texts),
        builds,
        own[_BUILD_NUMBER],
        _chosen(own[_SUFFIX], SUFFIXES),
        _chosen(own[_DEPENDS], lists),
        _chosen(own[_CONSTRAINS], lists),
        ready.digits(MD5, MD5_OCTETS),
        ready.digits(SHA256, SHA256_OCTETS),
        ready.values(SIZES),
        ready.values(TIMES),
        *[_chosen(own[field], optional) for field in range(_NOARCH, _SUFFIX)],
    )


def _chosen(numbers: Sequence[int], values: Sequence[_Value]) -> list[_Value]:
    """Return the values that numbers stand for; mostly all are the same."""
    if numbers and numbers[0] == numbers[-1] and numbers.count(numbers[0]) == len(numbers):
        return [values[numbers[0]]] * len(numbers)
    return list(map(values.__getitem__, numbers))


def _lists(ready: Ready, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the lists of requirements; equal requirements are one object."""
    count, *numbers = ready.numbers(LISTS)
    members = tuple(map(texts.__getitem__, numbers[count:]))
    return [members[start:end] for start, end in pairwise(accumulate(numbers[:count], initial=0))]


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
