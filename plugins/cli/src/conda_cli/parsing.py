"""The parser of one command, which raises instead of printing and exiting."""

from __future__ import annotations

import argparse
from functools import partial

from conda_cli.words import HelpShown, near_option
from conda_kernel.model.errors import UsageError
from conda_kernel.model.paths import printable
from conda_kernel.options import HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from conda_cli.words import Below, Words


class Parser(argparse.ArgumentParser):
    """An argument parser that neither prints nor exits."""

    below: Below
    """The commands whose names go on from that of this one."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` for a command line that cannot be parsed."""
        raise UsageError(message, hint=self._advice(), usage=self._usage())

    def refusal(self, word: str) -> UsageError:
        """Return the error for a word that the command does not take, with the option that may be meant."""
        if not word.startswith("-"):
            takes_words = any(not action.option_strings for action in self._actions)
            unknown = None if takes_words else self.below.unknown(printable(word))
            return unknown or UsageError(
                f"unexpected argument `{printable(word)}`", hint=self._advice(), usage=self._usage()
            )
        flag = word.partition("=")[0]
        hint = near_option(flag, self._shown_options()) or self._advice()
        return UsageError(f"unknown option `{printable(flag)}`", hint=hint, usage=self._usage())

    def hide(self) -> None:
        """Show nowhere what was declared so by those who did without argparse, which knows its own object alone."""
        for action in self._actions:
            if action.help == HIDDEN:
                action.help = argparse.SUPPRESS

    def _shown_options(self) -> list[str]:
        return [flag for action in self._actions if action.help != argparse.SUPPRESS for flag in action.option_strings]

    def _advice(self) -> str:
        return f"`{self.prog} --help` shows what it takes"

    def _usage(self) -> str:
        return self.format_usage().strip()

    def print_help(self, file: object = None) -> NoReturn:
        """Raise `HelpShown`."""
        raise HelpShown(self.format_help() + self.below.help())


def parsed(
    words: Words,
    summary: str,
    declare: Callable[[argparse.ArgumentParser], None],
    width: int,
    below: Below,
) -> argparse.Namespace:
    """Return the arguments of a command; raise `UsageError` or `HelpShown`.

    `width` is how many columns help may take, and `below` are the commands whose names go on from that of this one.
    """
    parser = Parser(
        prog=f"conda {words.command}",
        description=summary,
        allow_abbrev=False,
        formatter_class=partial(argparse.HelpFormatter, width=width),
    )
    parser.below = below
    declare(parser)
    parser.hide()
    arguments, left = parser.parse_known_args(words.arguments)
    if left:
        raise parser.refusal(left[0])
    return arguments
