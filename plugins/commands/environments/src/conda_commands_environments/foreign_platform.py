"""Remembers in an environment that it is for another platform than this one."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError
from conda_kernel.model.subdir import host_subdir, is_subdir_name
from conda_kernel.settings import SUBDIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context


def keep_platform(prefix: str, context: Context) -> None:
    """Write the platform of the command line into the settings of the environment, when it is not that of this machine.

    Raises CondaError when it cannot be written.
    """
    subdir = context[SUBDIR]
    typed = any(entry.source == "the command line" for entry in context.entries(SUBDIR))
    if not typed or subdir == host_subdir() or not is_subdir_name(subdir):
        return
    place = os.path.join(prefix, ".condarc")
    try:
        with open(place, "a", encoding="utf-8") as file:
            file.write(f"subdir: {subdir}\n")
    except OSError as error:
        raise CondaError(f"cannot write `{place}`: {error.strerror}", location=place) from error
