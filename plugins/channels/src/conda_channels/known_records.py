"""The records of a name, of which those that somebody asked for are kept apart.

A solver looks at few of the candidates of a name, and the next time at the same ones. Where it is remembered what it
found out about the others, they are not even read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import MappingProxyType

from conda_channels.ready import UNUSABLE
from conda_kernel.model.candidates import values_of
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.package import NO_GROUPS, NOTHING, PackageRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from conda_channels.ready import LateRecords

_NAME, _CHANNEL, _GROUPS, _EXTRA = map(PackageRecord._fields.index, ("name", "channel", "extra_depends", "extra"))
_LISTS = tuple(map(PackageRecord._fields.index, ("depends", "constrains", "track_features", "features", "flags")))
_read, _written = json.JSONDecoder().raw_decode, json.JSONEncoder(separators=(",", ":")).encode
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


class Source(NamedTuple):
    """Where the records of a name come from: `all` makes them, `late` makes none yet, or returns `None`."""

    all: Callable[[], Sequence[PackageRecord]]
    late: Callable[[], LateRecords | None]


class KnownRecords(Sequence[PackageRecord]):
    """So many records of a name, best first.

    `rows` are those that are kept apart, by their places; what comes from the channel of which name stands in them as a
    number in `channels`.
    """

    def __init__(
        self,
        name: str,
        count: int,
        rows: Mapping[int, str],
        channels: Sequence[str],
        source: Source,
    ) -> None:
        self._name = name
        self._count = count
        self._rows = rows
        self._channels = channels
        self._source = source
        self._all: Sequence[PackageRecord] | None = None
        self._late: LateRecords | None = None
        self._asked: dict[int, PackageRecord] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: int | slice) -> Any:  # noqa: ANN401 - a record, or several
        if isinstance(place, slice):
            return tuple(self)[place]
        record = self._asked.get(place)
        if record is None:
            place = range(self._count)[place]
            record = (self._kept(place) if self._all is None else None) or self._loaded()[place]
            # The first thread wins, so that all get the same object.
            record = self._asked.setdefault(place, record)
        return record

    def __iter__(self) -> Iterator[PackageRecord]:
        return iter(self._loaded())

    def __contains__(self, value: object) -> bool:
        # Mostly it is one that was asked for: no other has to be read to see that.
        return any(value is record for record in [*self._asked.values()]) or value in tuple(self)

    def column(self, field: str) -> Sequence[Any]:
        """Return a field of all records, which mostly need not be made for it."""
        if self._all is None:
            try:
                if self._late is None:
                    self._late = self._source.late()
                if self._late is not None and len(self._late) == self._count:
                    return self._late.column(field)
            except UNUSABLE:
                # As below: whoever makes all of them reads the channel's own texts.
                pass
        return values_of(self._loaded(), field)

    def rows(self) -> Mapping[int, str]:
        """Return what to keep apart: what was, and what somebody has asked for meanwhile."""
        if self._asked.keys() <= self._rows.keys():
            return self._rows
        asked = {place: record for place, record in self._asked.copy().items() if place not in self._rows}
        made = {place: _row(record, self._channels) for place, record in asked.items() if not record.extra_depends}
        return {**self._rows, **made}

    def _kept(self, place: int) -> PackageRecord | None:
        row = self._rows.get(place)
        try:
            return _record(self._name, row, self._channels) if row is not None else None
        except (LookupError, TypeError, ValueError):
            # Kept by something that wrote good checksums of bad content.
            return None

    def _loaded(self) -> Sequence[PackageRecord]:
        if self._all is None:
            found = self._source.all()
            self._all = [self._asked.get(place, record) for place, record in enumerate(found)] if self._asked else found
        return self._all


def _row(record: PackageRecord, channels: Sequence[str]) -> str:
    """Return the fields of a record without groups as JSON, with the number of its channel in its name's place."""
    fields: list[object] = [*record]
    fields[_NAME] = channels.index(record.channel)
    fields[_CHANNEL] = fields[_GROUPS] = None
    fields[_EXTRA] = dict(record.extra) or None
    return _written(fields)


def _record(name: str, row: str, channels: Sequence[str]) -> PackageRecord:
    fields, _ = _read(row)
    fields[_CHANNEL], fields[_NAME] = channels[fields[_NAME]], name
    for place in _LISTS:
        fields[place] = tuple(fields[place])
    fields[_GROUPS], extra = NO_GROUPS, fields[_EXTRA]
    fields[_EXTRA] = NOTHING if extra is None else MappingProxyType(extra)
    return _new(PackageRecord, tuple(fields))
