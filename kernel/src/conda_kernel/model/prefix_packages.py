"""Reads which packages an environment has; nothing here writes, and no match spec is read.

Listing commands start from here: `conda_kernel.model.prefix` adds history and pins, whose match specs cost 18 modules.
"""

from __future__ import annotations

import os
from zlib import adler32, crc32

from conda_kernel.model.channel import ChannelNames, ChannelSettings
from conda_kernel.model.environment import has_unfinished_change, is_environment
from conda_kernel.model.frozen import frozen_message
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_record import (
    CorruptedEnvironment,
    PackageSummary,
    PrefixRecord,
    corrupted,
    package_summary,
    prefix_record,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class PrefixPackages:
    """The installed packages of an environment, a folder with `conda-meta/history` in it (CEP 32).

    What is asked for is read then and remembered; a new object sees the disk anew. `channel_name` gives the
    canonical name for the text of a channel, by default as without any configuration.
    """

    def __init__(self, path: str, channel_name: Callable[[str], str] | None = None) -> None:
        self.path = path
        self._channel_name = channel_name
        self._records: tuple[PrefixRecord, ...] | None = None
        self._summaries: tuple[PackageSummary, ...] | None = None
        self._problems: dict[str, str] = {}

    @property
    def meta_folder(self) -> str:
        """The folder of records and history."""
        return os.path.join(self.path, "conda-meta")

    @property
    def is_environment(self) -> bool:
        """Tell whether the folder is an environment."""
        return is_environment(self.path)

    def unfinished_change(self) -> bool:
        """Tell whether a change of the environment was begun and not ended, by one look for its journal."""
        return has_unfinished_change(self.path)

    def records(self) -> tuple[PrefixRecord, ...]:
        """Return the installed packages, sorted by name.

        Of two records for one name the newer file counts, and `problems` tells.

        Raises CorruptedEnvironment.
        """
        if self._records is None:
            found = [
                (prefix_record(content, path, self._names()), time) for path, content, time in self._record_files()
            ]
            kept = self._newest([(installed.record.name, installed.file_path, time) for installed, time in found])
            self._check_file_names([(installed.file_path, installed.file_name) for installed, _ in found])
            self._records = tuple(
                sorted(
                    (installed for installed, _ in found if installed.file_path in kept),
                    key=lambda installed: installed.record.name,
                )
            )
        return self._records

    def summaries(self) -> tuple[PackageSummary, ...]:
        """Return the installed packages without their files, sorted by name; much cheaper than `records`.

        Raises CorruptedEnvironment.
        """
        if self._summaries is None:
            found = [
                (package_summary(content, path, self._names()), time) for path, content, time in self._record_files()
            ]
            kept = self._newest([(summary.record.name, summary.file_path, time) for summary, time in found])
            self._check_file_names([(summary.file_path, f"{summary.record.dist_name}.json") for summary, _ in found])
            self._summaries = tuple(
                sorted(
                    (summary for summary, _ in found if summary.file_path in kept),
                    key=lambda summary: summary.record.name,
                )
            )
        return self._summaries

    def record(self, name: str) -> PrefixRecord | None:
        """Return the installed package of that name, or none. Raises CorruptedEnvironment."""
        return next((installed for installed in self.records() if installed.record.name == name), None)

    def problems(self) -> tuple[str, ...]:
        """Return what was odd about the record files that were read: two for one name, a wrong file name."""
        return tuple(self._problems[path] for path in sorted(self._problems))

    def frozen_message(self) -> str | None:
        """Return what to tell when the environment is protected against changes, None when it is not (CEP 22)."""
        try:
            text = self._text("frozen")
        except CorruptedEnvironment:
            return frozen_message("")
        return None if text is None else frozen_message(text)

    def fingerprint(self) -> str:
        """Return a short text that differs when a record or the history has changed: names, sizes and times count."""
        lines = []
        for name, size, time in self._files():
            if _is_record_file(name) or name == "history":
                lines.append(f"{name}\0{size}\0{time}")
        state = "\n".join(sorted(lines)).encode("utf-8", "surrogateescape")
        return f"{len(lines)}-{crc32(state):08x}{adler32(state):08x}"

    def _names(self) -> Callable[[str], str]:
        if self._channel_name is None:
            self._channel_name = ChannelNames(ChannelSettings())
        return self._channel_name

    def _record_files(self) -> list[tuple[str, bytes, int]]:
        found = []
        for name, _, time in sorted(self._files()):
            content = self._content(name) if _is_record_file(name) else None
            if content is not None:
                found.append((os.path.join(self.meta_folder, name), content, time))
        return found

    def _files(self) -> list[tuple[str, int, int]]:
        """Return name, size and time of every file in the folder of records; what vanishes meanwhile is left out."""
        found = []
        try:
            with os.scandir(self.meta_folder) as entries:
                for entry in entries:
                    try:
                        if entry.is_file():
                            status = entry.stat()
                            found.append((entry.name, status.st_size, status.st_mtime_ns))
                        elif entry.is_symlink() and _is_record_file(entry.name):
                            raise corrupted(entry.path, "it leads to no file")
                    except FileNotFoundError:
                        continue
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise corrupted(self.meta_folder, f"it cannot be read ({error.strerror})") from error
        return found

    def _text(self, name: str) -> str | None:
        content = self._content(name)
        try:
            return None if content is None else content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise corrupted(os.path.join(self.meta_folder, name), "it is not UTF-8") from error

    def _content(self, name: str) -> bytes | None:
        path = os.path.join(self.meta_folder, name)
        try:
            with open(path, "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise corrupted(path, f"it cannot be read ({error.strerror})") from error

    def _newest(self, files: list[tuple[str, str, int]]) -> set[str]:
        newest: dict[str, tuple[int, str]] = {}
        for name, path, time in files:
            other = newest.get(name)
            newest[name] = max((time, path), other) if other is not None else (time, path)
        for name, path, _ in files:
            if newest[name][1] != path:
                self._problems[path] = (
                    f"`{printable(path)}` is a second record of {name}; the newer `{printable(newest[name][1])}` counts"
                )
        return {path for _, path in newest.values()}

    def _check_file_names(self, files: list[tuple[str, str]]) -> None:
        for path, expected in files:
            if os.path.basename(path) != expected:
                self._problems.setdefault(path, f"`{printable(path)}` holds what belongs in `{expected}`")


def _is_record_file(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")
