"""Notes new environments in `~/.conda/environments.txt`, so that they are known wherever they lie."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conda_kernel.model.plan import Action
from conda_kernel.settings import REGISTER_ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.context import Context
    from conda_kernel.model.plan import Plan

if sys.platform != "win32":
    import fcntl

NAME = "environments-txt"

_OF_BUILDS = ("placehold_pl", "skeleton_")


def register(plan: Plan, context: Context) -> Action | None:
    """Return what notes the environment that a plan creates, unless it is one that a build will throw away.

    A home that belongs to somebody else, as under `sudo`, is left alone. Where the file cannot be written nothing is
    noted, and the environment is made all the same.
    """
    home = context.environ.get("HOME")
    prefix = plan.prefix
    if not home or not plan.change.creates or not context[REGISTER_ENVIRONMENTS]:
        return None
    if any(mark in prefix for mark in _OF_BUILDS) or not prefix.isprintable():
        return None
    if not _is_own(home):
        return None
    file = os.path.join(home, ".conda", "environments.txt")

    def do() -> object:
        return {"noted": _noted(file, prefix)}

    def undo(answer: object) -> None:
        if answer != {"noted": False}:
            _forget(file, prefix)

    return Action(NAME, do, undo)


def _noted(file: str, prefix: str) -> bool:
    """Add the line and tell whether that was needed and possible."""
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


def _forget(file: str, prefix: str) -> None:
    try:
        with _alone(file):
            lines = _lines(file)
            if prefix in lines:
                _write(file, [line for line in lines if line != prefix])
    except OSError:
        return


def _is_own(home: str) -> bool:
    try:
        return not hasattr(os, "geteuid") or os.stat(home).st_uid == os.geteuid()
    except OSError:
        return False


@contextmanager
def _alone(file: str) -> Iterator[None]:
    """Keep other processes from writing meanwhile, where the system can."""
    if sys.platform == "win32":
        yield
        return
    folder = os.open(os.path.dirname(file), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _lines(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as text:
            return [line for line in text.read().split("\n") if line.strip()]
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
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise
