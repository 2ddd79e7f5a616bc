"""Files that a package has installed and that are gone."""

from __future__ import annotations

import os

from conda_doctor.linking_again import file_finding, link_again
from conda_doctor.readable_records import readable_records
from conda_kernel.model.prefix import Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.finding import Finding
    from conda_kernel.model.prefix_record import PrefixRecord

BYTECODE = (".pyc", ".pyo")
"""Python makes these anew, and removes them, when it runs."""


class MissingFiles:
    """The check `missing-files`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return a finding for each package that lacks files."""
        if not Prefix(prefix).is_environment:
            return None
        found = (
            (installed, _missing(prefix, installed)) for installed in readable_records(prefix, self._kernel.context)
        )
        return [file_finding(installed, files, "is missing", "are missing") for installed, files in found if files]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Link the packages again."""
        link_again(self._kernel, prefix, findings)


def _missing(prefix: str, installed: PrefixRecord) -> list[str]:
    return [
        path
        for path in installed.files
        if not path.endswith(BYTECODE) and not os.path.lexists(os.path.join(prefix, path))
    ]
