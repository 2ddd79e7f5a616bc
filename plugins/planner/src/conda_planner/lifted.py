"""An index in which a user's spec with a channel is not hindered by strict channel priority."""

from __future__ import annotations

from conda_kernel.model.candidates import STRICT_PRIORITY
from conda_kernel.model.index import RecordIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index, Rejected


class LiftedIndex(RecordIndex):
    """The candidates of another index, and for some names also what strict priority hides there.

    `ranks` maps the names of channels to their place in the order of priority.
    """

    def __init__(self, index: Index, names: Collection[str], ranks: Mapping[str, int]) -> None:
        self._below = index
        self._lifted = frozenset(names)
        super().__init__(self._offered, ranks=ranks, names=index.names, prepare=index.prepare, keep=index.keep)

    def rejected(self, name: str) -> tuple[Rejected, ...]:
        """Return the records of a name that are no candidates, each with the reason."""
        return tuple(each for each in self._below.rejected(name) if not self._is_lifted(each))

    def _offered(self, name: str) -> list[PackageRecord]:
        hidden = [each.record for each in self._below.rejected(name) if self._is_lifted(each)]
        return [*self._below.candidates(name), *hidden]

    def _is_lifted(self, rejected: Rejected) -> bool:
        return rejected.record.name in self._lifted and rejected.reason == STRICT_PRIORITY
