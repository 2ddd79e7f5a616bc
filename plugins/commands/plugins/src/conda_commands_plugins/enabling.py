"""Uses plugins again that were disabled."""

from __future__ import annotations

from conda_commands_plugins.switching import Switchboard, add_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result


class Enable:
    """The command `conda plugins enable`."""

    def __init__(self, kernel: Kernel) -> None:
        self._switchboard = Switchboard(kernel)

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        add_names(parser)

    def run(self, arguments: Namespace) -> Result:
        """Do it, and return what is left out from now on."""
        return self._switchboard.enable(arguments.names)
