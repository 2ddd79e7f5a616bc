"""The real standard streams, kept where plugins cannot write to them by accident."""

from __future__ import annotations

import os

STDIN, STDOUT, STDERR = 0, 1, 2


class Terminal:
    """The descriptors that the process was started with.

    `stdout` is what a user or a program reads; descriptor 1 leads to standard error as long as the guard stands, so
    that nothing a plugin, a script or a child prints mixes with the one document that a command owes.
    """

    __slots__ = ("stderr", "stdin", "stdout")

    def __init__(self, stdin: int, stdout: int | None, stderr: int | None) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr

    @classmethod
    def guarded(cls) -> Terminal:
        """Keep the real standard output under another descriptor and lead descriptor 1 to standard error."""
        stdout, stderr = _duplicate(STDOUT), _duplicate(STDERR)
        try:
            os.dup2(STDERR if stderr is not None else _sink(), STDOUT)
        except OSError:
            pass
        return cls(STDIN, stdout, stderr)

    def write(self, text: str) -> None:
        """Write to the real standard output; raise `OSError` when it is closed or full."""
        _write(self.stdout, text)

    def warn(self, text: str) -> None:
        """Write to standard error, and never fail: there is nobody left to tell."""
        try:
            _write(self.stderr, text)
        except OSError:
            pass

    def shows(self, descriptor: int | None) -> bool:
        """Tell whether a person looks at the descriptor."""
        return descriptor is not None and os.isatty(descriptor)


def _duplicate(descriptor: int) -> int | None:
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def _sink() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def _write(descriptor: int | None, text: str) -> None:
    if descriptor is None:
        raise OSError("the stream is closed")
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(descriptor, data) :]
