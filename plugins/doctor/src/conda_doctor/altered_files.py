"""Files whose content is not what was installed."""

from __future__ import annotations

import hashlib
import os
import stat

from conda_doctor.linking_again import file_finding, link_again
from conda_doctor.readable_records import readable_records
from conda_kernel.model.prefix import Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.finding import Finding
    from conda_kernel.model.prefix_record import InstalledPath, PrefixRecord

BLOCK = 1 << 20


class AlteredFiles:
    """The check `altered-files`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return a finding for each package with files whose size or digest is not the recorded one.

        Where a file is gone, or nothing is recorded of it, there is nothing to compare. Links are not followed.
        """
        if not Prefix(prefix).is_environment:
            return None
        found = (
            (installed, _altered(prefix, installed)) for installed in readable_records(prefix, self._kernel.context)
        )
        one, many = "is not as it was installed", "are not as they were installed"
        return [file_finding(installed, files, one, many) for installed, files in found if files]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Link the packages again."""
        link_again(self._kernel, prefix, findings)


def _altered(prefix: str, installed: PrefixRecord) -> list[str]:
    return [entry.path for entry in installed.paths if _is_altered(os.path.join(prefix, entry.path), entry)]


def _is_altered(path: str, entry: InstalledPath) -> bool:
    expected = _expected_digest(entry)
    if expected is None:
        return False
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode):
        return True
    if entry.sha256_in_prefix is None and entry.size_in_bytes not in (None, status.st_size):
        return True
    return _digest(path) != expected


def _expected_digest(entry: InstalledPath) -> str | None:
    """Return the digest that the file has to have: what was written, or what was linked as it is in the package."""
    if entry.path_type in ("softlink", "directory", "pyc_file"):
        return None
    if entry.sha256_in_prefix is not None or entry.prefix_placeholder is not None:
        return entry.sha256_in_prefix
    return entry.sha256


def _digest(path: str) -> str | None:
    """Return the SHA-256 of a file; `None` when it cannot be read, which is another fault."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
