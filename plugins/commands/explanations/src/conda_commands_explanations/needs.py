"""What the packages of an environment need of each other, and the ways from one to another."""

from __future__ import annotations

from collections import deque

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec, holds
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord

MOST_STEPS = 100_000
"""After so many steps no further way is looked for; there can be more ways than anybody can count."""


class Need(NamedTuple):
    """That the package `owner` needs the package `target`, with the requirement that says so."""

    owner: str
    target: str
    spec: MatchSpec


class Needs:
    """Which installed package needs which; `machine` is asked only when a requirement has a condition."""

    def __init__(
        self, records: Mapping[str, PackageRecord], machine: Callable[[], Sequence[VirtualPackage]] = tuple
    ) -> None:
        self.records = records
        self._machine = machine
        self._virtual: Mapping[str, VirtualPackage] | None = None
        self.of = {name: tuple(self._needs(record)) for name, record in sorted(records.items())}
        self.by: dict[str, list[Need]] = {name: [] for name in records}
        for needs in self.of.values():
            for need in needs:
                self.by[need.target].append(need)

    def users(self, name: str) -> set[str]:
        """Return the package itself and all that need it, directly or not."""
        found, waiting = {name}, [name]
        while waiting:
            new = {need.owner for need in self.by[waiting.pop()]} - found
            found |= new
            waiting.extend(new)
        return found

    def _needs(self, record: PackageRecord) -> Iterator[Need]:
        waiting = [spec for spec in map(_read, record.depends) if spec is not None]
        seen: dict[MatchSpec, None] = {}
        while waiting:
            spec = waiting.pop(0)
            target = self.records.get(spec.name)
            if target is None or spec in seen or not self._counts(spec):
                continue
            seen[spec] = None
            if target.name != record.name:
                yield Need(record.name, target.name, spec)
            texts = [text for group in spec.extras for text in target.extra_depends.get(group, ())]
            waiting += [more for more in map(_read, texts) if more is not None]

    def _counts(self, spec: MatchSpec) -> bool:
        return spec.condition is None or holds(spec.condition, self._has)

    def _has(self, spec: MatchSpec) -> bool:
        if spec.name.startswith("__"):
            if self._virtual is None:
                self._virtual = {package.name: package for package in self._machine()}
            virtual = self._virtual.get(spec.name)
            return virtual is not None and spec.matches(virtual)
        record = self.records.get(spec.name)
        return record is not None and spec.matches(record)


def ways(needs: Needs, starts: Collection[str], end: str) -> Iterator[tuple[Need, ...]]:
    """Yield the ways from the packages `starts` to `end`, the shortest first; none passes a package twice.

    No more are looked for after `MOST_STEPS`.
    """
    waiting: deque[tuple[Need, ...]] = deque((need,) for need in needs.by[end])
    steps = 0
    while waiting:
        way = waiting.popleft()
        first = way[0].owner
        if first in starts:
            yield way
        passed = {need.target for need in way} | {first}
        for need in needs.by[first]:
            steps += 1
            if steps > MOST_STEPS:
                return
            if need.owner not in passed:
                waiting.append((need, *way))


def _read(text: str) -> MatchSpec | None:
    """Return the spec that a text spells; an installed package may have one that is none."""
    try:
        return MatchSpec.parse(text)
    except ParseError:
        return None
