"""Removes an environment."""

from __future__ import annotations

from argparse import Namespace

from conda_commands_environments import arguments as shared
from conda_commands_environments.frozen import refuse_frozen
from conda_commands_environments.remove import Remove
from conda_kernel import options
from conda_kernel.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import Result


class EnvRemove:
    """The command `conda env remove`: `conda remove --all` of an environment that is named."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        options.add_target(parser)
        shared.add_frozen(parser)
        options.add_solver(parser)
        options.add_prompt(parser)

    def run(self, arguments: Namespace) -> Result:
        """Remove it; raise UsageError when it is not named, and else what `conda remove` raises."""
        if arguments.name is None and arguments.prefix is None:
            raise UsageError("name the environment to remove", hint="with `-n NAME` or `-p PATH`")
        # The name of a group of entry points, by which commands find what runs before them, cannot hold a blank.
        refuse_frozen(arguments, self._kernel.context.prefix)
        return Remove(self._kernel).run(Namespace(**vars(arguments), packages=[], all=True, keep_env=False))
