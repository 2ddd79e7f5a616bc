"""A process that has imported the installed plugins, and forks a new one for every command.

A command then costs what it does and not what it imports. What is about start-up, about plugins that are not installed,
or about faults of the process runs `conda_testing.executable.Conda` without a server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from conda_kernel.errors import PluginNotLoaded
from conda_kernel.plugin_scan import scan
from conda_testing.kernels import make_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

STREAMS = ("stdin", "stdout", "stderr")


class ForkServer:
    """The process; it ends with the context. `is_possible` tells whether this system can fork."""

    is_possible = hasattr(os, "fork")

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(  # noqa: S603 - this module
            [sys.executable, "-m", __spec__.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._folder.cleanup()

    def run(self, words: Sequence[str], environ: Mapping[str, str], stdin: str, timeout: float) -> tuple[int, str, str]:
        """Run the `conda` that is the first word in a process of its own; return status, output and error output.

        After `timeout` seconds it is killed by `SIGALRM`.
        """
        places = {name: os.path.join(self._folder.name, name) for name in STREAMS}
        with open(places["stdin"], "w", encoding="utf-8") as file:
            file.write(stdin)
        request = {"words": words, "environ": dict(environ), "cwd": os.getcwd(), "timeout": timeout, **places}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the server has ended")
        stdout, stderr = (_read(places[name]) for name in STREAMS[1:])
        return json.loads(answer), stdout, stderr


def _read(place: str) -> str:
    with open(place, encoding="utf-8") as file:
        return file.read()


def serve() -> None:
    """Answer each line of standard input, a request, with the status of the process that was forked for it.

    In that process the command ends, and with it this function.
    """
    run = imported_command()
    # Standard input and output of a command are others.
    requests, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in requests:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
            run()
            return
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def imported_command() -> Callable[[], object]:
    """Return the function that `conda` calls, after all plugins that can be imported were."""
    plugins = scan(sys.path[1:])
    kernel = make_kernel(os.getcwd(), plugins=plugins)
    for plugin in plugins:
        try:
            kernel.load(plugin)
        except PluginNotLoaded:
            # The command that needs it says so.
            continue
    # Imported here alone, so that it is no second way into the metadata of what is installed.
    from importlib.metadata import entry_points  # noqa: PLC0415 - the tests themselves do not need it

    (command,) = entry_points(group="console_scripts", name="conda")
    run: Callable[[], object] = command.load()
    return run


def become(request: dict[str, Any]) -> None:
    """Make this process that of a command."""
    for number, name in enumerate(STREAMS):
        flags = os.O_RDONLY if name == "stdin" else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(request[name], flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["cwd"])
    sys.argv = list(request["words"])
    sys.path[0] = os.path.dirname(sys.argv[0])
    signal.setitimer(signal.ITIMER_REAL, request["timeout"])


if __name__ == "__main__":
    serve()
