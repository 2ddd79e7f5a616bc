"""What may still be chosen for each name, and the trail of how it came to be less.

A domain is a whole number: bit i stands for the i-th candidate, the bit above all of them for no package of the name.
"""

from __future__ import annotations

from bisect import bisect_right

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_solver_lazy.nogood import Reason


class Entry(NamedTuple):
    """One step of the trail: a domain that shrank, what it was, why, and the place of the step before of that name."""

    name: int
    before: int
    reason: Reason | None
    previous: int


class Conflict(Exception):
    """Everything that a reason excludes together holds."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Domains:
    """The domains by the numbers of the names.

    `every` has all bits of a name, `absent` the one for no package. `queue` has the names that must be there, in the
    order in which that was found, and `head` is the place of the first one that no decision was taken on. `changed`
    are the names whose domains shrank and that nobody has looked at.
    """

    __slots__ = ("_heads", "_last", "absent", "changed", "every", "head", "marks", "now", "queue", "trail")

    def __init__(self) -> None:
        self.now: list[int] = []
        self.every: list[int] = []
        self.absent: list[int] = []
        self.queue: list[int] = []
        self.head = 0
        self.changed: list[int] = []
        self.trail: list[Entry] = []
        self.marks: list[int] = []
        self._heads: list[int] = []
        self._last: list[int] = []

    def add(self, count: int, *, removed: int = 0) -> int:
        """Add a name with so many candidates, of whose bits some are removed from the start; return its number."""
        self.absent.append(1 << count)
        self.every.append((2 << count) - 1)
        self.now.append(((2 << count) - 1) & ~removed)
        self._last.append(-1)
        return len(self.now) - 1

    def narrow(self, name: int, kept: int, reason: Reason | None) -> None:
        """Leave of a domain only the bits of `kept`, for a reason; none is a decision. Raise `Conflict`."""
        before = self.now[name]
        after = before & kept
        if after == before:
            return
        if not after:
            assert reason is not None  # noqa: S101 - a decision is one of the bits that are left
            raise Conflict(reason)
        self.trail.append(Entry(name, before, reason, self._last[name]))
        self._last[name] = len(self.trail) - 1
        self.now[name] = after
        self.changed.append(name)
        absent = self.absent[name]
        if before & absent and not after & absent:
            self.queue.append(name)

    def open_level(self) -> None:
        """Begin a level, with a decision on the name at the head."""
        self.marks.append(len(self.trail))
        self._heads.append(self.head)

    def undo(self, level: int) -> None:
        """Go back to the end of a level; 0 is before all decisions."""
        trail, now, last = self.trail, self.now, self._last
        start = self.marks[level]
        while len(trail) > start:
            name, before, _, previous = trail.pop()
            absent = self.absent[name]
            if before & absent and not now[name] & absent:
                self.queue.pop()
            now[name] = before
            last[name] = previous
        self.head = self._heads[level]
        del self.marks[level:], self._heads[level:]
        self.changed.clear()

    def since(self, name: int, mask: int) -> int:
        """Return the place in the trail from which on the domain, as it now is, lies in the mask; -1 for always."""
        place = self._last[name]
        while place >= 0:
            entry = self.trail[place]
            if entry.before & ~mask:
                return place
            place = entry.previous
        return -1

    def level_of(self, place: int) -> int:
        """Return the level that a place in the trail belongs to."""
        return bisect_right(self.marks, place)

    def is_required(self, name: int) -> bool:
        """Tell whether a package of the name must be there."""
        return not self.now[name] & self.absent[name]
