"""What a solver is asked, and what it answers.

A solver sees jobs, installed records, candidates and virtual packages; it knows nothing of channels, caches, settings
or prefixes. What it cannot honour it refuses.
"""

from __future__ import annotations

from enum import Enum

from conda_kernel.model.typed import TYPE_CHECKING, Protocol
from conda_kernel.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.alike import Alike
    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord


class Install(Value):
    """The solution holds a package that matches the spec; among those that do, the best that the others allow."""

    spec: MatchSpec


class Remove(Value):
    """The solution holds no package that matches the spec."""

    spec: MatchSpec


class Keep(Value):
    """If the solution holds a package of this name, then preferably this one, which is installed."""

    record: PackageRecord


class Freeze(Value):
    """The solution holds exactly this record, which is installed."""

    record: PackageRecord


class Pin(Value):
    """If the solution holds a package of the spec's name, then one that matches the spec."""

    spec: MatchSpec


Job = Install | Remove | Keep | Freeze | Pin


class ChannelPriority(Enum):
    """How the order of channels counts.

    STRICT: a name comes from the first channel that has it. FLEXIBLE: the first channel is preferred before the higher
    version. DISABLED: the higher version is preferred before the first channel.
    """

    STRICT = "strict"
    FLEXIBLE = "flexible"
    DISABLED = "disabled"


class Strategy(Enum):
    """Which versions are the best."""

    HIGHEST = "highest"
    LOWEST = "lowest"
    LOWEST_DIRECT = "lowest-direct"


class Repodata(Protocol):
    """What one subdir of one channel offers."""

    def names(self) -> Iterable[str]:
        """Return the names of the packages."""

    def records(self, name: str) -> Sequence[PackageRecord]:
        """Return the records of one name, in no order."""


class Index(Protocol):
    """The packages of channels, as a solver asks for them. The one object on a border that is not a value.

    It may be read from several threads. Only `prepare` and `bring` may open a socket.
    """

    def prepare(self, names: Iterable[str]) -> None:
        """Bring what is known of the names, and of what they are likely to need."""

    def bring(self, names: Iterable[str]) -> None:
        """Bring what is known of the names, and of no others: for those who look and do not solve."""

    def forget(self, names: Iterable[str]) -> None:
        """Let go of what is known of the names: who goes through all of them needs no memory for all."""

    def keep(self) -> None:
        """Keep what was found out for the next time; whoever asked a solver says so when it has answered."""

    def candidates(self, name: str) -> Sequence[PackageRecord]:
        """Return the records of a name, best first, totally ordered, policies and channel priority applied.

        A record may be made when it is asked for: who needs few of them does not go through all.
        """
        raise NotImplementedError

    def rejected(self, name: str) -> tuple[Rejected, ...]:
        """Return the records of a name that are no candidates, each with the reason."""
        raise NotImplementedError

    def requirements(self, record: PackageRecord) -> tuple[MatchSpec, ...]:
        """Return what a record depends on; equal lists are the same tuple, equal requirements the same object."""
        raise NotImplementedError

    def constraints(self, record: PackageRecord) -> tuple[MatchSpec, ...]:
        """Return what a record constrains, interned in the same way."""
        raise NotImplementedError

    def matching(self, requirement: MatchSpec) -> int:
        """Return the candidates of the requirement's name that match it: bit i stands for the i-th."""
        raise NotImplementedError

    def having(self, name: str, requirement: MatchSpec, *, constrains: bool = False) -> int:
        """Return the candidates of a name that depend on a requirement, or that constrain it: bit i for the i-th.

        The requirement is one of those that `requirements` or `constraints` returned: the object counts. What else the
        candidates ask is not read for it.
        """
        raise NotImplementedError

    def bit_of(self, record: PackageRecord) -> int:
        """Return the candidate that is a record, by its identity, as a bit; 0 when there is none."""
        raise NotImplementedError

    def alike(self, name: str, place: int) -> Alike:
        """Return the candidates that only dependencies, time and build string tell apart from the one at a place."""
        raise NotImplementedError

    def reachable(self, jobs: Sequence[Job], machine: Sequence[VirtualPackage]) -> tuple[PackageRecord, ...]:
        """Return the candidates that a solution of the jobs can hold, for solvers that must be fed."""
        raise NotImplementedError

    def tracking(self, jobs: Sequence[Job]) -> tuple[PackageRecord, ...]:
        """Return those candidates that track features and that a solution of the jobs can hold, sorted by name.

        It is for solvers that are not fed, and reads what tracks none only as far as it takes to see that.
        """
        raise NotImplementedError

    def names(self) -> tuple[str, ...]:
        """Return every name that the channels have, sorted; for advice on names that they do not have."""
        raise NotImplementedError

    def mentioning(self, name: str) -> tuple[str, ...]:
        """Return, sorted, the names of those that were brought whose packages may depend on a name, and maybe others.

        It is cheap: who asks looks at the dependencies of what is left.
        """
        raise NotImplementedError


class Rejected(Value):
    """A record that is no candidate, and why: a policy, channel priority, an unreadable dependency."""

    record: PackageRecord
    reason: str


class SolveRequest(Value):
    """What a solver is asked.

    `installed` are the records of the environment; those that the index lacks are candidates all the same when a job
    names them. `deadline` is in seconds of `time.monotonic`; a solver that passes it raises `SolverGaveUp`.
    """

    jobs: tuple[Job, ...]
    index: Index
    installed: tuple[PackageRecord, ...] = ()
    machine: tuple[VirtualPackage, ...] = ()
    channel_priority: ChannelPriority = ChannelPriority.FLEXIBLE
    strategy: Strategy = Strategy.HIGHEST
    deadline: float | None = None


class Solution(Value):
    """The records that the environment is to hold, sorted by name."""

    records: tuple[PackageRecord, ...]


class NoCandidate(Value):
    """A fact: nothing matches the requirement that `wanted_by` (a spec of the user's, or a package) has."""

    requirement: str
    wanted_by: str


class Excluded(Value):
    """A fact: these requirements cannot hold together; each is paired with what has it."""

    requirements: tuple[tuple[str, str], ...]


class Explained(Value):
    """A fact in the solver's own words, where it can say no more."""

    text: str


Fact = NoCandidate | Excluded | Explained
