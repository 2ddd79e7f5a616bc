"""Compares an environment with another one, or with a file that lists packages."""

from __future__ import annotations

from conda_commands_listing.comparing import differences, wanted_packages
from conda_kernel.channels import channel_settings
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.result import Result, Verbatim
from conda_kernel.options import add_target
from conda_kernel.prefixes import existing_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel


class Compare:
    """The command `conda compare`; it only reads."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "other",
            metavar="OTHER",
            help="a file that lists packages or their URLs, or an environment: a name or a path",
        )
        add_target(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return what differs, a sentence for each package; the status is 1 when something does.

        Raises NotAnEnvironment, CorruptedEnvironment, NothingToCompare, and InvalidMatchSpec and InvalidExplicitLine
        for lines of the file.
        """
        prefix = existing_environment(self._context)
        names = ChannelNames(channel_settings(self._context))
        installed = {found.record.name: found.record for found in PrefixPackages(prefix, names).summaries()}
        wanted = wanted_packages(arguments.other, self._context, names)
        lines = [printable(line) for line in differences(wanted, installed)]
        alike = f"Success: `{printable(prefix)}` has what `{printable(arguments.other)}` has."
        return Result(
            lines or [alike],
            (Verbatim("".join(f"{line}\n" for line in lines or [alike])),),
            exit_status=1 if lines else 0,
        )
