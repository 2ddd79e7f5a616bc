"""The order in which packages are linked: what is needed before what needs it."""

from __future__ import annotations

from conda_planner.together import Together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord


def link_order(records: Iterable[PackageRecord], machine: Sequence[VirtualPackage] = ()) -> tuple[PackageRecord, ...]:
    """Return the records with dependencies first, the same for every order in which they are given.

    Packages that neither need nor are needed come first. In a cycle the package with the fewest open needs goes on,
    then the one with the smallest text; `python` comes before `pip`, which need each other.
    """
    together = Together(records, machine)
    needs = _needs(together)
    needed = {name for names in needs.values() for name in names}
    lonely = sorted(name for name, names in needs.items() if not names and name not in needed)
    return tuple(together.records[name] for name in (*lonely, *_in_rounds(needs, lonely, together.records)))


def _needs(together: Together) -> dict[str, set[str]]:
    needs = {name: {found.name for found in together.needed_by(record)} for name, record in together.records.items()}
    if "python" in needs:
        needs["python"].discard("pip")
    if "menuinst" in needs:
        before = _reached_from("menuinst", needs)
        for name, names in needs.items():
            if "python" in names and name not in before:
                names.add("menuinst")
    return needs


def _reached_from(name: str, needs: Mapping[str, set[str]]) -> set[str]:
    found = {name}
    waiting = [name]
    while waiting:
        new = needs[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def _in_rounds(needs: Mapping[str, set[str]], lonely: Iterable[str], records: Mapping[str, PackageRecord]) -> list[str]:
    left = set(needs).difference(lonely)
    order: list[str] = []
    while left:
        ready = sorted(name for name in left if needs[name].isdisjoint(left))
        if not ready:
            ready = [min(left, key=lambda name: (len(needs[name] & left), str(records[name])))]
        order.extend(ready)
        left.difference_update(ready)
    return order
