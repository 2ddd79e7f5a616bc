"""Reads what is installed in an environment, and no more of it than a listing needs.

`conda_kernel.model.prefix` knows history, pins and files too; for match specs alone it imports a dozen modules that
`conda list` does without.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_record import corrupted, package_summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.prefix_record import PackageSummary

JOURNAL = "journal"


class Installed(NamedTuple):
    """The packages of an environment, sorted by name, and what was odd about their files."""

    packages: tuple[PackageSummary, ...]
    problems: tuple[str, ...] = ()


def installed_packages(prefix: str, channel_name: Callable[[str], str]) -> Installed:
    """Return the packages of an environment; of two records for one name the newer file counts.

    `channel_name` gives the canonical name for the text of a channel. Raises `CorruptedEnvironment`.
    """
    newest: dict[str, tuple[int, PackageSummary]] = {}
    problems = []
    for path, changed in _record_files(os.path.join(prefix, "conda-meta")):
        summary = package_summary(_text(path), path, channel_name)
        name = summary.record.name
        other = newest.get(name)
        if other is not None:
            older, newer = sorted(((changed, summary), other), key=lambda pair: (pair[0], pair[1].file_path))
            problems.append(
                f"`{printable(older[1].file_path)}` is a second record of {name}; "
                f"the newer `{printable(newer[1].file_path)}` counts"
            )
            changed, summary = newer  # noqa: PLW2901 - the one of the two that counts
        newest[name] = (changed, summary)
    return Installed(tuple(newest[name][1] for name in sorted(newest)), tuple(problems))


def has_unfinished_change(prefix: str) -> bool:
    """Tell whether a change of the environment was begun and not ended, by one look for its journal."""
    return os.path.lexists(os.path.join(prefix, "conda-meta", JOURNAL))


def _record_files(folder: str) -> list[tuple[str, int]]:
    """Return path and time of change, in nanoseconds, of each record file, sorted by path."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (entry.path, entry.stat().st_mtime_ns)
                for entry in entries
                if entry.name.endswith(".json") and not entry.name.startswith(".")
            )
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise corrupted(folder, f"it cannot be read ({error.strerror})") from error


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise corrupted(path, f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise corrupted(path, "it is not UTF-8") from error
