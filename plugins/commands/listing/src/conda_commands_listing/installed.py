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
    for path in _record_files(os.path.join(prefix, "conda-meta")):
        content = _content(path)
        if content is None:
            continue
        text, changed = content
        summary = package_summary(text, path, channel_name)
        name = summary.record.name
        other = newest.get(name)
        if other is not None:
            older, newer = sorted(((changed, summary), other), key=lambda pair: (pair[0], pair[1].file_path))
            problems.append(
                f"`{printable(older[1].file_path)}` is a second record of {name}; "
                f"the newer `{printable(newer[1].file_path)}` counts"
            )
            changed, summary = newer
        newest[name] = (changed, summary)
    return Installed(tuple(newest[name][1] for name in sorted(newest)), tuple(problems))


def has_unfinished_change(prefix: str) -> bool:
    """Tell whether a change of the environment was begun and not ended, by one look for its journal."""
    return os.path.lexists(os.path.join(prefix, "conda-meta", JOURNAL))


def _record_files(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise corrupted(folder, f"it cannot be read ({error.strerror})") from error
    return [os.path.join(folder, name) for name in names if name.endswith(".json") and not name.startswith(".")]


def _content(path: str) -> tuple[str, int] | None:
    """Return text and time of change, in nanoseconds, of a file; `None` when another process has just removed it."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(), os.fstat(file.fileno()).st_mtime_ns
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not os.path.lexists(path):
            return None
        raise corrupted(path, f"it cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise corrupted(path, "it is not UTF-8") from error
