"""A person at a pseudo-terminal who runs the executable."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, NamedTuple

from conda_testing.executable import Conda, save_plugin_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


_LOOK_SECONDS = 0.05


class Seen(NamedTuple):
    """How a command ended, and all that the terminal showed, in the order in which it came."""

    status: int
    shown: str

    @property
    def left(self) -> str:
        """What stands on the terminal in the end, with its colours: what was erased meanwhile is gone."""
        lines = [""]
        row = 0
        for part in re.split("(\x1b\\[[0-9;?]*[A-Za-z]|\n|\r)", self.shown):
            if part == "\n":
                row += 1
                lines += [""] * (row == len(lines))
            elif part == "\x1b[2K":
                lines[row] = ""
            elif part.startswith("\x1b[") and part.endswith("A"):
                row -= int(part[2:-1] or 1)
            elif part != "\r" and not part.startswith("\x1b[?"):
                lines[row] += part
        return "\n".join(lines)


class Person:
    """Somebody whose home is a folder, at a terminal of a width of their choice."""

    def __init__(self, home: Path, environ: Mapping[str, str]) -> None:
        self.home = home
        conda = Conda(home, environ={"TERM": "xterm", **environ})
        self.environ = conda.environ
        self._file = conda.file
        save_plugin_index(self.environ)

    def run(
        self,
        *words: str,
        columns: int = 80,
        typed: str = "",
        meanwhile: Callable[[int, str], None] | None = None,
        **environ: str,
    ) -> Seen:
        """Run a command; `typed` is typed ahead, `meanwhile` is called with the terminal and what was shown so far."""
        master, slave = pty.openpty()
        try:
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            attributes = termios.tcgetattr(slave)
            attributes[3] &= ~termios.ECHO
            termios.tcsetattr(slave, termios.TCSANOW, attributes)
            os.write(master, typed.encode())
            process = subprocess.Popen(  # noqa: S603 - the executable of this environment, and what a test gives it
                [sys.executable, self._file, *words],
                env={**self.environ, **environ},
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - so that Ctrl-C can be typed
            )
            shown = b""
            with process:
                for chunk in chunks_until(master, lambda: process.poll() is not None):
                    shown += chunk
                    if meanwhile is not None:
                        meanwhile(master, shown.decode("utf-8", "replace"))
        finally:
            os.close(master)
            os.close(slave)
        return Seen(process.returncode, shown.decode().replace("\r\n", "\n"))


def chunks_until(master: int, is_over: Callable[[], bool]) -> Iterator[bytes]:
    """Yield what is written to the other end, until it is over and all was read.

    The other end stays open here: when its last owner closes it, Linux may lose what was written just before.
    """
    while True:
        was_over = is_over()
        if select.select([master], [], [], 0 if was_over else _LOOK_SECONDS)[0]:
            yield os.read(master, 4096)
        elif was_over:
            return


def chunks(master: int) -> Iterator[bytes]:
    """Yield what is written to the other end, until that is closed."""
    while True:
        try:
            chunk = os.read(master, 4096)
        except OSError:
            return
        if not chunk:
            return
        yield chunk
