"""What cannot be together."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from conda_kernel.model.solving import Job

    Terms = dict[int, int]
    Rule = tuple[int, int]
    Reason: TypeAlias = "Rule | Nogood"


class Nogood:
    """The domains of these names do not all lie in these masks.

    It comes from a job, from a rule, or from a conflict: then `parents` are what it was derived from, and `settled` the
    terms that were left out because they hold in any case. `used` is the number of the last conflict that it led to.
    """

    __slots__ = ("first", "parents", "second", "settled", "source", "terms", "used")

    def __init__(
        self,
        terms: Terms,
        source: Job | Rule | None = None,
        parents: Sequence[Reason] = (),
        settled: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.terms = terms
        self.source = source
        self.parents = parents
        self.settled = settled
        self.first = self.second = -1
        self.used = 0
