"""Writes files of a channel so that whoever reads them meanwhile, or after a crash, finds the old or the new one."""

from __future__ import annotations

import os
from contextlib import suppress

SUFFIX = ".part"
ABANDONED = 86400.0
"""Seconds after which a file that was not finished, or that nothing names, is of no use to anybody."""


def write_file(path: str, content: bytes) -> bool:
    """Write a file that others are found by, and tell whether that was needed: one with this content is left alone.

    It has reached the disk when it takes its place. Raises `OSError`.
    """
    if file_content(path, len(content)) == content:
        return False
    _replace(path, content, is_flushed=True)
    return True


def place_file(path: str, content: bytes) -> None:
    """Write a file that is named for its content; there may be many, and what a crash takes of them is seen.

    Raises `OSError`.
    """
    _replace(path, content, is_flushed=False)


def remove_old(folder: str, now: float, *, kept: frozenset[str] = frozenset(), suffix: str = SUFFIX) -> None:
    """Remove the files with a suffix that are a day old and not to be kept; `now` is in seconds since 1970."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.name.endswith(suffix) and entry.name not in kept:
                with suppress(OSError):
                    if now - entry.stat(follow_symlinks=False).st_mtime > ABANDONED:
                        os.unlink(entry.path)


def file_content(path: str, size: int) -> bytes | None:
    """Return the content of a file of so many bytes; `None` when there is none such."""
    try:
        if os.stat(path).st_size != size:
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _replace(path: str, content: bytes, *, is_flushed: bool) -> None:
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}{SUFFIX}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            if is_flushed:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
