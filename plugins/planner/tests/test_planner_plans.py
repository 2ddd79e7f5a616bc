from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.context import Context
from conda_kernel.errors import (
    CondaError,
    PackagesNotFound,
    PluginFailed,
    StalePlan,
    Unsolvable,
)
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Warned
from conda_kernel.model.history import history_block
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.plan import (
    Action,
    Applied,
    Change,
    DependencyMode,
    ExtractedPackage,
    Plan,
    Recovery,
    UpdateMode,
)
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import PrefixRecord, prefix_record_text
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import ChannelPriority, Excluded, Solution, SolveRequest
from conda_kernel.plugin import Plugin
from conda_planner.conflict import PinConflict
from conda_planner.disallowed import DisallowedPackage
from conda_planner.planner import Planner
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.memory_index import HOST, MemoryIndex, record_of

CASES = Path(__file__).resolve().parents[4] / "shared" / "spec" / "cases" / "solver.json"


def _cases() -> list[Any]:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    return [pytest.param(case, id=case["id"]) for case in json.loads(CASES.read_text(encoding="utf-8"))]


class _Indexes:
    """Opens one index, whatever the channels, and remembers what it was asked."""

    def __init__(self, index: MemoryIndex) -> None:
        self.index = index
        self.opened: list[tuple[Channel, ...]] = []

    def open(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> MemoryIndex:
        self.opened.append(tuple(channels))
        return self.index


class _Solver:
    """Answers with what the test says, and remembers what it was asked."""

    def __init__(self, *answers: Iterable[PackageRecord] | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[SolveRequest] = []

    def solve(self, request: SolveRequest) -> Solution:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Solution(tuple(answer))


class _Cache:
    """Gives folders that are not there."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    @contextmanager
    def provide(self, records: Sequence[PackageRecord]) -> Iterator[Sequence[ExtractedPackage]]:
        self.log.append("provided")
        yield [ExtractedPackage(record, "", (), fetched=record.name == "a") for record in records]
        self.log.append("returned")


class _Linker:
    """Notes what it is asked; a plan for another state than that of the prefix is stale."""

    def __init__(self, log: list[str], *, stale: int = 0) -> None:
        self.log = log
        self.stale = stale
        self.actions: list[Action] = []

    def apply(self, plan: Plan, packages: Sequence[ExtractedPackage], actions: Sequence[Action]) -> Applied:
        if self.stale:
            self.stale -= 1
            raise StalePlan("the environment has changed")
        self.log.append("applied " + " ".join(package.record.name for package in packages))
        self.actions = list(actions)
        return Applied()

    def recover(self, prefix: str) -> Recovery:
        self.log.append("recovered")
        os.unlink(os.path.join(prefix, "conda-meta", "journal"))
        return Recovery.UNDONE


class House:
    """A planner among fakes, and an environment that it works on."""

    def __init__(self, folder: Path, index: MemoryIndex, solver: _Solver | str = "rattler", **settings: object) -> None:
        self.prefix = str(folder / "envs" / "it")
        self.index = index
        self.indexes = _Indexes(index)
        self.log: list[str] = []
        self.linker = _Linker(self.log)
        self.environ: dict[str, str] = {}
        self._folder = folder
        self._solver = solver
        self._settings = {"channels": [f"{HOST}/{name}" for name in index.channels], **settings}
        self._fakes: dict[str, object] = {
            "conda.indexes": lambda kernel: self.indexes,
            "conda.package_caches": lambda kernel: _Cache(self.log),
            "conda.linkers": lambda kernel: self.linker,
        }
        self.plugins = [_plugin(group, "fake", f"fakes:{group}") for group in self._fakes]
        self.plugins.append(_plugin("conda.post_solves", "disallowed", "conda_planner.disallowed:refuse_disallowed"))

    def kernel(self) -> Kernel:
        name = self._solver if isinstance(self._solver, str) else "fake"
        targets = {"rattler": "conda_solver_rattler.solver:RattlerSolver"}
        solver = _plugin("conda.solvers", name, targets.get(name, "fakes:solver"))
        settings = {"solver": name, "subdir": "linux-64", **self._settings}
        kernel = make_kernel(
            self._folder, settings=settings, environ=self.environ, prefix=self.prefix, plugins=[*self.plugins, solver]
        )
        kernel._targets.update({f"fakes:{group}": target for group, target in self._fakes.items()})
        kernel._targets["fakes:solver"] = lambda: self._solver
        return kernel

    def install(
        self,
        records: Iterable[PackageRecord],
        *,
        history: Sequence[str] = (),
        pins: Sequence[str] = (),
        requested: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Write an environment with these packages."""
        meta = Path(self.prefix, "conda-meta")
        meta.mkdir(parents=True, exist_ok=True)
        for record in records:
            installed = PrefixRecord(record, requested_specs=(requested or {}).get(record.name, ()))
            (meta / installed.file_name).write_text(prefix_record_text(installed), encoding="utf-8")
        block = history_block(time="2026-11-22 09:00:00", command="conda create", version="1", update_specs=history)
        (meta / "history").write_text(block, encoding="utf-8")
        if pins:
            (meta / "pinned").write_text("\n".join(pins) + "\n", encoding="utf-8")

    def plan(self, *install: str, **change: Any) -> Plan:
        wished = Change(self.prefix, tuple(MatchSpec.parse(text) for text in install), **change)
        self.last = self.kernel()
        return Planner(self.last).plan(wished)

    @property
    def warnings(self) -> list[str]:
        assert isinstance(self.last.reporter, RecordingReporter)
        return [event.text for event in self.last.reporter.events if isinstance(event, Warned)]


def _plugin(group: str, name: str, target: str) -> Plugin:
    return Plugin(group, name, target, distribution="conda-fakes", version="1.0", bundled=True)


def _dists(records: Iterable[PackageRecord | PrefixRecord]) -> list[str]:
    return [(each.record if isinstance(each, PrefixRecord) else each).dist_name for each in records]


def _specs(*texts: str) -> tuple[MatchSpec, ...]:
    return tuple(MatchSpec.parse(text) for text in texts)


ERRORS: dict[str, tuple[type[CondaError], ...]] = {
    "unsatisfiable": (Unsolvable,),
    "not_found": (PackagesNotFound,),
    "not_installed": (PackagesNotFound,),
    "pin_conflict": (PinConflict,),
}


def _case_index(case: dict[str, Any]) -> MemoryIndex:
    records = [
        record_of({**entry, "channel": channel, "subdir": subdir})
        for channel, subdirs in case["channels_data"].items()
        for subdir, entries in subdirs.items()
        for entry in entries
    ]
    records = [record._replace(channel=f"{HOST}/{record.channel}") for record in records]
    priority = ChannelPriority(case.get("channel_priority", "flexible"))
    return MemoryIndex(records, channels=[f"{HOST}/{name}" for name in case["channels"]], priority=priority)


def _case_house(case: dict[str, Any], folder: Path, solver: str) -> House:
    index = _case_index(case)
    house = House(folder, index, solver, channel_priority=case.get("channel_priority", "flexible"))
    house._settings["channels"] = [f"{HOST}/{name}" for name in case["channels"]]
    # The setting `[]` in a file means the same as none; a name that no package has switches the default off.
    house._settings["aggressive_update_packages"] = case.get("aggressive", ["no-such-package"])
    house._settings["override_virtual_packages"] = {}
    house.environ = dict(case.get("env", {}))
    for name, version, _ in case.get("virtual", ()):
        house.environ[f"CONDA_OVERRIDE_{name[2:].upper()}"] = version
    installed = [
        record_of({**entry, "channel": channel, "subdir": subdir})._replace(channel=f"{HOST}/{channel}")
        for channel, subdir, entry in case.get("installed", ())
    ]
    house.install(installed, history=case.get("history", ()), pins=case.get("pinned", ()))
    return house


def _case_change(case: dict[str, Any], house: House) -> dict[str, Any]:
    return {
        "remove": _specs(*case.get("remove", ())),
        "update": UpdateMode(case.get("update", "update_specs")),
        "dependencies": DependencyMode(case.get("deps", "not_set")),
        "prune": case.get("prune", False),
        "force_remove": case.get("force_remove", False),
        "force_reinstall": case.get("force_reinstall", False),
        "ignore_pinned": case.get("ignore_pinned", False),
    }


@pytest.mark.parametrize("solver", ["rattler"])
@pytest.mark.parametrize("case", _cases())
def test_a_scenario_ends_as_the_table_says(case: dict[str, Any], solver: str, tmp_path: Path) -> None:
    house = _case_house(case, tmp_path, solver)
    add = [text.format(lo=f"{HOST}/lo") for text in case.get("add", ())]
    expected = case["expected"]

    if "error" in expected:
        with pytest.raises(ERRORS[expected["error"]]) as caught:
            house.plan(*add, **_case_change(case, house))
        assert type(caught.value) in ERRORS[expected["error"]]
        return
    plan = house.plan(*add, **_case_change(case, house))

    many = len(case["channels"]) > 1
    link = [f"{record.dist_name}@{record.channel.rpartition('/')[2]}" if many else record.dist_name for record in plan.link]
    assert (_dists(plan.unlink), link) == (expected["unlink"], expected["link"])
