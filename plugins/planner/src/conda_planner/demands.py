"""Turns a wish and the state of an environment into what a solver is asked, each job with the reason for it."""

from __future__ import annotations

import os
from enum import Enum

from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.plan import UpdateMode
from conda_kernel.model.solving import Freeze, Install, Keep, Pin, Remove
from conda_kernel.model.value import Value
from conda_planner.difference import minor_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from conda_kernel.model.pins import Pin as PinLine
    from conda_kernel.model.plan import Change
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index, Job
    from conda_planner.state import State

NOT_REMOVED = frozenset(("anaconda", "conda", "conda-build", "python.app", "console_shortcut", "powershell_shortcut"))
"""Names that stay although nobody asked for them."""


class Reason(Enum):
    """Why a job is there."""

    REQUESTED = "requested"
    BEFORE = "asked for before"
    PINNED = "pinned"
    PYTHON = "installed, and not named"
    INSTALLED = "installed"


class Demand(NamedTuple):
    """A job, why it is there, and its words for people."""

    job: Job
    reason: Reason
    told: str

    @property
    def name(self) -> str:
        """The name of the package that it is about, or the pattern of names."""
        return self.job.record.name if isinstance(self.job, (Freeze, Keep)) else self.job.spec.name


class Wish(Value):
    """All that the jobs of one attempt depend on.

    `index` gives the metadata of installed packages that it has, too. `mode` may differ from that of the change, which
    is tried more than once unless it `is_strict`. What stands in `loose` may change freely, what stands in `let_go` is
    not looked at.
    """

    change: Change
    state: State
    index: Index
    mode: UpdateMode
    aggressive: frozenset[str] = frozenset()
    runs_here: bool = False
    loose: frozenset[str] = frozenset()
    let_go: frozenset[str] = frozenset()
    is_strict: bool = False

    @property
    def requested(self) -> frozenset[str]:
        """The names that are asked for."""
        return frozenset(spec.name for spec in self.change.install)


def demands(wish: Wish) -> tuple[Demand, ...]:
    """Return what a solver is asked: requests in the order typed, then what is installed by name, pins, updates."""
    found = [*_requests(wish)]
    if not wish.change.prune:
        found += _installed(wish)
    frozen = {demand.job.record.name for demand in found if isinstance(demand.job, Freeze)}
    found += _pins(wish, frozen)
    if not wish.change.prune:
        found += _python(wish, frozen)
        found += _tool(wish, frozen)
        found += _updates(wish)
    return tuple(found)


def known_record(record: PackageRecord, index: Index) -> PackageRecord:
    """Return the record as the index has it, whose metadata may have been mended, or as it was installed."""
    bit = index.bit_of(record)
    return index.candidates(record.name)[bit.bit_length() - 1] if bit else record


def _requests(wish: Wish) -> Iterator[Demand]:
    for spec in wish.change.install:
        if not spec.name.startswith("__"):
            yield Demand(Install(spec), Reason.REQUESTED, f"`{spec}`")
    for spec in wish.change.remove:
        yield Demand(Remove(spec), Reason.REQUESTED, f"no `{spec}`")


def _installed(wish: Wish) -> Iterator[Demand]:
    for record in wish.state.records:
        known = known_record(record, wish.index)
        if record.name in wish.let_go or _is_removed(record, wish):
            continue
        if record.name in wish.requested or record.name in _updated_names(wish) or record.name in wish.loose:
            if not _is_offered(record.name, wish):
                # What the index lacks is a candidate only when a job shows it to the solver.
                yield Demand(Keep(known), Reason.INSTALLED, f"`{record}`")
        else:
            yield from _kept(known, wish)


def _kept(record: PackageRecord, wish: Wish) -> Iterator[Demand]:
    name = record.name
    if wish.mode is UpdateMode.FREEZE and all(_allows(pin, record) for pin in wish.state.pins):
        yield Demand(Freeze(record), Reason.INSTALLED, f"`{record}`")
        return
    spec = _wanted_still(record, wish)
    if spec is not None:
        yield Demand(Install(spec), Reason.BEFORE, f"`{spec}`")
    if wish.mode is not UpdateMode.ALL or not wish.index.candidates(name):
        yield Demand(Keep(record), Reason.INSTALLED, f"`{record}`")


def _wanted_still(record: PackageRecord, wish: Wish) -> MatchSpec | None:
    """Return what was asked for before, or None for a package that is there for others' sake.

    A wish that what is installed does not fulfil has been overruled since; then any version does. Where nothing was
    asked for, nobody knows which packages matter: all do.
    """
    asked = wish.state.asked.get(record.name)
    if asked is not None and wish.mode is not UpdateMode.ALL and asked.matches(record):
        return asked
    if asked is not None or not wish.state.asked or record.name in NOT_REMOVED:
        return MatchSpec.parse(record.name)
    return None


def _updates(wish: Wish) -> Iterator[Demand]:
    names = _updated_names(wish) | wish.loose
    for name in sorted(names & wish.state.installed.keys() - wish.requested - wish.let_go):
        yield Demand(Install(MatchSpec.parse(name)), Reason.INSTALLED, f"`{name}`")


def _updated_names(wish: Wish) -> frozenset[str]:
    return wish.aggressive - {pin.spec.name for pin in wish.state.pins}


def _pins(wish: Wish, frozen: AbstractSet[str]) -> Iterator[Demand]:
    for pin in wish.state.pins:
        name, installed = pin.spec.name, wish.state.installed.get(pin.spec.name)
        source = pin.source.removeprefix(os.path.join(wish.change.prefix, ""))
        told = f"`{pin.spec}` ({source}, line {pin.line})"
        is_bare = str(pin.spec) == name
        if not is_bare:
            yield Demand(Pin(pin.spec), Reason.PINNED, told)
        elif installed and name not in frozen and name not in wish.let_go and not wish.change.prune:
            yield Demand(Freeze(known_record(installed.record, wish.index)), Reason.PINNED, told)


def _python(wish: Wish, frozen: AbstractSet[str]) -> Iterator[Demand]:
    python = wish.state.installed.get("python")
    if python is not None and "python" not in wish.requested | wish.let_go | frozen:
        spec = MatchSpec.parse(f"python {minor_version(python.record)}.*")
        yield Demand(Pin(spec), Reason.PYTHON, f"`{spec}`")


def _tool(wish: Wish, frozen: AbstractSet[str]) -> Iterator[Demand]:
    """Never let an environment that conda runs in fall behind the version of conda that it has."""
    conda = wish.state.installed.get("conda")
    if wish.runs_here and conda is not None and "conda" not in frozen:
        spec = MatchSpec.parse(f"conda >={conda.record.version}")
        yield Demand(Pin(spec), Reason.INSTALLED, f"`{spec}`")


def _is_offered(name: str, wish: Wish) -> bool:
    specs = [spec for spec in wish.change.install if spec.name == name] or [MatchSpec.parse(name)]
    return all(wish.index.matching(spec) for spec in specs)


def _is_removed(record: PackageRecord, wish: Wish) -> bool:
    return any(spec.matches(record) for spec in wish.change.remove)


def _allows(pin: PinLine, record: PackageRecord) -> bool:
    return pin.spec.name != record.name or pin.spec.matches(record)
