"""Tells how conda is set up: versions, places, channels, plugins, this machine."""

from __future__ import annotations

import os
import sys
from functools import partial

from conda_commands_info.environments import environments_result, environments_text, known_environments, listed
from conda_commands_info.surroundings import system, system_rows
from conda_kernel import __version__
from conda_kernel.channels import channel_settings, target_subdir, target_subdirs
from conda_kernel.errors import CondaError, UsageError
from conda_kernel.hookspecs import SOLVERS
from conda_kernel.machine import virtual_packages
from conda_kernel.model.channel import expand
from conda_kernel.model.environment import is_environment
from conda_kernel.model.event import Warned
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Details, Result, Text, Verbatim
from conda_kernel.model.secret import mask_secrets
from conda_kernel.prefixes import environment_folders, package_folders
from conda_kernel.settings import CHANNELS, OFFLINE, SOLVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import View

NO_SHELL_LEVEL = -1
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
"""The variables that name the folder of temporary files, the first that is set."""

IN_NO_FILE = frozenset({"environment", "arguments"})


class Info:
    """The command `conda info`; it reads what is on this machine and imports no plugin but detectors."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context
        self._tell = kernel.reporter.tell
        self._solvers = kernel.index.group(SOLVERS.group)
        self._virtual_packages = partial(virtual_packages, kernel)

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        part = parser.add_mutually_exclusive_group()
        part.add_argument(
            "-a", "--all", action="store_true", help="show everything: the report and what the others show"
        )
        part.add_argument("--base", action="store_true", help="show the path of the base environment")
        part.add_argument("-e", "--envs", action="store_true", help="show the environments that are known")
        part.add_argument("-s", "--system", action="store_true", help="show interpreter, site folders and variables")
        part.add_argument(
            "--unsafe-channels", action="store_true", help="show the URLs of channels with their logins and tokens"
        )
        parser.add_argument(
            "--size", action="store_true", help="with `--envs`: what the files of each take on the disk"
        )

    def run(self, arguments: Namespace) -> Result:
        """Return what was asked for."""
        if arguments.size and not arguments.envs:
            raise UsageError("`--size` goes with `--envs`", hint="`conda info --envs --size`")
        if arguments.base:
            root = self._context.root_prefix
            return Result({"root_prefix": root}, (Text(root),))
        if arguments.unsafe_channels:
            urls = self._channels(unsafe=True)
            return Result({"channels": urls}, (Verbatim("".join(f"{printable(url)}\n" for url in urls)),), reveals=True)
        if arguments.envs and not arguments.system:
            return environments_result(self._context, sized=arguments.size)
        around = system(self._context.environ)
        if arguments.system:
            return Result(around, (Details(system_rows(around)),))
        environments = known_environments(self._context)
        facts = self._facts()
        views: tuple[View, ...] = (Details(_rows(facts)),)
        if arguments.all:
            views += (Verbatim(f"\n{environments_text(environments)}\n"), Details(system_rows(around)))
        return Result({**facts, **around, **listed(environments)}, views)

    def _facts(self) -> dict[str, object]:
        """Return the report under the names that conda gives them."""
        context = self._context
        environ = context.environ
        active = environ.get("CONDA_PREFIX") or None
        folders = environment_folders(context)
        subdir = target_subdir(context)
        facts: dict[str, object] = {
            "active_prefix": active,
            "active_prefix_name": _name(active, context.root_prefix, folders) if active else None,
            "default_prefix": context.prefix,
            "conda_shlvl": _shell_level(environ.get("CONDA_SHLVL")),
            "user_rc_path": _below_home(environ, ".condarc"),
            "rc_path": _below_home(environ, ".condarc"),
            "sys_rc_path": os.path.join(context.root_prefix, ".condarc"),
            "config_files": [layer.source for layer in context.layers if layer.source not in IN_NO_FILE],
            "conda_version": __version__,
            "conda_env_version": __version__,
            "conda_build_version": _version_in(context.root_prefix, "conda-build") or "not installed",
            "python_version": ".".join(map(str, sys.version_info[:3])) + f".{sys.version_info.releaselevel}",
            "solver": self._solver(),
            "solvers": [
                {"name": plugin.name, "distribution": plugin.distribution, "version": plugin.version}
                for plugin in self._solvers
            ],
            "virtual_pkgs": [[found.name, found.version, found.build] for found in self._virtual_packages(subdir)],
            "root_prefix": context.root_prefix,
            "conda_prefix": sys.prefix,
            "root_writable": is_environment(context.root_prefix)
            and os.access(os.path.join(context.root_prefix, "conda-meta", "history"), os.W_OK),
            "channels": self._channels(),
            "pkgs_dirs": list(package_folders(context)),
            "envs_dirs": list(folders),
            "platform": subdir,
            "offline": context[OFFLINE],
            "tmp_dir": next(filter(None, map(environ.get, TEMPORARY)), "/tmp"),  # noqa: S108 - it is what the system has
            "netrc_file": environ.get("NETRC") or _present(_below_home(environ, ".netrc")),
        }
        if hasattr(os, "geteuid"):
            facts["UID"], facts["GID"] = os.geteuid(), os.getegid()
        return facts

    def _solver(self) -> dict[str, object]:
        name = self._context[SOLVER]
        return {"name": name, "default": name == SOLVER.default}

    def _channels(self, *, unsafe: bool = False) -> list[str]:
        """Return the URL of every subdir of every channel; what is wrong with them must not hide the rest."""
        try:
            texts = self._context[CHANNELS]
            channels = expand(texts, channel_settings(self._context))
        except CondaError as error:
            self._tell(Warned(str(error), error.hint))
            return []
        subdirs = target_subdirs(self._context)
        urls = [(channel, url) for channel in channels for url in channel.subdir_urls(subdirs)]
        if unsafe:
            return [channel.authenticated_url(url).reveal() for channel, url in urls]
        return [mask_secrets(url) for _, url in urls]


ROWS = (
    ("active environment", "active_prefix_name"),
    ("active env location", "active_prefix"),
    ("shell level", "conda_shlvl"),
    ("user config file", "user_rc_path"),
    ("populated config files", "config_files"),
    ("conda version", "conda_version"),
    ("python version", "python_version"),
    ("solver", "solver"),
    ("installed solvers", "solvers"),
    ("virtual packages", "virtual_pkgs"),
    ("base environment", "root_prefix"),
    ("channel URLs", "channels"),
    ("package cache", "pkgs_dirs"),
    ("envs directories", "envs_dirs"),
    ("platform", "platform"),
    ("UID:GID", "UID"),
    ("netrc file", "netrc_file"),
    ("offline mode", "offline"),
)


def _rows(facts: dict[str, object]) -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    return tuple((title, _shown(key, facts)) for title, key in ROWS if key in facts)


def _shown(key: str, facts: dict[str, object]) -> str | tuple[str, ...]:
    value = facts[key]
    if key == "solver" and isinstance(value, dict):
        return f"{value['name']}{' (default)' if value['default'] else ''}"
    if key == "solvers" and isinstance(value, list):
        return tuple(f"{solver['name']} ({solver['distribution']} {solver['version']})" for solver in value)
    if key == "virtual_pkgs" and isinstance(value, list):
        return tuple("=".join(parts) for parts in value)
    if key == "root_prefix":
        return f"{value}  ({'writable' if facts['root_writable'] else 'read only'})"
    if key == "UID":
        return f"{value}:{facts['GID']}"
    if isinstance(value, list):
        return tuple(map(str, value))
    return "None" if value is None else str(value)


def _name(prefix: str, root_prefix: str, folders: tuple[str, ...]) -> str:
    """Return the name of an environment, or its path when it has none."""
    if prefix == root_prefix:
        return "base"
    return os.path.basename(prefix) if os.path.dirname(prefix) in folders else prefix


def _version_in(prefix: str, name: str) -> str | None:
    """Return the version of a package that an environment has, off the name of its record."""
    try:
        records = os.listdir(os.path.join(prefix, "conda-meta"))
    except OSError:
        return None
    parts = (record.removesuffix(".json").rsplit("-", 2) for record in records if record.endswith(".json"))
    return next((part[1] for part in parts if len(part) == 3 and part[0] == name), None)


def _below_home(environ: Mapping[str, str], name: str) -> str:
    return os.path.join(environ.get("HOME") or environ.get("USERPROFILE") or "~", name)


def _present(path: str) -> str | None:
    return path if os.path.exists(path) else None


def _shell_level(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError:
        return NO_SHELL_LEVEL
