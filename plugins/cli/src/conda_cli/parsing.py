"""The command line: global options, the words of the command, and a parser that raises instead of exiting."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from conda_kernel.errors import UsageError
from conda_kernel.setting import Entry, Layer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from conda_kernel.plugin_index import PluginIndex

SUBCOMMANDS = "conda.subcommands"
HELP = frozenset({"-h", "--help"})
GLOBAL = frozenset({"--json", "-q", "--quiet", "-v", "--verbose", "-vv", "-vvv", "--debug", "--no-plugins"})
"""Options that may stand before the name of the command."""


class Words(NamedTuple):
    """A command line taken apart: global options before the command, the command, and what follows it."""

    leading: tuple[str, ...]
    command: str
    following: tuple[str, ...]


class HelpShown(Exception):  # noqa: N818 - not an error: the parser has nothing more to do
    """The parser was asked for help; `text` is it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Parser(argparse.ArgumentParser):
    """An argument parser that neither prints nor exits."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` for a command line that cannot be parsed."""
        raise UsageError(message, hint=f"`{self.prog} --help` shows what it takes", usage=self.format_usage().strip())

    def print_help(self, file: object = None) -> NoReturn:  # noqa: ARG002 - argparse calls it
        """Raise `HelpShown`."""
        raise HelpShown(self.format_help())


def early_layer(argv: Sequence[str]) -> Layer:
    """Return the settings that decide how everything is told, taken from the command line before it is parsed."""
    options = list(argv[: argv.index("--")] if "--" in argv else argv)
    given: dict[str, object] = {}
    if "--json" in options:
        given["json"] = True
    if "-q" in options or "--quiet" in options:
        given["quiet"] = True
    if "--debug" in options:
        given["debug"] = True
    verbose = options.count("--verbose") + sum(
        len(word) - 1 for word in options if word.startswith("-v") and not word.strip("-v")
    )
    if verbose:
        given["verbosity"] = verbose
    return Layer("arguments", {name: Entry(value, "the command line") for name, value in given.items()})


def split(argv: Sequence[str], index: PluginIndex) -> Words:
    """Take a command line apart; the longest name of a command counts, and an unknown one is its first word.

    Raises `UsageError` for an option before the command that no command shares.
    """
    position = 0
    while position < len(argv) and argv[position].startswith("-"):
        if argv[position] not in GLOBAL | HELP:
            raise UsageError(f"unknown option `{argv[position]}`", hint="`conda --help` shows what there is")
        position += 1
    leading, rest = tuple(argv[:position]), tuple(argv[position:])
    if not rest or not HELP.isdisjoint(leading):
        return Words(leading, "", rest)
    for length in (2, 1):
        name = " ".join(rest[:length])
        if index.named(SUBCOMMANDS, name):
            return Words(leading, name, rest[length:])
    return Words(leading, rest[0], rest[1:])


def general_help(index: PluginIndex) -> str:
    """Return the help of the program: every command that is installed, with its summary, none of them imported."""
    plugins = index.group(SUBCOMMANDS)
    width = max((len(plugin.name) for plugin in plugins), default=0)
    lines = [
        "usage: conda [-h] [--version] COMMAND ...",
        "",
        "conda makes environments and installs packages into them.",
        "",
        "commands:" if plugins else "no commands are installed; `conda-standard` brings the usual ones",
        *(f"  {plugin.name:<{width}}  {plugin.summary}".rstrip() for plugin in plugins),
        "",
        "options:",
        "  -h, --help     show this help, or that of a command: `conda COMMAND --help`",
        "  -V, --version  show the version",
        "  --json         print one JSON document",
        "  -q, --quiet    show no progress",
        "  -v, --verbose  tell more; can be given several times",
        "  --debug        show where an error comes from",
        "  --no-plugins   use only the plugins that `conda-standard` requires",
        "",
    ]
    return "\n".join(lines)


def unknown_command(name: str, index: PluginIndex) -> UsageError:
    """Return the error for a command that is not installed, with the most likely remedy."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistyped command needs it

    from conda_kernel.known_plugins import absence, distribution_of  # noqa: PLC0415 - likewise

    if index.left_out(SUBCOMMANDS, name):
        return UsageError(str(absence(index, SUBCOMMANDS, name)))
    distribution = distribution_of(SUBCOMMANDS, name)
    if distribution:
        return UsageError(f"the command `{name}` is not installed", hint=f"install {distribution}")
    close = get_close_matches(name, [plugin.name for plugin in index.group(SUBCOMMANDS)], n=1)
    hint = f"did you mean `conda {close[0]}`?" if close else "`conda --help` shows what there is"
    return UsageError(f"unknown command `{name}`", hint=hint)
