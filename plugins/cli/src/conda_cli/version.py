"""Prints the version: `conda --version`."""

from __future__ import annotations

from conda_kernel import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Version:
    """Answers `--version` and `-V`."""

    def run(self, argv: Sequence[str], environ: Mapping[str, str]) -> str:
        """Return the name and the version of the program."""
        return f"conda {__version__}\n"
