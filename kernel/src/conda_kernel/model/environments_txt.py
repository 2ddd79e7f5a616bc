"""The list of a user's environments beyond the usual folders: `~/.conda/environments.txt`, a path on each line."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

LONGEST = 1 << 20
"""In bytes; what is longer is no list of environments, and read up to here."""


def listed(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paths of the list, whether environments are there or not; none when it cannot be read."""
    file = _file(environ)
    try:
        lines = _lines(file) if file else []
    except OSError:
        return ()
    paths = [line.strip() for line in lines]
    return tuple(os.path.normpath(path) for path in paths if os.path.isabs(path) and "\0" not in path)


def add(prefix: str, environ: Mapping[str, str]) -> bool:
    """Put a path on the list, and tell whether that was needed and possible."""
    file = _file(environ)
    if not file or not prefix.isprintable():
        return False
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with _alone(file):
            lines = _lines(file)
            if prefix in lines:
                return False
            _write(file, [*lines, prefix])
    except OSError:
        return False
    return True


def drop(prefixes: Collection[str], environ: Mapping[str, str]) -> None:
    """Take paths off the list; where that cannot be written nothing happens: whoever reads it looks at the disk too."""
    file = _file(environ)
    try:
        if file and os.path.exists(file):
            with _alone(file):
                lines = _lines(file)
                kept = [line for line in lines if line.strip() not in prefixes]
                if kept != lines:
                    _write(file, kept)
    except OSError:
        return


def _file(environ: Mapping[str, str]) -> str:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return os.path.join(home, ".conda", "environments.txt") if home else ""


if sys.platform == "win32":

    @contextmanager
    def _alone(file: str) -> Iterator[None]:  # noqa: ARG001 - as below
        """Do nothing: here a folder cannot be locked."""
        yield

else:
    import fcntl

    @contextmanager
    def _alone(file: str) -> Iterator[None]:
        """Keep other processes from writing meanwhile."""
        folder = os.open(os.path.dirname(file), os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _lines(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as text:
            return [line for line in text.read(LONGEST).split("\n") if line.strip()]
    except FileNotFoundError:
        return []


def _write(file: str, lines: list[str]) -> None:
    # A file that is a link to somewhere, as some keep their settings, stays one.
    real = os.path.realpath(file)
    temporary = f"{real}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as text:
            text.write("".join(f"{line}\n" for line in lines))
        os.replace(temporary, real)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
