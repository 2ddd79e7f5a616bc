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
        closed = [descriptor for descriptor in (STDIN, STDOUT, STDERR) if not _is_open(descriptor)]
        for _ in closed:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptors, so that no other file becomes a stream
        stdout, stderr = os.dup(STDOUT), os.dup(STDERR)
        os.dup2(STDERR, STDOUT)
        return cls(STDIN, None if STDOUT in closed else stdout, None if STDERR in closed else stderr)

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


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _write(descriptor: int | None, text: str) -> None:
    if descriptor is None:
        raise OSError("the stream is closed")
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(descriptor, data) :]
