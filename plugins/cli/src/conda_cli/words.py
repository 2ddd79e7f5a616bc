"""The command line before it is parsed: which command it names, and the help that names all of them.

On the way of `conda --help` and of mistyped commands: it imports neither argparse nor any plugin.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conda_kernel.model.errors import UsageError
    from conda_kernel.model.plugin import Plugin
    from conda_kernel.plugin_index import PluginIndex
    from conda_kernel.terminal import Terminal

SUBCOMMANDS = "conda.subcommands"
HELP = frozenset({"-h", "--help"})
VERSION = frozenset({"-V", "--version"})
GLOBAL = frozenset({"--json", "-q", "--quiet", "-v", "--verbose", "--debug", "--trace", "--no-plugins"})
"""Options that may stand before the name of the command."""


STATUSES = (
    "0 done, 1 failed, 2 wrong command line, 3 wrong settings, 4 packages that cannot be had, 5 network or channel, "
    "130 interrupted"
)
NARROWEST, WIDEST = 40, 100
"""Columns of help; argparse would ask the terminal itself, and import nine modules for it."""


def is_global(word: str) -> bool:
    """Tell whether a word is an option that may stand before the name of the command; of `v` it may have several."""
    return word in GLOBAL or (word.startswith("-v") and not word.strip("-v"))


class Words:
    """A command line taken apart: options before the command, the command, and what follows it."""

    __slots__ = ("command", "following", "leading")

    def __init__(self, leading: Sequence[str], command: str, following: Sequence[str]) -> None:
        self.leading = tuple(leading)
        self.command = command
        self.following = tuple(following)

    @property
    def arguments(self) -> list[str]:
        """What the command is told: the options before it, and what follows it."""
        return [*(word for word in self.leading if word not in HELP), *self.following]

    @property
    def unknown_option(self) -> str | None:
        """The first option before the command that not every command has."""
        return next((word for word in self.leading if word not in HELP and not is_global(word)), None)

    @property
    def asks_for_help(self) -> bool:
        """True when no command is named, or help is asked for before one is."""
        return not self.unknown_option and (not self.command or not HELP.isdisjoint(self.leading))


class HelpShown(Exception):
    """The parser was asked for help; `text` is it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def split(argv: Sequence[str], index: PluginIndex) -> Words:
    """Take a command line apart; the longest name of a command counts, and an unknown one is its first word."""
    position = 0
    while position < len(argv) and argv[position].startswith("-"):
        position += 1
    leading, rest = argv[:position], argv[position:]
    if not rest:
        return Words(leading, "", ())
    for length in (2, 1):
        name = " ".join(rest[:length])
        if index.named(SUBCOMMANDS, name):
            return Words(leading, name, rest[length:])
    return Words(leading, rest[0], rest[1:])


def help_width(terminal: Terminal, environ: Mapping[str, str]) -> int:
    """Return how many columns help may take: those of the terminal, or of `COLUMNS`, within what can be read."""
    chosen = environ.get("COLUMNS", "")
    try:
        columns = int(chosen) if chosen.isdecimal() else os.get_terminal_size(terminal.stdout or 0).columns
    except OSError:
        columns = WIDEST
    return max(NARROWEST, min(columns or WIDEST, WIDEST))


def general_help(index: PluginIndex, width: int) -> str:
    """Return the help of the program: every command that is installed, with its summary, none of them imported."""
    plugins = index.group(SUBCOMMANDS)
    lines = [
        "usage: conda [-h] [--version] COMMAND ...",
        "",
        "conda makes environments and installs packages into them.",
        "",
        "commands:" if plugins else "no commands are installed; `conda-standard` brings the usual ones",
        *_told(plugins, width),
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
        "exit status:",
        *_folded("  ", STATUSES, width),
        "",
    ]
    return "\n".join(lines)


class Below:
    """The commands of whose names a command is the first word; most commands have none."""

    def __init__(self, command: str, index: PluginIndex, width: int) -> None:
        self._command = command
        self._index = index
        self._width = width

    def help(self) -> str:
        """Return the part of the command's help that names them."""
        below = _below(self._command, self._index)
        return "\n".join(("", "commands:", *_told(below, self._width), "")) if below else ""

    def unknown(self, word: str) -> UsageError | None:
        """Return the error for a word that goes on to none of them; `None` where there are none."""
        below = _below(self._command, self._index)
        return unknown_command(f"{self._command} {word}", self._index) if below else None


def _below(word: str, index: PluginIndex) -> list[Plugin]:
    return [plugin for plugin in index.group(SUBCOMMANDS) if plugin.name.startswith(f"{word} ")]


def _told(plugins: Sequence[Plugin], width: int) -> Iterator[str]:
    names = max((len(plugin.name) for plugin in plugins), default=0)
    for plugin in plugins:
        yield from _folded(f"  {plugin.name:<{names}}  ", plugin.summary, width)


def _folded(label: str, text: str, width: int) -> Iterator[str]:
    """Yield the lines of a label and a text behind it, no wider than that if its words allow it."""
    line, is_begun = label, False
    for word in text.split():
        if is_begun and len(line) + 1 + len(word) > width:
            yield line
            line, is_begun = " " * len(label), False
        line = f"{line} {word}" if is_begun else line + word
        is_begun = True
    yield line.rstrip()


def near_option(typed: str, known: Iterable[str]) -> str:
    """Return advice on a mistyped option, or nothing when none of those that are known is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistyped option needs it

    near = get_close_matches(typed, list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else ""


def unknown_option(typed: str) -> UsageError:
    """Return the error for an option before the command that not every command has."""
    from conda_kernel.model.errors import UsageError  # noqa: PLC0415 - help needs no errors

    flag = typed.partition("=")[0]
    known = {*GLOBAL, *HELP, *VERSION} - {flag}
    if flag in VERSION:
        return UsageError(f"`{flag}` stands alone", hint=f"`conda {flag}`")
    hint = near_option(flag, sorted(known)) or "`conda --help` shows what there is"
    return UsageError(f"unknown option `{flag}`", hint=hint)


def unknown_command(name: str, index: PluginIndex, following: Sequence[str] = ()) -> UsageError:
    """Return the error for a command that is not installed, with the most likely remedy.

    `following` are the words behind it; the first may belong to the name of the command.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistyped command needs it

    from conda_kernel.known_plugins import absence, distribution_of  # noqa: PLC0415 - likewise
    from conda_kernel.model.errors import UsageError  # noqa: PLC0415 - help needs no errors

    for known in (" ".join((name, *following[:1])), name):
        if index.left_out(SUBCOMMANDS, known):
            left_out = absence(index, SUBCOMMANDS, known)
            return UsageError(str(left_out), hint=left_out.hint)
        distribution = distribution_of(SUBCOMMANDS, known)
        if distribution:
            return UsageError(f"the command `{known}` is not installed", hint=f"install {distribution}")
    longer = _below(name, index)
    if longer:
        there_are = ", ".join(f"`conda {plugin.name}`" for plugin in longer)
        return UsageError(f"`conda {name}` needs another word", hint=f"there are {there_are}")
    close = get_close_matches(name, [plugin.name for plugin in index.group(SUBCOMMANDS)], n=1)
    hint = f"did you mean `conda {close[0]}`?" if close else "`conda --help` shows what there is"
    return UsageError(f"unknown command `{name}`", hint=hint)
