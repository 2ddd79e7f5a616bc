"""The files of a package in columns, which are read, checked and compared many at a time."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii

from conda_kernel.model.listed_files import are_usual_digests, are_usual_paths, are_usual_sizes
from conda_kernel.model.manifest import (
    InvalidManifest,
    PathEntry,
    path_entry,
    path_entry_as_json,
    read_listed,
    read_manifest,
)
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import UnsafePath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

# A safe path holds none.
_BETWEEN_PATHS = "\\"

# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PathEntry], tuple[object, ...]], PathEntry] = tuple.__new__


class FileTable(NamedTuple):
    """The files of a package, each path once.

    `paths`, `sizes` (in bytes) and `digests` (SHA-256) are the columns of plain files: those that are linked as they
    are, of which both is known. `others` are links, folders, files that are rewritten or copied, and those of which
    less is known.
    """

    paths: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    digests: tuple[str, ...] = ()
    others: tuple[PathEntry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[PathEntry]) -> FileTable:
        """Return the table of entries."""
        plain: list[tuple[str, int, str]] = []
        others = []
        for entry in entries:
            path, kind, digest, size, no_link, placeholder, _ = entry
            if kind == "hardlink" and digest is not None and size is not None and not no_link and placeholder is None:
                plain.append((path, size, digest))
            else:
                others.append(entry)
        return cls(
            tuple([path for path, _, _ in plain]),
            tuple([size for _, size, _ in plain]),
            tuple([digest for _, _, digest in plain]),
            tuple(others),
        )

    @classmethod
    def read(cls, folder: str) -> FileTable:
        """Return the table of what the extracted package in `folder` lists. Raises InvalidManifest and UnsafePath."""
        listed = read_listed(folder)
        table = None if listed is None else usual_table(listed)
        return cls.of(read_manifest(folder)) if table is None else table

    def entries(self) -> tuple[PathEntry, ...]:
        """Return the entry of each file, those of plain files first."""
        columns = zip(self.paths, self.sizes, self.digests, strict=True)
        plain = [_new(PathEntry, (path, "hardlink", digest, size, False, None, None)) for path, size, digest in columns]
        return (*plain, *self.others)

    def installed_texts(self) -> list[str]:
        """Return for each plain file the JSON text that a record has for it once it is linked (CEP 32)."""
        columns = zip(map(encode_basestring_ascii, self.paths), self.digests, self.sizes, strict=True)
        return [
            f'{{"_path": {path}, "path_type": "hardlink", "sha256": "{digest}", "size_in_bytes": {size}}}'
            for path, digest, size in columns
        ]


NO_FILES = FileTable()


def file_table_text(table: FileTable, mark: str) -> str:
    """Return the table as text, after a line that says what it was made from."""
    others = json.dumps([path_entry_as_json(entry) for entry in table.others], separators=(",", ":"))
    columns = (_BETWEEN_PATHS.join(table.paths), " ".join(map(str, table.sizes)), " ".join(table.digests), others)
    return "\n".join((mark, *columns, ""))


def file_table(text: str, mark: str) -> FileTable | None:
    """Return the table of a text with this mark, or `None` when it has another, or holds what no table may.

    The text is checked as a manifest is: whoever wrote it need not have checked anything.
    """
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != mark or lines[5]:
        return None
    paths, sizes, digests = lines[1:4]
    try:
        table = FileTable(
            tuple(paths.split(_BETWEEN_PATHS)) if paths else (),
            tuple(map(int, sizes.split())),
            tuple(digests.split(" ")) if digests else (),
            tuple([path_entry(entry) for entry in json.loads(lines[4])]),
        )
        return table if _is_sound(table) else None
    except (InvalidManifest, UnsafePath, ValueError, TypeError, RecursionError):
        return None


def usual_table(listed: Iterable[Any]) -> FileTable | None:
    """Return the table of decoded entries when what they hold passes checks of all at once; `None` when it does not.

    A package can have tens of thousands, and looking at each costs ten times as much.
    """
    plain: list[Any] = []
    others: list[Any] = []
    try:
        for entry in listed:
            (plain if len(entry) == 4 and entry["path_type"] == "hardlink" else others).append(entry)
        rest = FileTable.of([path_entry(entry) for entry in others])
        table = FileTable(
            tuple([entry["_path"] for entry in plain]),
            tuple([entry["size_in_bytes"] for entry in plain]),
            tuple([entry["sha256"] for entry in plain]),
            rest.others,
        )
        return table if not rest.paths and _is_sound(table) else None
    except (InvalidManifest, UnsafePath, KeyError, TypeError, ValueError):
        return None


def _is_sound(table: FileTable) -> bool:
    """Tell whether a table holds what one may; raise `UnsafePath`, `TypeError` or `ValueError` for some that do not."""
    paths, sizes, digests, others = table
    every = {*paths, *[entry.path for entry in others]}
    return (
        len(paths) == len(sizes) == len(digests)
        and len(every) == len(paths) + len(others)
        and are_usual_paths(paths)
        and are_usual_sizes(sizes)
        and are_usual_digests(digests)
    )
