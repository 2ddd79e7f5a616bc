"""What a scenario of the suite is, and how it becomes a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import ChannelPriority, Freeze, Install, Keep, Pin, Remove, SolveRequest
from conda_testing.memory_index import MemoryIndex, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job

Entry = dict[str, object]


class Allowed(NamedTuple):
    """Another answer that a driver may give, and why."""

    solution: str | None
    reason: str


class Scenario(NamedTuple):
    """A small world, what is asked of it, and the answer.

    `solution` are the packages of the answer as `name-version-build`, with `@channel` where the channel is not `main`;
    None means that there is none. `keep` and `freeze` name packages in the same way, from the channels or from
    `elsewhere`, which the channels lack. `allowed` has other answers by the name of the driver.
    """

    name: str
    packages: tuple[Entry, ...]
    solution: str | None
    install: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    pin: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()
    elsewhere: tuple[Entry, ...] = ()
    machine: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("main",)
    priority: ChannelPriority = ChannelPriority.FLEXIBLE
    allowed: Mapping[str, Allowed] = {}

    def __str__(self) -> str:
        return self.name.replace(" ", "-")

    def request(self, *, backwards: bool = False) -> SolveRequest:
        """Return the request; `backwards` turns the order of the records round, which must not matter."""
        records = [record_of(entry) for entry in (self.packages[::-1] if backwards else self.packages)]
        installed = {label(record): record for record in [*records, *(record_of(entry) for entry in self.elsewhere)]}
        machine = tuple(_virtual(text) for text in self.machine)
        index = MemoryIndex(records, channels=self.channels, priority=self.priority)
        return SolveRequest(
            jobs=tuple(self._jobs(installed)),
            index=index,
            installed=tuple(installed[name] for name in (*self.keep, *self.freeze)),
            machine=machine,
            channel_priority=self.priority,
        )

    def _jobs(self, installed: Mapping[str, PackageRecord]) -> Iterator[Job]:
        yield from (Install(MatchSpec.parse(text)) for text in self.install)
        yield from (Remove(MatchSpec.parse(text)) for text in self.remove)
        yield from (Pin(MatchSpec.parse(text)) for text in self.pin)
        yield from (Keep(installed[name]) for name in self.keep)
        yield from (Freeze(installed[name]) for name in self.freeze)


def package(name: str, version: str = "1.0", build: str = "0", **fields: object) -> Entry:
    """Return an entry of repodata; the digits that end the build are the build number unless it is given."""
    return {"name": name, "version": version, "build": build, **fields}


def _virtual(text: str) -> VirtualPackage:
    name, version, *build = text.split("=")
    return VirtualPackage(name, version, build[0] if build else "0")


def label(record: PackageRecord) -> str:
    """Return how the suite names a record."""
    return record.dist_name if record.channel == "main" else f"{record.dist_name}@{record.channel}"
