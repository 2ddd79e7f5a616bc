"""Decides where a new environment may lie."""

from __future__ import annotations

import os

from conda_commands_environments.protected import check_replaceable
from conda_kernel.errors import CondaError, UsageError
from conda_kernel.model.environment import can_be_made, is_environment, new_name_problem, prefix_path_problem
from conda_kernel.model.event import Warned
from conda_kernel.prefixes import environment_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from conda_kernel.context import Context
    from conda_kernel.reporting import Reporter

NAMELESS = "new-environment"
"""What an environment is called that is only planned, or only downloaded, and was given no name."""


class UnusableTarget(CondaError):
    """No environment can be made at the place that was named."""

    conda_name = "CondaValueError"


class NowhereToMake(UnusableTarget):
    """There is no folder that an environment with a name could be made in."""

    conda_name = "NoWritableEnvsDirError"


def new_prefix(arguments: Namespace, context: Context, reporter: Reporter, *, is_made: bool) -> str:
    """Return where the environment is to lie.

    Raises UsageError when it `is_made` and was given no place, NowhereToMake when it was given a name and no folder of
    environments can be written to, UnusableTarget for a name or path that cannot be one,
    EnvironmentInUse and EnvironmentFrozen for an environment there that must stay.
    """
    prefix = context.prefix
    if prefix is None or (arguments.name is None and arguments.prefix is None):
        if is_made:
            raise UsageError("name the environment", hint="with `-n NAME` or `-p PATH`")
        return os.path.join(environment_folders(context)[0], NAMELESS)
    check_usable(prefix, arguments.name, context, reporter)
    if is_made and arguments.name is not None and not os.path.isdir(prefix) and not can_be_made(prefix):
        folders = environment_folders(context)
        raise NowhereToMake(
            "none of the folders of environments can be written to: " + ", ".join(f"`{each}`" for each in folders),
            hint="give a path with `-p`, or name another folder in `envs_dirs`",
            envs_dirs=list(folders),
        )
    return prefix


def check_usable(prefix: str, name: str | None, context: Context, reporter: Reporter) -> None:
    """Raise what `new_prefix` raises when no environment can be made at the prefix, which has a name or not."""
    problem = new_name_problem(name) if name is not None else None
    problem = problem or prefix_path_problem(prefix, windows=os.name == "nt")
    if problem:
        raise UnusableTarget(problem, location=prefix)
    check_replaceable(prefix, context, "made anew")
    _check_place(prefix)
    if " " in prefix:
        reporter.tell(Warned(f"`{prefix}` holds a blank, which some packages cannot cope with"))


def _check_place(prefix: str) -> None:
    parent = os.path.dirname(prefix)
    if is_environment(parent):
        raise UnusableTarget(
            f"`{prefix}` lies in the environment `{parent}`", hint="choose a folder outside of it", location=prefix
        )
    if os.path.lexists(prefix) and not os.path.isdir(prefix):
        raise UnusableTarget(f"`{prefix}` is a file", location=prefix)
    if is_environment(prefix):
        from conda_commands_environments.frozen import check_not_frozen  # noqa: PLC0415 - only what is there has a mark

        check_not_frozen(prefix, "remove it first with `conda remove --all --override-frozen`")
