"""Arguments that the commands of this distribution share."""

from __future__ import annotations

from conda_commands_environments.settings import DEPS_MODIFIER, FORCE_REINSTALL, UPDATE_MODIFIER
from conda_kernel import options
from conda_kernel.model.plan import DependencyMode, UpdateMode
from conda_kernel.model.secret import mask_secrets
from conda_kernel.options import bind
from conda_kernel.settings import (
    ALWAYS_COPY,
    CHANNELS,
    CLOBBER,
    DRY_RUN,
    IGNORE_PINNED,
    SHORTCUTS,
    SHORTCUTS_ONLY,
    SHOW_CHANNEL_URLS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from conda_kernel.context import Context


def add_packages(parser: ArgumentParser) -> None:
    """Add the packages to install, typed or listed in files."""
    parser.add_argument(
        "packages",
        nargs="*",
        type=options.unquoted,
        metavar="PACKAGE",
        help="a match spec: `numpy`, `numpy=1.26`, `numpy>=2`",
    )
    parser.add_argument(
        "-f",
        "--file",
        action="append",
        default=[],
        dest="files",
        metavar="FILE",
        help="a file with a package on each line",
    )


def add_changes(parser: ArgumentParser) -> None:
    """Add the options on what is changed, and how."""
    options.add_target(parser)
    options.add_channels(parser)
    options.add_solver(parser)
    group = parser.add_argument_group("dependencies")
    mode = group.add_mutually_exclusive_group()
    bind(
        mode,
        DEPS_MODIFIER,
        "--no-deps",
        action="store_const",
        const=DependencyMode.NONE.value,
        help="leave what the packages need as it is; this can break them",
    )
    bind(
        mode,
        DEPS_MODIFIER,
        "--only-deps",
        action="store_const",
        const=DependencyMode.ONLY.value,
        help="install what the packages need, and not the packages",
    )
    add_pins(parser)
    add_linking(parser)
    parser.add_argument("--download-only", action="store_true", help="bring the packages into the cache, and stop")
    bind(parser, SHOW_CHANNEL_URLS, "--show-channel-urls", action="store_true", help="show every channel")
    options.add_network(parser)
    options.add_prompt(parser)


def add_linking(parser: ArgumentParser) -> None:
    """Add the options on how packages are linked."""
    group = parser.add_argument_group("linking")
    bind(group, ALWAYS_COPY, "--copy", action="store_true")
    bind(group, CLOBBER, "--clobber", action="store_true")
    bind(group, CLOBBER, "--force", action="store_true", help=options.HIDDEN)
    shortcuts = group.add_mutually_exclusive_group()
    bind(shortcuts, SHORTCUTS, "--no-shortcuts", action="store_false", help="make no menu items")
    bind(shortcuts, SHORTCUTS, "--shortcuts", action="store_true", help=options.HIDDEN)
    bind(
        group,
        SHORTCUTS_ONLY,
        "--shortcuts-only",
        action="append",
        metavar="NAME",
        help="make the menu items of this package and no other; can be given several times",
    )


def add_pins(parser: ArgumentParser) -> None:
    """Add the option that disregards pins."""
    bind(parser, IGNORE_PINNED, "--no-pin", action="store_true")


def add_update_mode(parser: ArgumentParser, default: UpdateMode) -> None:
    """Add the options on what may change besides what was asked for."""
    group = parser.add_argument_group("what is installed").add_mutually_exclusive_group()
    for flags, mode, told in (
        (("--freeze-installed", "--no-update-deps"), UpdateMode.FREEZE, "change nothing else, if that is possible"),
        (("--update-deps",), UpdateMode.DEPENDENCIES, "bring what the packages need up to date"),
        (("-S", "--satisfied-skip-solve"), UpdateMode.SATISFIED, "do nothing when what is asked for is there"),
        (("--update-all", "--all"), UpdateMode.ALL, "bring everything up to date"),
        (("--update-specs",), UpdateMode.SPECS, "change what has to change"),
    ):
        is_default = " (the default)" if mode is default else ""
        bind(group, UPDATE_MODIFIER, *flags, action="store_const", const=mode.value, help=told + is_default)
    bind(parser, FORCE_REINSTALL, "--force-reinstall", action="store_true")
    parser.add_argument("--prune", action="store_true", help="remove what is not asked for here and not needed by it")


def dependency_mode(context: Context) -> DependencyMode:
    """Return which part of a solution is carried out."""
    return DependencyMode(context[DEPS_MODIFIER])


def update_mode(context: Context, default: UpdateMode) -> UpdateMode:
    """Return what may change besides what was asked for; `default` where neither options nor settings say."""
    chosen = context[UPDATE_MODIFIER]
    return default if chosen is None else UpdateMode(chosen)


def add_frozen(parser: ArgumentParser) -> None:
    """Add the option that lifts the protection of an environment."""
    parser.add_argument("--override-frozen", action="store_true", help="change the environment although it is frozen")


def command_text(command: str, arguments: Namespace, context: Context, packages: Sequence[str] | None = None) -> str:
    """Return the command for the history of the environment, without secrets: what decides about the packages.

    `packages` is what the history has to say instead of those that are typed. The text is empty for a dry run, which
    no history tells of.
    """
    if context[DRY_RUN]:
        return ""
    import shlex  # noqa: PLC0415 - not for a dry run

    words = ["conda", command]
    if getattr(arguments, "name", None) is not None:
        words += ["-n", arguments.name]
    if getattr(arguments, "prefix", None) is not None:
        words += ["-p", arguments.prefix]
    for entry in context.entries(CHANNELS):
        if entry.source == "the command line" and isinstance(entry.value, list):
            words += [word for channel in entry.value for word in ("-c", str(channel))]
    words += [word for file in getattr(arguments, "files", ()) for word in ("--file", file)]
    return mask_secrets(shlex.join([*words, *(arguments.packages if packages is None else packages)]))
