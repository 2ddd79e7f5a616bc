"""A process that has imported the installed plugins, and forks commands that die, fail or are interrupted at a step.

As a program it answers each line of standard input, a list of commands, with a list of how they ended. Commands of one
line run at the same time. What a command does to files below a folder is counted by an audit hook, which at one number
kills the process, refuses, or sends a signal: so every place where a power cut or a full disk could strike is met.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

from conda_testing.executable import Conda, Ended, save_plugin_index
from conda_testing.fork_server import STREAMS, become, imported_command

COUNTED = frozenset(
    (
        "open",
        "os.rename",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.chmod",
        "os.utime",
        "os.truncate",
        "shutil.rmtree",
        "subprocess.Popen",
    )
)
MAKING = frozenset(("open", "os.link", "os.symlink", "os.mkdir"))
"""What needs room on a disk."""

WRITING = os.O_WRONLY | os.O_RDWR


class Fault(NamedTuple):
    """What happens at the operation of the number `at`, counted below `folder`; at 0 nothing does.

    `kind` is `kill`, `interrupt` (twice, the second time `later` operations after the first) or the name of an error
    number, for what is done to files. A disk that is full stays so; other errors happen once. With a `log`, the numbers
    of the operations before which the file `watched` had changed are written there, and after them how many there were.

    Of the kind `company`, nothing goes wrong but that locks cannot be had when `at` is not 0; each folder that an
    archive is extracted into is written to the `log`.
    """

    folder: str
    kind: str = "kill"
    at: int = 0
    later: int = 1
    watched: str = ""
    log: str = ""


class FaultServer:
    """The process; it ends with the context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._folder.cleanup()

    def run(self, conda: Conda, *words: str, fault: Fault | None = None) -> Ended:
        """Run one command."""
        return self.run_all([(conda, words)], fault)[0]

    def run_all(
        self, commands: Sequence[tuple[Conda, Sequence[str]]], fault: Fault | None = None, timeout: float = 120
    ) -> list[Ended]:
        """Run commands at the same time; after `timeout` seconds each is killed by `SIGALRM`."""
        requests = []
        for conda, words in commands:
            save_plugin_index(conda.environ)
            self._number += 1
            places = {name: os.path.join(self._folder.name, f"{self._number}-{name}") for name in STREAMS}
            with open(places["stdin"], "w", encoding="utf-8"):
                pass
            request: dict[str, Any] = {"words": [conda.file, *words], "environ": conda.environ, "cwd": os.getcwd()}
            requests.append({**request, "timeout": timeout, "fault": fault, **places})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(requests) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the server has ended")
        return [self._ended(status, request) for status, request in zip(json.loads(answer), requests, strict=True)]

    def _ended(self, status: int, request: dict[str, Any]) -> Ended:
        texts = []
        for name in STREAMS:
            with open(request[name], encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
            os.unlink(request[name])
        return Ended(status, *texts[1:])


def inject(fault: Fault) -> None:
    """Count, from now on, what this process does to files below the folder, and interfere."""
    if fault.kind == "company":
        sys.addaudithook(in_company(fault))
        return
    count = 0
    size = -1
    steps: list[int] = []
    strike = strikes(fault)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count, size
        if event not in COUNTED or not concerns(event, arguments, fault.folder):
            return
        count += 1
        if fault.log:
            now = size_of(fault.watched)
            if now != size:
                steps.append(count)
                size = now
        if fault.at:
            strike(event, count)

    def write_log() -> None:
        with open(fault.log, "w", encoding="utf-8") as file:
            json.dump({"steps": steps, "count": count}, file)

    sys.addaudithook(hook)
    if fault.log:
        end = os._exit

        def ending(status: int) -> None:
            write_log()
            end(status)

        os._exit = ending  # type: ignore[assignment]  # the process is this test's own, and ends that way


def in_company(fault: Fault) -> Callable[[str, tuple[Any, ...]], None]:
    """Return a hook that notes what is extracted, and refuses locks."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "fcntl.flock" and fault.at:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
        if event == "os.mkdir" and f"{os.sep}.extracting{os.sep}" in arguments[0]:
            folder, name = os.path.split(arguments[0])
            if name == "package":
                note(fault.log, os.path.basename(folder))

    return hook


def note(path: str, line: str) -> None:
    """Add a line to a file that several processes write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode() + b"\n")
    os.close(descriptor)


def concerns(event: str, arguments: tuple[Any, ...], folder: str) -> bool:
    """Tell whether an event is about files below the folder; starting programs always is."""
    if event == "subprocess.Popen":
        return True
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & WRITING):
        return False
    paths = [path for path in arguments[:2] if isinstance(path, str)]
    if event in ("os.link", "os.mkdir"):
        # Their paths may be told from open folders.
        paths += [os.readlink(f"/proc/self/fd/{each}") for each in arguments[2:] if each >= 0]
    return any(path.startswith(folder) for path in paths)


def strikes(fault: Fault) -> Callable[[str, int], None]:
    """Return what is done before an operation, given its event and number."""

    def kill(event: str, count: int) -> None:
        if count == fault.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def interrupt(event: str, count: int) -> None:
        if count in (fault.at, fault.at + fault.later):
            os.kill(os.getpid(), signal.SIGINT)

    def refuse(event: str, count: int) -> None:
        number: int = getattr(errno, fault.kind)
        full = number == errno.ENOSPC and count > fault.at and event in MAKING
        if (count == fault.at or full) and event != "subprocess.Popen":
            raise OSError(number, os.strerror(number), "a place")

    return {"kill": kill, "interrupt": interrupt}.get(fault.kind, refuse)


def size_of(path: str) -> int:
    """Return the size of a file, or -1."""
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def serve() -> None:
    """Answer the requests; in each process that is forked for a command, this function ends with that."""
    run = imported_command()
    requests, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in requests:
        children = []
        for request in json.loads(line):
            child = os.fork()
            if child == 0:
                # A child of a test runs alone in its group, as one of a shell does.
                become(request)
                if request["fault"] is not None:
                    inject(Fault(*request["fault"]))
                run()
                return
            children.append(child)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        answers.write(json.dumps(statuses) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
