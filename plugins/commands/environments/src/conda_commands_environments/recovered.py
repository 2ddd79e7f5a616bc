"""Finds the environment that a command changes, after what earlier commands left unfinished there was ended."""

from __future__ import annotations

import os

from conda_kernel.errors import NotAnEnvironment
from conda_kernel.hookspecs import LINKERS
from conda_kernel.model.prefix import Prefix
from conda_kernel.prefixes import existing_environment
from conda_kernel.settings import DRY_RUN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel


class OtherFolder(NotAnEnvironment):
    """There is a folder where an environment is to be changed, and it is none."""

    conda_name = "DirectoryNotACondaEnvironmentError"


def recovered_environment(kernel: Kernel) -> str:
    """Return the prefix that a command changes; raise NoActiveEnvironment, NotAnEnvironment and OperationNotAllowed."""
    if kernel.context.prefix is not None:
        recover(kernel, kernel.context.prefix)
    try:
        return existing_environment(kernel.context)
    except NotAnEnvironment as error:
        prefix = kernel.context.prefix
        if prefix is None or not os.path.isdir(prefix):
            raise
        raise OtherFolder(str(error), hint=error.hint, location=prefix, target_directory=prefix) from None


def recover(kernel: Kernel, prefix: str) -> None:
    """End an unfinished change of the environment, unless nothing is to be changed; raise OperationNotAllowed.

    What looks like no environment may be one in the middle of a change, or one that was moved aside.
    """
    if kernel.context[DRY_RUN]:
        return
    from conda_commands_environments.protected import check_user, is_administrator  # noqa: PLC0415 - not for a dry run

    check_user(kernel.context, is_administrator=is_administrator())
    there = Prefix(prefix)
    if there.is_environment and not there.unfinished_change():
        return
    # A process that died before it had its journal leaves folders without anything in them.
    if os.path.isdir(there.meta_folder):
        kernel.driver(LINKERS).recover(prefix)
    from conda_commands_environments.moved_aside import put_back  # noqa: PLC0415 - shutil, for what needs it

    put_back(prefix, lambda place: kernel.driver(LINKERS).recover(place), kernel.reporter)
