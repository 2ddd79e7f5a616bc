"""Options that many commands share, each bound to its setting: what is typed is the highest layer of the context."""

from __future__ import annotations

from conda_kernel import settings
from conda_kernel.model.layer import Entry, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from conda_kernel.setting import Setting

BOUND = "setting:"
"""How the attribute of a namespace begins that holds the value of a setting."""

FIRST = "first:"
"""How the attribute of a namespace begins that holds what stands before the other items of a setting."""

WARNING = "warning:"
"""How the attribute of a namespace begins that holds what is to be told of an option that was typed."""


HIDDEN = "==SUPPRESS=="
"""The help of an option that no help shows: what `argparse.SUPPRESS` is, for those who do without argparse."""


def bind(parser: argparse._ActionsContainer, setting: Setting[Any], *flags: str, **keywords: Any) -> None:  # noqa: ANN401 - they are those of argparse
    """Add an option whose value becomes that of the setting; `keywords` are those of `add_argument`."""
    keywords.setdefault("help", setting.description)
    parser.add_argument(*flags, dest=BOUND + setting.name, default=None, **keywords)


def accept(parser: argparse._ActionsContainer, flag: str, told: str, **keywords: Any) -> None:  # noqa: ANN401 - as above
    """Add an option that does nothing, so that command lines with it go on working; `told` is the warning it gives.

    No help shows it. `keywords` are those of `add_argument`.
    """
    keywords.setdefault("action", "store_true")
    dest = f"{WARNING}`{flag}` {told}"
    parser.add_argument(flag, dest=dest, default=None, help=HIDDEN, **keywords)


def unquoted(text: str) -> str:
    """Return a typed match spec without the quotes that `cmd.exe` leaves around it."""
    return text.strip().strip("\"'")


def arguments_layer(arguments: argparse.Namespace) -> Layer:
    """Return the layer of the options that were typed, with the warnings that they give."""
    typed = {name: value for name, value in vars(arguments).items() if value is not None}
    values = {name[len(BOUND) :]: value for name, value in typed.items() if name.startswith(BOUND)}
    for name, items in typed.items():
        if name.startswith(FIRST):
            setting = name[len(FIRST) :]
            values[setting] = [*items, *values.get(setting, ())]
    entries = {name: Entry(value, "the command line") for name, value in values.items()}
    return Layer(
        "arguments", entries, warnings=tuple(name[len(WARNING) :] for name in typed if name.startswith(WARNING))
    )


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add `-n` and `-p`, which name the environment to work on."""
    group = parser.add_argument_group("environment").add_mutually_exclusive_group()
    group.add_argument("-n", "--name", metavar="NAME", help="the environment of this name")
    group.add_argument("-p", "--prefix", metavar="PATH", help="the environment at this path")


def add_channels(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose channels."""
    from conda_kernel.model.subdir import KNOWN_SUBDIRS  # noqa: PLC0415 - commands without channels do without

    group = parser.add_argument_group("channels")
    bind(
        group,
        settings.CHANNELS,
        "-c",
        "--channel",
        action="append",
        metavar="CHANNEL",
        help="use this channel, before those that are configured",
    )
    group.add_argument(
        "--use-local",
        action="append_const",
        const=settings.LOCAL_CHANNEL,
        dest=FIRST + settings.CHANNELS.name,
        help="use what conda-build has made here, before all other channels",
    )
    bind(group, settings.OVERRIDE_CHANNELS, "-O", "--override-channels", action="store_true")
    priority = group.add_mutually_exclusive_group()
    for flag, value, told in (
        ("--strict-channel-priority", "strict", "take a package only from the first channel that has its name"),
        ("--no-channel-priority", "disabled", "take the highest version, whatever the channel"),
        ("--channel-priority", "flexible", HIDDEN),
    ):
        bind(priority, settings.CHANNEL_PRIORITY, flag, action="store_const", const=value, help=told)
    for setting, name, told in (
        (settings.USE_SHARDS, "repodata-use-shards", "read the whole index of a channel, though it is sharded too"),
        (settings.USE_ZST, "repodata-use-zst", "ask for no index that is compressed with zstd"),
    ):
        either = group.add_mutually_exclusive_group()
        bind(either, setting, f"--{name}", action="store_true")
        bind(either, setting, f"--no-{name}", action="store_false", help=told)
    bind(
        group,
        settings.REPODATA_FNS,
        "--repodata-fn",
        action="append",
        metavar="NAME",
        help="read this index file of channels, such as `current_repodata.json`; several are tried in turn until there "
        "is a solution, `repodata.json` last",
    )
    bind(group, settings.EXCLUDE_NEWER, "--exclude-newer", metavar="DURATION_OR_DATE")
    bind(group, settings.NO_LOCK, "--no-lock", action="store_true")
    platforms = sorted(KNOWN_SUBDIRS - {"noarch"})
    bind(group, settings.SUBDIR, "--subdir", "--platform", metavar="SUBDIR", choices=platforms)
    accept(
        group,
        "--experimental",
        "is deprecated and has no effect: `lock` is what happens anyway, and `jlap` is no longer",
        action="append",
        choices=("jlap", "lock"),
    )


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add the options on the network."""
    group = parser.add_argument_group("network")
    bind(group, settings.USE_INDEX_CACHE, "-C", "--use-index-cache", action="store_true")
    bind(group, settings.OFFLINE, "--offline", action="store_true")
    bind(group, settings.SSL_VERIFY, "-k", "--insecure", action="store_false", help="do not verify certificates")


def add_solver(parser: argparse.ArgumentParser) -> None:
    """Add the options on solving."""
    group = parser.add_argument_group("solver")
    bind(group, settings.SOLVER, "--solver", metavar="NAME", help="the solver to use; `NAME,OTHER` compares two")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    group = parser.add_argument_group("output")
    bind(group, settings.JSON, "--json", action="store_true")
    bind(group, settings.CONSOLE, "--console", metavar="REPORTER")
    bind(group, settings.QUIET, "-q", "--quiet", action="store_true")
    bind(group, settings.VERBOSITY, "-v", "--verbose", action="count", help="tell more; can be given several times")
    bind(group, settings.DEBUG, "--debug", action="store_true")
    bind(group, settings.DEBUG, "--trace", action="store_true", help=HIDDEN)
    group.add_argument("--no-plugins", action="store_true", help="use only the plugins that `conda-standard` requires")
    for flag in ("--dev", "--unknown", "--force-pscheck"):
        accept(group, flag, "has no effect")


def add_prompt(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that ask before they change something."""
    group = parser.add_argument_group("confirmation")
    bind(group, settings.DRY_RUN, "-d", "--dry-run", action="store_true")
    bind(group, settings.ALWAYS_YES, "-y", "--yes", action="store_true")
