"""Which nogoods to look at when a domain shrinks."""

from __future__ import annotations

from conda_solver_lazy.domains import Conflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.nogood import Nogood

BINARY = 2
MOST_LEARNED = 1000
"""How many nogoods of more than two terms are kept at first, of those that were learned."""


class Watches:
    """Finds the nogoods of which all terms but one hold.

    Of each nogood two terms are watched, those that came to hold last or do not hold; as long as they do not hold,
    nothing follows from it. Who watches a name is listed under the mask of the term, so that a mask is looked at once
    when the domain shrinks.
    """

    __slots__ = ("_domains", "_learned", "_more", "_most", "_of", "_restless", "fresh")

    def __init__(self, domains: Domains, most_learned: int) -> None:
        self._domains = domains
        self._of: dict[int, dict[int, list[Nogood]]] = {}
        self._learned: list[Nogood] = []
        self._most = self._more = most_learned
        self._restless: list[tuple[Nogood, int]] = []
        self.fresh: list[Nogood] = []

    def add(self, nogood: Nogood, *, since: int | None = None) -> None:
        """Take up a nogood.

        One from which something follows since an earlier level than the present one is looked at after each undoing
        that does not go back before that level, for what followed is undone, too.
        """
        self.fresh.append(nogood)
        if since is not None and since < len(self._domains.marks):
            self._restless.append((nogood, since))
        if len(nogood.terms) > 1:
            self._watch(nogood)
        if nogood.parents and len(nogood.terms) > BINARY:
            self._learned.append(nogood)

    def look_again(self, level: int) -> None:
        """Look at what may follow again, after all behind a level was undone."""
        self._restless = [(nogood, since) for nogood, since in self._restless if since <= level]
        self.fresh += [nogood for nogood, _ in self._restless]
        self._restless = [(nogood, since) for nogood, since in self._restless if since < level]

    def examine_fresh(self) -> None:
        """Draw the conclusions from the nogoods that nobody has looked at; raise `Conflict`."""
        now = self._domains.now
        while self.fresh:
            nogood = self.fresh.pop(0)
            terms = nogood.terms
            loose = [name for name, mask in terms.items() if now[name] & ~mask]
            if not loose:
                raise Conflict(nogood)
            if len(loose) == 1:
                self._domains.narrow(loose[0], ~terms[loose[0]], nogood)

    def visit(self, name: int) -> None:
        """Draw the conclusions from what watches a name that shrank; raise `Conflict`."""
        watching = self._of.get(name)
        if not watching:
            return
        domains = self._domains
        now = domains.now
        domain = now[name]
        for held in [mask for mask in watching if not domain & ~mask]:
            nogoods = watching[held]
            place = 0
            while place < len(nogoods):
                nogood = nogoods[place]
                terms = nogood.terms
                other = nogood.second if nogood.first == name else nogood.first
                mask = terms[other]
                if not now[other] & mask:
                    place += 1
                    continue
                if len(terms) > BINARY:
                    another = self._another(nogood)
                    if another >= 0:
                        nogood.first, nogood.second = other, another
                        nogoods[place] = nogoods[-1]
                        nogoods.pop()
                        self._list(nogood, another)
                        continue
                domains.narrow(other, ~mask, nogood)
                place += 1
            if not nogoods:
                del watching[held]

    def forget(self) -> None:
        """Forget the half of the long nogoods that were learned which was of no use for the longest time.

        That is done when they become too many, and with each time more of them may stay. What something on the trail
        follows from, or has not been looked at, is not forgotten.
        """
        if len(self._learned) <= self._most:
            return
        needed = {id(entry.reason) for entry in self._domains.trail} | {id(nogood) for nogood in self.fresh}
        self._learned.sort(key=lambda nogood: nogood.used)
        half = len(self._learned) // 2
        forgotten = {id(nogood) for nogood in self._learned[:half]} - needed
        gone = [nogood for nogood in self._learned[:half] if id(nogood) in forgotten]
        self._learned = [nogood for nogood in self._learned if id(nogood) not in forgotten]
        self._restless = [(nogood, since) for nogood, since in self._restless if id(nogood) not in forgotten]
        for nogood in gone:
            for name in (nogood.first, nogood.second):
                mask = nogood.terms[name]
                nogoods = self._of[name][mask]
                nogoods.remove(nogood)
                if not nogoods:
                    del self._of[name][mask]
        self._most += self._more // 10

    def _another(self, nogood: Nogood) -> int:
        now = self._domains.now
        for name, mask in nogood.terms.items():
            if now[name] & ~mask and name not in (nogood.first, nogood.second):
                return name
        return -1

    def _watch(self, nogood: Nogood) -> None:
        now, since = self._domains.now, self._domains.since
        last = len(self._domains.trail)
        places = {name: last if now[name] & ~mask else since(name, mask) for name, mask in nogood.terms.items()}
        nogood.first = max(places, key=places.__getitem__)
        del places[nogood.first]
        nogood.second = max(places, key=places.__getitem__)
        self._list(nogood, nogood.first)
        self._list(nogood, nogood.second)

    def _list(self, nogood: Nogood, name: int) -> None:
        of_name = self._of.setdefault(name, {})
        of_name.setdefault(nogood.terms[name], []).append(nogood)
