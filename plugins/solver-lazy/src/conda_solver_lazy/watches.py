"""Which nogoods to look at when a domain shrinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_solver_lazy.domains import Conflict

if TYPE_CHECKING:
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.nogood import Nogood


class Watches:
    """Finds the nogoods of which all terms but one hold.

    Of each nogood two terms are watched, those that came to hold last or do not hold; as long as they do not hold,
    nothing follows from it.
    """

    __slots__ = ("_domains", "_of", "_restless", "fresh")

    def __init__(self, domains: Domains) -> None:
        self._domains = domains
        self._of: dict[int, list[Nogood]] = {}
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
        place = 0
        while place < len(watching):
            nogood = watching[place]
            terms = nogood.terms
            if domain & ~terms[name]:
                place += 1
                continue
            other = nogood.second if nogood.first == name else nogood.first
            mask = terms[other]
            if not now[other] & mask:
                place += 1
                continue
            if len(terms) > 2:
                another = self._another(nogood)
                if another >= 0:
                    nogood.first, nogood.second = other, another
                    watching[place] = watching[-1]
                    watching.pop()
                    self._of.setdefault(another, []).append(nogood)
                    continue
            domains.narrow(other, ~mask, nogood)
            place += 1

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
        for name in (nogood.first, nogood.second):
            self._of.setdefault(name, []).append(nogood)
