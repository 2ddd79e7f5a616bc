"""Shows packages of channels: as a table, or with everything that is known of each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conda_kernel.model.human_size import human_size
from conda_kernel.model.record import record_as_json
from conda_kernel.model.result import Details, Result, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.record import PackageRecord

COLUMNS = ("# Name", "Version", "Build", "Channel")
WIDTHS = (20, 14, 14, 1)
FLUSH_RIGHT = frozenset({"Version", "Build"})


def listing(records: Sequence[PackageRecord], *, shows_all: bool) -> Result:
    """Return the records as the result of a search: a mapping of names to records, and a table or details."""
    document = documents(records)
    if shows_all:
        return Result(document, tuple(view for record in records for view in details(record)))
    rows = tuple((record.name, record.version, record.build, record.channel) for record in records)
    return Result(document, (Table(COLUMNS, rows, "", WIDTHS, FLUSH_RIGHT),))


def documents(records: Iterable[PackageRecord]) -> dict[str, object]:
    """Return the records in full, below their names."""
    found: dict[str, list[object]] = {}
    for record in records:
        found.setdefault(record.name, []).append(record_as_json(record))
    return dict(found)


def details(record: PackageRecord) -> tuple[Details, Text]:
    """Return everything that is known of a package, and empty lines."""
    title = f"{record.name} {record.version} {record.build}"
    rows: list[tuple[str, str | tuple[str, ...]]] = [
        ("file name", record.file_name),
        ("name", record.name),
        ("version", record.version),
        ("build", record.build),
        ("build number", str(record.build_number)),
    ]
    known = (
        ("size", human_size(record.size) if record.size is not None else None),
        ("license", record.license),
        ("noarch", record.noarch),
        ("subdir", record.subdir),
        ("url", record.url),
        ("md5", record.md5),
        ("sha256", record.sha256),
        ("timestamp", moment(record.timestamp) if record.timestamp else None),
        ("track features", " ".join(record.track_features)),
    )
    rows += [(key, value) for key, value in known if value]
    rows += [("constraints", record.constrains or "[]"), ("dependencies", record.depends or "[]")]
    return Details(tuple(rows), f"{title}\n{'-' * len(title)}"), Text("\n")


def moment(milliseconds: int) -> str:
    """Return a time in milliseconds since 1970 for people, in UTC; a number where the calendar does not reach."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(milliseconds // 1000))
    except (OSError, OverflowError, ValueError):
        return str(milliseconds)
