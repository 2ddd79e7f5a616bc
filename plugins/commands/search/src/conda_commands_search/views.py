"""Shows packages of channels: as a table, or with everything that is known of each."""

from __future__ import annotations

import time
from collections.abc import ItemsView, Mapping
from functools import partial

from conda_kernel.model.human_size import human_size
from conda_kernel.model.record_writing import record_as_json
from conda_kernel.model.result import Details, Result, Table, Text
from conda_kernel.model.typed import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.result import View

    Group = tuple[str, tuple[PackageRecord, ...]]

T = TypeVar("T")

COLUMNS = ("# Name", "Version", "Build", "Channel")
WIDTHS = (20, 14, 14, 1)
FLUSH_RIGHT = frozenset({"Version", "Build"})


class Anew(Generic[T]):
    """What a call yields, made anew whenever somebody goes through it, so that no large channel is whole in memory."""

    def __init__(self, make: Callable[[], Iterator[T]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[T]:
        return self._make()


class Document(Mapping[str, object]):
    """The records in full, below their names."""

    def __init__(self, groups: Anew[Group]) -> None:
        self._groups = groups

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._groups)

    def __len__(self) -> int:
        return sum(1 for _ in self._groups)

    def __getitem__(self, name: str) -> object:
        for key, value in self.items():
            if key == name:
                return value
        raise KeyError(name)

    def items(self) -> Members:
        """Return names and records, which are made one after the other."""
        return Members(self)

    def pairs(self) -> Iterator[tuple[str, object]]:
        """Yield each name with its records."""
        return ((name, [record_as_json(record) for record in records]) for name, records in self._groups)


class Members(ItemsView[str, object]):
    """The members of a document; the usual ones look each key up, which means going through everything."""

    _mapping: Document

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return self._mapping.pairs()


def listing(groups: Anew[Group], *, shows_all: bool) -> Result:
    """Return the records as the result of a search: a mapping of names to records, and a table or details."""
    if shows_all:
        return Result(Document(groups), Anew(partial(_full_views, groups)))
    return Result(Document(groups), (Table(COLUMNS, Anew(partial(_rows, groups)), "", WIDTHS, FLUSH_RIGHT),))


def _rows(groups: Iterable[Group]) -> Iterator[tuple[str, ...]]:
    return ((name, each.version, each.build, each.channel) for name, records in groups for each in records)


def _full_views(groups: Iterable[Group]) -> Iterator[View]:
    return (view for _, records in groups for record in records for view in details(record))


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
