"""Runs a command and shows what each plugin costs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from tempfile import TemporaryDirectory

from conda_commands_plugins.costs import costs
from conda_kernel.errors import CondaError, UsageError
from conda_kernel.model.event import Warned
from conda_kernel.model.result import Result, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any

    from conda_commands_plugins.costs import Cost
    from conda_kernel.kernel import Kernel

PROGRAM = "import sys; from conda_commands_plugins.measuring import run; run(sys.argv[1], sys.argv[2:])"
COLUMNS = ("Distribution", "CPU ms", "of which imports", "Modules", "Calls", "Plugins")


class Profile:
    """The command `conda plugins profile`; the command that is measured runs in a process of its own."""

    def __init__(self, kernel: Kernel) -> None:
        self._index = kernel.index
        self._environ = kernel.context.environ
        self._terminal = kernel.terminal
        self._tell = kernel.reporter.tell

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument(
            "command", nargs=argparse.REMAINDER, metavar="COMMAND ...", help="a command; it is really run, unseen"
        )

    def run(self, arguments: Namespace) -> Result:
        """Return what the plugins cost, dearest first; the exit status is that of the command.

        Raises `UsageError` without a command, and `CondaError` when the command did not come to its own end.
        """
        command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
        if not command:
            raise UsageError("there is no command to profile", hint="as in `conda plugins profile list`")
        status, measured = self._measured(command)
        if status:
            self._tell(Warned(f"`conda {' '.join(command)}` ended with status {status}"))
        found = costs(measured, self._index.all())
        document = {
            "success": status == 0,
            "command": ["conda", *command],
            "return_code": status,
            "cpu_ms": _milliseconds(measured["seconds"]),
            "distributions": [_as_json(cost) for cost in found],
        }
        rows = tuple(map(_row, found))
        total = f"`conda {' '.join(command)}` took {_milliseconds(measured['seconds'])} ms of CPU while it was measured"
        return Result(document, (Table(COLUMNS, rows, total, right=frozenset(COLUMNS[1:5])),), exit_status=status)

    def _measured(self, command: Sequence[str]) -> tuple[int, dict[str, Any]]:
        try:
            temporary = TemporaryDirectory()
        except OSError as error:
            raise CondaError(f"there is no folder for temporary files: {error.strerror}", hint="set TMPDIR") from error
        with temporary as folder:
            report = os.path.join(folder, "report")
            done = subprocess.run(  # noqa: S603 - this interpreter, with what the user typed as arguments
                [sys.executable, "-P", "-c", PROGRAM, report, *command],
                env=dict(self._environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._terminal.stderr,
                check=False,
            )
            try:
                with open(report, encoding="utf-8") as file:
                    return done.returncode, json.load(file)
            except (OSError, ValueError):
                raise CondaError(
                    f"`conda {' '.join(command)}` did not come to its own end (status {done.returncode}), "
                    "so nothing is known of what it cost"
                ) from None


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _row(cost: Cost) -> tuple[str, ...]:
    return (
        cost.distribution,
        f"{cost.seconds * 1000:.1f}",
        f"{cost.import_seconds * 1000:.1f}",
        str(len(cost.modules)),
        str(cost.calls),
        ", ".join(cost.plugins),
    )


def _as_json(cost: Cost) -> dict[str, object]:
    return {
        "name": cost.distribution,
        "cpu_ms": _milliseconds(cost.seconds),
        "import_ms": _milliseconds(cost.import_seconds),
        "modules": sorted(cost.modules),
        "calls": cost.calls,
        "plugins": list(cost.plugins),
    }
