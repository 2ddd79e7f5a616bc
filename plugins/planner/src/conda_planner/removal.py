"""What goes away with a package: what depends on it, and what nobody needs without it."""

from __future__ import annotations

from conda_planner.demands import NOT_REMOVED
from conda_planner.together import needed_for, needs, reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.plan import Change
    from conda_planner.state import State
    from conda_planner.together import Together


def removed(change: Change, state: State, together: Together) -> frozenset[str]:
    """Return the names of what goes away; raise PackagesNotFound for specs that select nothing."""
    absent = [spec for spec in change.remove if not any(map(spec.matches, state.records))]
    if absent:
        from conda_planner.missing import not_installed  # noqa: PLC0415 - words for failures alone

        raise not_installed(absent, state.installed, change.prefix)
    named = selected(together, change.remove)
    if change.force_remove:
        return named
    gone = with_dependents(together, named)
    if change.prune:
        return frozenset(together.records) - needed_for(together, {*state.asked, *NOT_REMOVED} - gone)
    asked = {*state.asked, *NOT_REMOVED} if state.asked else together.records
    return gone | orphans(together, gone, asked)


def selected(together: Together, specs: Sequence[MatchSpec]) -> frozenset[str]:
    """Return the names of the packages that a spec selects."""
    return frozenset(name for name, record in together.records.items() if any(spec.matches(record) for spec in specs))


def with_dependents(together: Together, names: Collection[str]) -> frozenset[str]:
    """Return the names, and those of all packages that need one of them, directly or not."""
    users: dict[str, set[str]] = {}
    for name, needed in needs(together).items():
        for each in needed:
            users.setdefault(each, set()).add(name)
    return reached(names, users)


def orphans(together: Together, gone: Collection[str], asked: Collection[str]) -> frozenset[str]:
    """Return the names of the packages that were needed by those that are gone, and by nobody who stays.

    What was asked for stays, and so does what was needed by nobody before: somebody may have put it there by hand.
    """
    edges = needs(together)
    brought = reached(gone, edges) - frozenset(gone)
    rest = {name: needed for name, needed in edges.items() if name not in gone}
    needed = reached({name for name in rest if name in asked or name not in brought}, rest)
    return frozenset(brought - needed)
