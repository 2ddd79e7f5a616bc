"""Lists the environments that are known."""

from __future__ import annotations

from conda_commands_info.environments import environments_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result


class EnvList:
    """The command `conda env list`, which is `conda info --envs` by another name; it only reads."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument("--size", action="store_true", help="show what the files of each take on the disk")

    def run(self, arguments: Namespace) -> Result:
        """Return the environments."""
        return environments_result(self._context, sized=arguments.size)
