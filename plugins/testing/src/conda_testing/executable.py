"""The real `conda` executable in a real process, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.plugin_index import index_files, index_text, path_state
from conda_kernel.plugin_scan import scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_testing.fork_server import ForkServer


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

    `path` holds folders with further distributions (`conda_testing.distributions`); `environ` replaces variables. With
    a `server` commands are forked from it; it cannot be had together with `path`.
    """

    def __init__(
        self,
        home: str | os.PathLike[str],
        *,
        path: tuple[str, ...] = (),
        environ: Mapping[str, str] | None = None,
        server: ForkServer | None = None,
    ) -> None:
        if path and server is not None:
            raise ValueError("a server has imported what is installed, and nothing else")
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
        self._server = server

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 120) -> Ended:
        """Run a command to its end, within `timeout` seconds; without `stdin` its input is at its end."""
        save_plugin_index(self.environ)
        if self._server is not None:
            return Ended(*self._server.run([self.file, *arguments], self.environ, stdin or "", timeout))
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


def save_plugin_index(environ: Mapping[str, str]) -> None:
    """Save the plugin index for processes with these variables, unless it is there.

    They would do that themselves if a test went on for longer than the kernel mistrusts folders that have just changed;
    until then each of them would scan what is installed.
    """
    added = environ.get("PYTHONPATH", "")
    path = (*(added.split(os.pathsep) if added else ()), *_path_of_a_process())
    place = index_files(path, environ)[0]
    state = path_state(path)
    if not place.startswith(environ["HOME"]) or _begins_with(place, state):
        return
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(_index(path, state).encode("utf-8", "surrogateescape"))


def _begins_with(place: str, state: str) -> bool:
    try:
        with open(place, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(len(state)) == state
    except OSError:
        return False


@lru_cache(maxsize=16)
def _index(path: tuple[str, ...], state: str) -> str:
    return index_text(state, scan(path))


@lru_cache(maxsize=1)
def _path_of_a_process() -> tuple[str, ...]:
    """Return what a new interpreter has on its path, less the folder of the script."""
    told = "import sys; print(*sys.path[1:], sep='\\0', end='')"
    words = [sys.executable, "-c", told]
    done = subprocess.run(words, env={}, capture_output=True, text=True, check=True)  # noqa: S603 - see above
    return tuple(done.stdout.split("\0"))
