"""Keeps for each name that must be there a candidate that could be chosen, as far as one look at its rules shows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.preference import Preference
    from conda_solver_lazy.rules import Rules


class Support:
    """The support of each name: a candidate none of whose rules is broken already.

    Who relies on a domain's meeting a mask is listed under that mask, so that a mask is looked at once when the domain
    shrinks. Going back in the search leaves every support in place, since domains only grow by that.
    """

    def __init__(self, domains: Domains, rules: Rules, preference: Preference) -> None:
        self._domains = domains
        self._rules = rules
        self._preference = preference
        self._support: dict[int, int] = {}
        self._users: dict[int, dict[int, dict[int, int]]] = {}

    def best(self, name: int) -> int:
        """Return the best candidate of a name that could be chosen, after those that could not were taken out.

        Raise `Conflict` when none is left.
        """
        domains, rules = self._domains, self._rules
        now, target, allowed, best = domains.now, rules.target, rules.allowed, self._preference.best
        while True:
            bit = best(name)
            if self._support.get(name) == bit:
                return bit
            own = rules.of(name, bit)
            broken = -1
            for rule in own:
                mask = allowed[rule]
                if mask < 0:
                    mask = rules.evaluated(rule)
                if not now[target[rule]] & mask:
                    broken = rule
                    break
            if broken < 0:
                break
            domains.narrow(name, ~rules.having(name, broken), (name, broken))
        self._support[name] = bit
        users = self._users
        for rule in own:
            of_target = users.get(target[rule])
            if of_target is None:
                of_target = users[target[rule]] = {}
            by_mask = of_target.get(allowed[rule])
            if by_mask is None:
                by_mask = of_target[allowed[rule]] = {}
            by_mask[name] = bit
        return bit

    def look_after(self, name: int) -> None:
        """Find other supports for what relied on a domain that shrank; raise `Conflict` when there is none."""
        domains = self._domains
        now, support = domains.now, self._support
        domain = now[name]
        if not domain & domains.absent[name] and not support.get(name, 0) & domain:
            self.best(name)
        users = self._users.get(name)
        if not users:
            return
        for mask in [mask for mask in users if not domain & mask]:
            for user, bit in users.pop(mask).items():
                if support.get(user) == bit:
                    support[user] = 0
                    if not now[user] & domains.absent[user]:
                        self.best(user)
