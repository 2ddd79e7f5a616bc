"""Options that many commands share, each bound to its setting: what is typed is the highest layer of the context."""

from __future__ import annotations

import argparse

from conda_kernel import settings
from conda_kernel.model.layer import Entry, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from conda_kernel.setting import Setting

BOUND = "setting:"
"""How the attribute of a namespace begins that holds the value of a setting."""


def bind(parser: argparse._ActionsContainer, setting: Setting[Any], *flags: str, **keywords: Any) -> None:  # noqa: ANN401 - they are those of argparse
    """Add an option whose value becomes that of the setting; `keywords` are those of `add_argument`."""
    keywords.setdefault("help", setting.description)
    parser.add_argument(*flags, dest=BOUND + setting.name, default=argparse.SUPPRESS, **keywords)


def arguments_layer(arguments: argparse.Namespace) -> Layer:
    """Return the layer of the options that were typed."""
    entries: Mapping[str, Entry] = {
        name[len(BOUND) :]: Entry(value, "the command line")
        for name, value in vars(arguments).items()
        if name.startswith(BOUND) and value is not None
    }
    return Layer("arguments", entries)


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add `-n` and `-p`, which name the environment to work on."""
    group = parser.add_argument_group("environment").add_mutually_exclusive_group()
    group.add_argument("-n", "--name", metavar="NAME", help="the environment of this name")
    group.add_argument("-p", "--prefix", metavar="PATH", help="the environment at this path")


def add_channels(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose channels."""
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
    bind(group, settings.OVERRIDE_CHANNELS, "-O", "--override-channels", action="store_true")
    priority = group.add_mutually_exclusive_group()
    bind(
        priority,
        settings.CHANNEL_PRIORITY,
        "--strict-channel-priority",
        action="store_const",
        const="strict",
        help="take a package only from the first channel that has its name",
    )
    bind(
        priority,
        settings.CHANNEL_PRIORITY,
        "--no-channel-priority",
        action="store_const",
        const="disabled",
        help="take the highest version, whatever the channel",
    )
    shards = group.add_mutually_exclusive_group()
    bind(shards, settings.USE_SHARDS, "--repodata-use-shards", action="store_true")
    bind(
        shards,
        settings.USE_SHARDS,
        "--no-repodata-use-shards",
        action="store_false",
        help="read the whole index of a channel, though it is sharded too",
    )
    zst = group.add_mutually_exclusive_group()
    bind(zst, settings.USE_ZST, "--repodata-use-zst", action="store_true")
    bind(
        zst,
        settings.USE_ZST,
        "--no-repodata-use-zst",
        action="store_false",
        help="ask for no index that is compressed with zstd",
    )
    bind(
        group,
        settings.REPODATA_FNS,
        "--repodata-fn",
        action="append",
        metavar="NAME",
        help="read this index file of channels, such as `current_repodata.json`; several are tried in turn until there "
        "is a solution, `repodata.json` last",
    )
    bind(group, settings.SUBDIR, "--subdir", "--platform", metavar="SUBDIR")


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
    group.add_argument("--no-plugins", action="store_true", help="use only the plugins that `conda-standard` requires")


def add_prompt(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that ask before they change something."""
    group = parser.add_argument_group("confirmation")
    bind(group, settings.DRY_RUN, "-d", "--dry-run", action="store_true")
    bind(group, settings.ALWAYS_YES, "-y", "--yes", action="store_true")
