"""What a spec selects in channels, read name by name while somebody goes through it."""

from __future__ import annotations

from collections import Counter

from conda_commands_search.order import in_order
from conda_kernel.model.candidates import STRICT_PRIORITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index

TOGETHER = 256
"""Names that are brought together, and whose records are in memory at one time."""


class Found:
    """The packages that a spec selects among those of some names, which are in order.

    Channel priority hides nothing here. What a policy or unreadable metadata keeps out is counted in `withheld`, by the
    reason; the counts are complete when all has been gone through.
    """

    def __init__(self, index: Index, spec: MatchSpec, names: Sequence[str]) -> None:
        self.withheld: Counter[str] = Counter()
        self._index = index
        self._spec = spec
        self._names = names
        self._first = 0
        self._withheld_before: Counter[str] = Counter()

    def is_empty(self) -> bool:
        """Tell whether there is nothing; what comes before the first package is not gone through again."""
        return next(iter(self), None) is None

    def __iter__(self) -> Iterator[tuple[str, tuple[PackageRecord, ...]]]:
        """Yield each name of which there is something, and its records by version, build number, build and place."""
        self.withheld = self._withheld_before.copy()
        is_first = True
        for place in range(self._first, len(self._names), TOGETHER):
            names = self._names[place : place + TOGETHER]
            before = self.withheld.copy()
            self._index.bring(names)
            for name in names:
                records = self._selected(name)
                if records:
                    if is_first:
                        self._first, self._withheld_before, is_first = place, before, False
                    yield name, records
            if len(self._names) > TOGETHER:
                self._index.forget(names)

    def reasons(self) -> list[str]:
        """Return, one line for each reason, how many packages would have been found if they were not kept out."""
        return [f"{count} of these: {reason}" for reason, count in sorted(self.withheld.items())]

    def _selected(self, name: str) -> tuple[PackageRecord, ...]:
        hidden = []
        for rejected in self._index.rejected(name):
            if self._spec.matches(rejected.record):
                if rejected.reason == STRICT_PRIORITY:
                    hidden.append(rejected.record)
                else:
                    self.withheld[rejected.reason] += 1
        return in_order([*filter(self._spec.matches, self._index.candidates(name)), *hidden])
