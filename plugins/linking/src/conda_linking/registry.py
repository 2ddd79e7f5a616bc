"""Notes new environments in `~/.conda/environments.txt`, so that they are known wherever they lie."""

from __future__ import annotations

import os

from conda_kernel.model.environments_txt import add, drop
from conda_kernel.model.plan import Action
from conda_kernel.settings import REGISTER_ENVIRONMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context
    from conda_kernel.model.plan import Plan

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
    environ = {"HOME": home}

    def do() -> object:
        return {"noted": add(prefix, environ)}

    def undo(answer: object) -> None:
        if answer != {"noted": False}:
            drop((prefix,), environ)

    return Action(NAME, do, undo)


def _is_own(home: str) -> bool:
    try:
        return not hasattr(os, "geteuid") or os.stat(home).st_uid == os.geteuid()
    except OSError:
        return False
