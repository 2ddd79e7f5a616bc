"""Where environments lie, and which one a command means."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from conda_kernel.errors import NoActiveEnvironment, NotAnEnvironment, UsageError
from conda_kernel.model.secret import mask_secrets
from conda_kernel.settings import ENVS_DIRS, PKGS_DIRS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.context import Context

BASE_NAMES = frozenset({"base", "root"})


def root_prefix(environ: Mapping[str, str]) -> str:
    """Return the prefix that conda itself runs in, or the one that `CONDA_ROOT_PREFIX` names."""
    return os.path.abspath(os.path.expanduser(environ.get("CONDA_ROOT_PREFIX") or sys.prefix))


def is_environment(prefix: str) -> bool:
    """Tell whether the folder is an environment: it has a history (CEP 32)."""
    return os.path.isfile(os.path.join(prefix, "conda-meta", "history"))


def environment_folders(context: Context) -> tuple[str, ...]:
    """Return the folders of named environments, the first of them for new ones.

    Where the root prefix is no environment, say a virtual environment of Python, nothing is put below it.
    """
    chosen = tuple(_expanded(folder) for folder in context[ENVS_DIRS])
    own = (os.path.join(context.root_prefix, "envs"),) if is_environment(context.root_prefix) else ()
    return tuple(dict.fromkeys((*chosen, *own, _expanded("~/.conda/envs"))))


def package_folders(context: Context) -> tuple[str, ...]:
    """Return the folders of package caches, the preferred one first."""
    chosen = tuple(_expanded(folder) for folder in context[PKGS_DIRS])
    if chosen:
        return chosen
    own = (os.path.join(context.root_prefix, "pkgs"),) if is_environment(context.root_prefix) else ()
    return (*own, _expanded("~/.conda/pkgs"))


def target_prefix(context: Context, *, name: str | None, path: str | None) -> str | None:
    """Return the prefix that a command works on: the one named, else the active one, else a root that is one."""
    if name is not None and path is not None:
        raise UsageError("`--name` and `--prefix` exclude each other")
    if path is not None:
        if not path.strip():
            raise UsageError("`--prefix` needs a path")
        if "://" in path:
            raise UsageError(f"`--prefix` takes a path, and `{mask_secrets(path)}` is a URL")
        return _expanded(path)
    if name is not None:
        return named_prefix(context, name)
    active = context.environ.get("CONDA_PREFIX")
    if active:
        return _expanded(active)
    return context.root_prefix if is_environment(context.root_prefix) else None


def named_prefix(context: Context, name: str) -> str:
    """Return the prefix of the environment of a name, whether it exists or not."""
    if name in BASE_NAMES:
        return context.root_prefix
    problem = name_problem(name)
    if problem:
        raise UsageError(problem, hint="a path is given with `-p`", environment_name=name)
    folders = environment_folders(context)
    for folder in folders:
        if os.path.isdir(os.path.join(folder, name)):
            return os.path.join(folder, name)
    return os.path.join(folders[0], name)


def name_problem(name: str) -> str | None:
    """Return why a text cannot be the name of an environment (CEP 24), or `None` when it can."""
    if not name.strip() or name in {".", ".."}:
        return "the name of an environment cannot be empty"
    for character in '/\\ :#"':
        if character in name:
            shown = "a blank" if character == " " else f"`{character}`"
            return f"the name of an environment cannot hold {shown}: `{name}`"
    if not name.isprintable():
        return "the name of an environment cannot hold control characters"
    return None


def existing_environment(context: Context) -> str:
    """Return the prefix that a command works on; raise when none is meant, or when it is no environment."""
    prefix = context.prefix
    if prefix is None:
        raise NoActiveEnvironment("no environment is active; name one with -n or -p")
    if not is_environment(prefix):
        if prefix == context.root_prefix:
            raise NoActiveEnvironment(
                "no environment is active; name one with -n or -p",
                hint=f"`{prefix}` is where conda runs, and no environment",
            )
        raise NotAnEnvironment(
            f"not an environment: `{prefix}`", hint=f"make it with `conda create -p {prefix}`", location=prefix
        )
    return prefix


def _expanded(path: str) -> str:
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))
