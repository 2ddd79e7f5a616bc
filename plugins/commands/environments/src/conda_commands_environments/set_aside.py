"""An environment that was moved aside or half deleted by a command that did not come to its end."""

from __future__ import annotations

from conda_commands_environments.moved_aside import ASIDE, left_behind, put_back
from conda_kernel.hookspecs import LINKERS
from conda_kernel.model.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel


class SetAside:
    """The health check `set-aside`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding]:
        """Return what lies beside the environment and belongs to it."""
        return [_finding(prefix, kind, place) for kind, place in left_behind(prefix)]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Put back what has no better in its place, and delete the rest; raise NotMoved."""
        kernel = self._kernel
        put_back(prefix, lambda place: kernel.driver(LINKERS).recover(place), kernel.reporter)


def _finding(prefix: str, kind: str, place: str) -> Finding:
    if kind == ASIDE:
        told = f"`{place}` is what was at `{prefix}` before a command that was to replace it, and was broken off"
        return Finding(told, {"place": place}, remedy="put it back, unless the new environment is whole")
    return Finding(f"`{place}` is left of an environment that was deleted", {"place": place}, remedy="delete it")
