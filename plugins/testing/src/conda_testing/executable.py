"""The real `conda` executable in a real process, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ended(NamedTuple):
    """How a process ended."""

    status: int
    stdout: str
    stderr: str

    def json(self) -> object:
        """Return the one document on standard output; raise `ValueError` when there is anything else."""
        return json.loads(self.stdout)


class Conda:
    """The executable of this environment; what it writes lies below `home`.

    `path` holds folders with further distributions (`conda_testing.distributions`); `environ` replaces variables.
    """

    def __init__(
        self, home: str | os.PathLike[str], *, path: tuple[str, ...] = (), environ: Mapping[str, str] | None = None
    ) -> None:
        self.home = os.fspath(home)
        self.environ = {
            "HOME": self.home,
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108 - what the system would take
            **({"PYTHONPATH": os.pathsep.join(path)} if path else {}),
            **(environ or {}),
        }
        self.file = os.path.join(sysconfig.get_path("scripts"), "conda.exe" if os.name == "nt" else "conda")

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 120) -> Ended:
        """Run a command to its end, within `timeout` seconds; without `stdin` its input is at its end."""
        done = subprocess.run(  # noqa: S603 - the executable under test
            [sys.executable, self.file, *arguments],
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            env=self.environ,
            timeout=timeout,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)
