"""Where environments and packages lie, and which environment a command means, as the settings say."""

from __future__ import annotations

import os

from conda_kernel.model.environment import BASE_NAMES, environment_name_problem, is_environment, place_of
from conda_kernel.model.errors import NoActiveEnvironment, NotAnEnvironment, UsageError
from conda_kernel.model.paths import expanded
from conda_kernel.settings import ENVS_DIRS, PKGS_DIRS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.context import Context


def environment_folders(context: Context) -> tuple[str, ...]:
    """Return the folders of named environments, the first of them for new ones.

    Where the root prefix is no environment, say a virtual environment of Python, nothing is put below it.
    """
    return _distinct((*context[ENVS_DIRS], *_below_root(context, "envs"), "~/.conda/envs"))


def package_folders(context: Context) -> tuple[str, ...]:
    """Return the folders of package caches, the preferred one first."""
    return _distinct(context[PKGS_DIRS] or (*_below_root(context, "pkgs"), "~/.conda/pkgs"))


def named_prefix(context: Context, name: str) -> str:
    """Return the prefix of the environment of a name; where there is none, that of one that could be made."""
    if name in BASE_NAMES:
        return context.root_prefix
    problem = environment_name_problem(name)
    if problem:
        raise UsageError(problem, hint="a path is given with `-p`", environment_name=name)
    return place_of(name, environment_folders(context))


def existing_environment(context: Context) -> str:
    """Return the prefix that a command works on; raise when none is meant, or when it is no environment."""
    prefix = context.prefix
    if prefix is not None and is_environment(prefix):
        return prefix
    if prefix is not None and prefix != context.root_prefix:
        raise NotAnEnvironment(
            f"not an environment: `{prefix}`", hint=f"make it with `conda create -p {prefix}`", location=prefix
        )
    hint = f"`{prefix}` is where conda runs, and no environment" if prefix else ""
    raise NoActiveEnvironment("no environment is active; name one with -n or -p", hint=hint)


def _below_root(context: Context, name: str) -> tuple[str, ...]:
    return (os.path.join(context.root_prefix, name),) if is_environment(context.root_prefix) else ()


def _distinct(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(expanded, folders)))
