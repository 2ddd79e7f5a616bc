"""Makes the form in which records are kept."""

from __future__ import annotations

import json
from itertools import chain

from conda_channels.columns import written
from conda_channels.package_names import NEW, OLD
from conda_channels.ready import USUAL_REST, Ready
from conda_kernel.model.candidates import best_first
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.record import NOTHING, PackageRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeVar

    from conda_channels.checks import Checks

    T = TypeVar("T")


_USUAL = frozenset(
    (
        "name",
        "version",
        "build",
        "build_number",
        "channel",
        "subdir",
        "url",
        "depends",
        "constrains",
        "md5",
        "sha256",
        "size",
        "timestamp",
        "noarch",
        "license",
        "license_family",
        "channel_url",
    )
)
_ODD = tuple(field for field in PackageRecord._fields if field not in _USUAL)
_DEFAULTS = PackageRecord._field_defaults


class Fields(NamedTuple):
    """The fields of the records of a name, a column each, best first.

    Of `lists` of requirements `depends` and `constrains` give the numbers, of the endings of usual file names
    `suffixes`. Digests are octets, one digest after the other, or a list where they are not all there. `others` is what
    single records have besides, with their numbers.
    """

    version: Sequence[str]
    build: Sequence[str]
    build_number: Sequence[int]
    lists: Sequence[tuple[str, ...]]
    depends: Sequence[int]
    constrains: Sequence[int]
    md5: Sequence[str | None] | bytes
    sha256: Sequence[str | None] | bytes
    size: Sequence[int | None]
    timestamp: Sequence[int]
    noarch: Sequence[str | None]
    license: Sequence[str | None]
    license_family: Sequence[str | None]
    suffixes: Sequence[int]
    others: Sequence[tuple[int, dict[str, Any]]]


def made_ready(
    digest: bytes, needs: Iterable[str], fields: Fields, faults: Sequence[str] = (), reasons: Sequence[str] = ()
) -> Ready:
    """Return what is kept of a name; `digest` is that of what it was read from, the reasons are against the last."""
    texts = _numbers(chain(chain.from_iterable(fields.lists), fields.version))
    members = list(map(texts.__getitem__, chain.from_iterable(fields.lists)))
    versions = list(map(texts.__getitem__, fields.version))
    optional = [_optional(values, texts) for values in (fields.noarch, fields.license, fields.license_family)]
    ready = Ready(
        written(
            digest,
            sorted(needs),
            faults,
            reasons,
            list(texts),
            [len(fields.lists), *map(len, fields.lists), *members],
            fields.build,
            [*versions, *fields.build_number, *fields.depends, *fields.constrains, *chain(*optional), *fields.suffixes],
            fields.md5,
            fields.sha256,
            fields.size,
            fields.timestamp,
            fields.others,
        )
    )
    ready.is_new = True
    return ready


def records_made_ready(records: list[PackageRecord], faults: list[str], checks: Checks, digest: bytes) -> Ready:
    """Return the records of one name, ordered and checked; `digest` is that of what they were read from."""
    readable, rejected, needs = _parted(records, checks)
    records = [*best_first(readable), *(record for record, _ in rejected)]
    column = _columns(records)
    lists = _numbers((*column.depends, *column.constrains))
    fields = Fields(
        column.version,
        column.build,
        column.build_number,
        tuple(lists),
        list(map(lists.__getitem__, column.depends)),
        list(map(lists.__getitem__, column.constrains)),
        column.md5,
        column.sha256,
        column.size,
        column.timestamp,
        column.noarch,
        column.license,
        column.license_family,
        [int(file_name.endswith(OLD)) for file_name in column.file_name],
        _all_others(records, column),
    )
    return made_ready(digest, needs, fields, faults, [reason for _, reason in rejected])


def _optional(values: Sequence[str | None], texts: dict[str, int]) -> list[int]:
    """Return the numbers of texts, from 1 on, new ones counted on, and 0 for none; mostly all are the same."""
    numbers: dict[str | None, int] = {
        value: 0 if value is None else texts.setdefault(value, len(texts)) + 1 for value in dict.fromkeys(values)
    }
    return list(map(numbers.__getitem__, values)) if len(numbers) > 1 else [*numbers.values()] * len(values)


def _columns(records: list[PackageRecord]) -> Any:  # noqa: ANN401 - a record in which each field is a column
    """Return a record each of whose fields holds those of all records."""
    fields: list[Any] = list(zip(*records, strict=True)) or [()] * len(PackageRecord._fields)
    return PackageRecord(*fields)


def _numbers(values: Iterable[T]) -> dict[T, int]:
    """Return a number for each value, counted from 0 by first appearance."""
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


def _parted(
    records: list[PackageRecord], checks: Checks
) -> tuple[list[PackageRecord], list[tuple[PackageRecord, str]], set[str]]:
    """Return the records that can be candidates, the others with the reason, and the names that those need."""
    lists = {record.depends for record in records}, {record.constrains for record in records}
    all_needs = checks.needs_of_all({record.version for record in records}, *lists)
    if all_needs is not None and not any(record.extra_depends for record in records):
        return records, [], all_needs
    readable, rejected, needs = [], [], set[str]()
    for record in records:
        reason, names = checks.of(record)
        if reason:
            rejected.append((record, reason))
        else:
            readable.append(record)
            needs.update(names)
    return readable, rejected, needs


def _all_others(records: list[PackageRecord], column: Any) -> list[tuple[int, dict[str, Any]]]:  # noqa: ANN401 - as above
    """Return what single records have besides, with their numbers; where all is as usual that is seen in one step."""
    count, usual = len(records), {field: _DEFAULTS[field] for field in _ODD if field != "file_name"}
    stems = map("-".join, zip(column.name, column.version, column.build, strict=True))
    names = [
        stem + (OLD if file_name.endswith(OLD) else NEW)
        for stem, file_name in zip(stems, column.file_name, strict=True)
    ]
    if names == list(column.file_name) and all(
        getattr(column, field).count(value) == count for field, value in usual.items()
    ):
        return []
    return [(number, others) for number, others in enumerate(map(_others, records)) if others]


def _others(record: PackageRecord) -> dict[str, Any]:
    """Return the fields that have no place in a row and are not as usual."""
    file_name = record.file_name
    usual = f"{record.name}-{record.version}-{record.build}{OLD if file_name.endswith(OLD) else NEW}"
    others: dict[str, Any] = {} if file_name == usual else {"file_name": file_name}
    if record[18:27] == USUAL_REST and record.track_features == () and record.extra is NOTHING:
        return others
    for field in _ODD:
        value = getattr(record, field)
        if field != "file_name" and value != _DEFAULTS[field]:
            others[field] = value
    if record.extra:
        others["extra"] = json.dumps(dict(record.extra), separators=(",", ":"))
    if record.extra_depends:
        others["extra_depends"] = dict(record.extra_depends)
    return others
