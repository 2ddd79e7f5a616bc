"""A change of the environment that was begun and not brought to its end."""

from __future__ import annotations

from conda_kernel.hookspecs import LINKERS
from conda_kernel.model.finding import Finding
from conda_kernel.model.prefix import Prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel


class UnfinishedChange:
    """The check `unfinished-change`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding]:
        """Return the change, if there is one; it may be that another process is at it right now."""
        if not Prefix(prefix).unfinished_change():
            return ()
        return (
            Finding(
                "a change of the environment was begun and not brought to its end",
                {"journal": "conda-meta/journal"},
                remedy="undo it or complete it, as its journal says",
            ),
        )

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Have the linker bring the change to its end; raise PrefixLocked when another process keeps at it."""
        self._kernel.driver(LINKERS).recover(prefix)
