"""What is to be learned from a conflict."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_solver_lazy.nogood import Nogood

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.nogood import Reason, Terms
    from conda_solver_lazy.rules import Rules


class Learned(NamedTuple):
    """A nogood that a conflict led to, the first level at which something follows from it, and that of the conflict."""

    nogood: Nogood
    level: int
    of_conflict: int


def terms_of(reason: Reason, domains: Domains, rules: Rules) -> Terms:
    """Return what a reason excludes together."""
    if isinstance(reason, Nogood):
        return reason.terms
    name, rule = reason
    target = rules.target[rule]
    return {name: rules.having(name, rule), target: domains.every[target] & ~rules.allowed[rule]}


def learned(reason: Reason, domains: Domains, rules: Rules) -> Learned:
    """Return the nogood at the first unique implication point; one without terms says that there is no solution.

    What came to hold last is replaced by what it follows from, until only one term holds because of the last level
    that is involved.
    """
    terms = dict(terms_of(reason, domains, rules))
    since = {name: domains.since(name, mask) for name, mask in terms.items()}
    parents: list[Reason] = [reason]
    settled: list[tuple[int, int]] = []
    first_decision = domains.marks[0] if domains.marks else len(domains.trail)
    while True:
        for name in [name for name, place in since.items() if place < first_decision]:
            settled.append((name, terms.pop(name)))
            del since[name]
        if not since:
            return Learned(Nogood({}, parents=parents, settled=settled), 0, 0)
        last = max(since, key=since.__getitem__)
        place = since[last]
        before = max((since[name] for name in since if name != last), default=-1)
        level = domains.level_of(place)
        if before < domains.marks[level - 1]:
            return Learned(Nogood(terms, parents=parents, settled=settled), domains.level_of(before), level)
        cause = domains.trail[place].reason
        assert cause is not None  # noqa: S101 - a decision is the first step of its level, so all others are before it
        parents.append(cause)
        others = terms_of(cause, domains, rules)
        _resolve(last, terms, others, domains.every[last])
        del since[last]
        for name in others:
            if name in terms:
                since[name] = domains.since(name, terms[name])


def _resolve(name: int, terms: Terms, others: Terms, every: int) -> None:
    """Resolve on a name: of its masks the union, of those of every other name what they have in common."""
    union = terms[name] | others[name]
    if union == every:
        del terms[name]
    else:
        terms[name] = union
    for other, mask in others.items():
        if other != name:
            terms[other] = terms.get(other, mask) & mask
