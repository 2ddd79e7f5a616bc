"""Writes installed packages as a file that the same environment can be made from: URLs in the order of installation."""

from __future__ import annotations

import re

from conda_kernel import __version__
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Result, Verbatim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.record import PackageRecord

MARKER = "@EXPLICIT"
NAME = re.compile(r"\s*(?:[^\s\[]*::)?([\w.-]+)")


def explicit(records: Sequence[PackageRecord], platform: str, digest: str) -> Result:
    """Return the packages as an explicit file (CEP 23); `digest` is `md5`, `sha256`, or empty for none.

    A package whose URL is not known stands in it as a comment.
    """
    ordered = in_install_order(records)
    lines = [_line(record, digest) for record in ordered]
    document = {
        "platform": platform,
        "packages": [
            {"url": record.url, "md5": record.md5, "sha256": record.sha256} for record in ordered if record.url
        ],
    }
    return Result(document, (Verbatim("".join([header(platform), f"{MARKER}\n", *lines])),))


def header(platform: str) -> str:
    """Return the comment at the head of a file that an environment can be made from."""
    return (
        "# This file may be used to create an environment using:\n"
        "# $ conda create --name <env> --file <this file>\n"
        f"# platform: {platform}\n"
        f"# created-by: conda {__version__}\n"
    )


def in_install_order(records: Sequence[PackageRecord]) -> list[PackageRecord]:
    """Return the records, each after those that it depends on, else by name; a cycle is entered at its first name."""
    by_name = {record.name: record for record in sorted(records, key=lambda record: record.name)}
    ordered: dict[str, PackageRecord] = {}
    entered: set[str] = set()
    for name in by_name:
        waiting: list[tuple[str, Iterator[str]]] = []
        _enter(name, by_name, entered, waiting)
        while waiting:
            current, needed = waiting[-1]
            following = next(needed, None)
            if following is None:
                ordered[current] = by_name[current]
                waiting.pop()
            else:
                _enter(following, by_name, entered, waiting)
    return list(ordered.values())


def _enter(
    name: str, by_name: dict[str, PackageRecord], entered: set[str], waiting: list[tuple[str, Iterator[str]]]
) -> None:
    if name in by_name and name not in entered:
        entered.add(name)
        waiting.append((name, iter(sorted(_needed_names(by_name[name])))))


def _needed_names(record: PackageRecord) -> set[str]:
    """Return the names that dependencies begin with, after their channel; one that has no name orders nothing."""
    found = (NAME.match(depend) for depend in record.depends)
    return {name[1].lower() for name in found if name is not None}


def _line(record: PackageRecord, digest: str) -> str:
    if not record.url:
        return f"# no URL is known for {printable(record.dist_name)}\n"
    value = record.md5 if digest == "md5" else record.sha256 if digest == "sha256" else None
    return f"{printable(record.url)}{f'#{_MARKS[digest]}{value}' if value else ''}\n"


_MARKS = {"md5": "", "sha256": "sha256:"}
