"""Says what can be done about plugins."""

from __future__ import annotations

from conda_kernel.hookspecs import SUBCOMMANDS
from conda_kernel.model.overview import overview

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result


class Plugins:
    """The command `conda plugins` without a further word."""

    def __init__(self, kernel: Kernel) -> None:
        self._commands = kernel.index.group(SUBCOMMANDS.group)

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare no arguments: what is to be done is a word of the command's name."""

    def run(self, arguments: Namespace) -> Result:
        """Return the commands that there are."""
        return overview("plugins", self._commands)
