"""The parser of one command, which raises instead of printing and exiting."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from conda_cli.words import HELP, HelpShown
from conda_kernel import options
from conda_kernel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_cli.words import Words
    from conda_kernel.setting import Layer


HELP_WIDTH = 100
"""Columns of help. argparse would ask the terminal, and import nine modules for it, with every argument declared."""


class Formatter(argparse.HelpFormatter):
    """A formatter of help whose width is given."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=HELP_WIDTH)


class Parser(argparse.ArgumentParser):
    """An argument parser that neither prints nor exits."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` for a command line that cannot be parsed."""
        raise UsageError(message, hint=f"`{self.prog} --help` shows what it takes", usage=self.format_usage().strip())

    def print_help(self, file: object = None) -> NoReturn:
        """Raise `HelpShown`."""
        raise HelpShown(self.format_help())


def parsed(
    words: Words, summary: str, add_arguments: Callable[[argparse.ArgumentParser], None]
) -> tuple[argparse.Namespace, Layer]:
    """Return the arguments of a command, and the settings among them; raise `UsageError` or `HelpShown`."""
    parser = Parser(prog=f"conda {words.command}", description=summary, allow_abbrev=False, formatter_class=Formatter)
    add_arguments(parser)
    options.add_output(parser)
    arguments = parser.parse_args([*(word for word in words.leading if word not in HELP), *words.following])
    return arguments, options.arguments_layer(arguments)
