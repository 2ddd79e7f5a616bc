"""Forgets a deleted environment in `~/.conda/environments.txt`."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

if sys.platform != "win32":
    import fcntl


def forget(prefix: str, environ: Mapping[str, str]) -> None:
    """Take the environment off the list; where that cannot be written nothing happens: whoever reads it looks too."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if not home:
        return
    file = os.path.realpath(os.path.join(home, ".conda", "environments.txt"))
    temporary = f"{file}.{os.getpid()}"
    try:
        with _alone(os.path.join(home, ".conda")):
            with open(file, encoding="utf-8", errors="surrogateescape") as text:
                lines = text.read().splitlines(keepends=True)
            kept = [line for line in lines if line.strip() != prefix]
            if kept != lines:
                with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as text:
                    text.writelines(kept)
                os.replace(temporary, file)
    except OSError:
        return


@contextmanager
def _alone(folder: str) -> Iterator[None]:
    """Keep other processes from writing meanwhile, where the system can."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
