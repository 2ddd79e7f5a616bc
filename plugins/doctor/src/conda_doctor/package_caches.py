"""Packages and archives in the package caches that are not what they claim to be."""

from __future__ import annotations

from conda_kernel.errors import CondaError
from conda_kernel.hookspecs import CACHE_KEEPERS
from conda_kernel.model.cached import CachedKind
from conda_kernel.model.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.cached import CachedItem

WORDS = {CachedKind.ARCHIVE: "archive", CachedKind.PACKAGE: "package"}
"""What is left over from unfinished work claims nothing; `conda clean` removes it."""


class StillInUse(CondaError):
    """Something in a package cache could not be removed."""


class PackageCaches:
    """The check `package-caches`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return a finding for each package and archive that lies, whichever environment uses it."""
        if not self._kernel.index.group(CACHE_KEEPERS.group):
            return None
        keeper = self._kernel.driver(CACHE_KEEPERS)
        items = [item for item in keeper.contents() if item.kind in WORDS]
        return [_finding(item, faults) for item in items if (faults := keeper.faults(item))] if items else None

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Remove what lies; raise StillInUse when a process is using it."""
        keeper = self._kernel.driver(CACHE_KEEPERS)
        paths = {finding.details.get("path") for finding in findings}
        items = [item for item in keeper.contents() if item.path in paths]
        left = len(items) - len(keeper.remove(items))
        if left:
            raise StillInUse(f"{left} of {len(items)} are in use and stay", hint="wait until other commands have ended")


def _finding(item: CachedItem, faults: tuple[str, ...]) -> Finding:
    one = len(faults) == 1
    return Finding(
        f"the {WORDS[item.kind]} `{item.path}` is not what it claims to be: "
        + (faults[0] if one else f"{len(faults)} faults"),
        {"path": item.path, "kind": item.kind.value, "faults": list(faults)},
        () if one else faults,
        remedy="remove it, so that it is brought anew when it is needed" if item.is_removable else "",
        hint="" if item.is_removable else "whoever owns that cache can remove it",
    )
