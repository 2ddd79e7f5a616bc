"""Records of packages that cannot be read, that there are two of, or that have another's name."""

from __future__ import annotations

import os

from conda_doctor.readable_records import each_record
from conda_kernel.model.finding import Finding
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import CorruptedEnvironment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.prefix_record import PrefixRecord


class Records:
    """The check `records`."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return what is wrong with the records and the history."""
        if not Prefix(prefix).is_environment:
            return None
        found = list(each_record(prefix, self._context))
        return (
            *(_unreadable(error) for error in found if isinstance(error, CorruptedEnvironment)),
            *_doubled([record for record in found if not isinstance(record, CorruptedEnvironment)]),
            *_history(prefix),
        )

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Mend nothing: what a record said that is lost, only a person can tell."""


def _unreadable(error: CorruptedEnvironment) -> Finding:
    return Finding(str(error), {"file": error.fields.get("corrupted_file")}, hint=error.hint)


def _doubled(records: Sequence[PrefixRecord]) -> Iterator[Finding]:
    by_name: dict[str, list[str]] = {}
    for installed in records:
        file = os.path.basename(installed.file_path)
        by_name.setdefault(installed.name, []).append(file)
        if file != installed.file_name:
            yield Finding(
                f"`conda-meta/{file}` holds what belongs in `{installed.file_name}`",
                {"file": file, "expected": installed.file_name},
                is_problem=False,
            )
    for name, files in by_name.items():
        if len(files) > 1:
            yield Finding(
                f"there are {len(files)} records of `{name}`",
                {"package": name, "files": files},
                tuple(f"conda-meta/{file}" for file in files),
                hint=f"`conda install --force-reinstall {name}` leaves one",
            )


def _history(prefix: str) -> Iterator[Finding]:
    try:
        history = Prefix(prefix).history()
    except CorruptedEnvironment as error:
        yield _unreadable(error)
        return
    for warning in history.warnings:
        yield Finding(warning, {"file": "history"}, is_problem=False)
