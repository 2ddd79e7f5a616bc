"""Says what can be done about environments as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.hookspecs import SUBCOMMANDS
from conda_kernel.model.result import Result, Verbatim

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel

OWN = "env "


class Env:
    """The command `conda env` without a further word."""

    def __init__(self, kernel: Kernel) -> None:
        self._commands = [plugin for plugin in kernel.index.group(SUBCOMMANDS.group) if plugin.name.startswith(OWN)]

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare no arguments: what is to be done is a word of the command's name."""

    def run(self, arguments: Namespace) -> Result:
        """Return the commands that there are."""
        width = max((len(plugin.name) for plugin in self._commands), default=0)
        lines = [f"  conda {plugin.name:<{width}}  {plugin.summary}".rstrip() for plugin in self._commands]
        text = "\n".join(("usage: conda env COMMAND ...", "", "commands:", *lines, ""))
        return Result({"commands": {plugin.name: plugin.summary for plugin in self._commands}}, (Verbatim(text),))
