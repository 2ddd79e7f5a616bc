from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.errors import (
    CondaError,
    PackagesNotFound,
    PluginFailed,
    SettingError,
    SolverGaveUp,
    StalePlan,
    Unsolvable,
)
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Started, Warned
from conda_kernel.model.file_table import NO_FILES
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
from conda_kernel.model.solving import ChannelPriority, Excluded, NoCandidate, Solution, SolveRequest
from conda_kernel.plugin import Plugin
from conda_kernel.settings import DISALLOWED_PACKAGES
from conda_planner.disallowed import DisallowedPackage
from conda_planner.pin_conflict import PinConflict
from conda_planner.planner import MOST_STALE_PLANS, Planner
from conda_planner.time_limit import OutOfTime
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.memory_index import HOST, MemoryIndex, record_of

CASES = Path(__file__).resolve().parents[4] / "shared" / "spec" / "cases" / "solver.json"


def _cases() -> list[Any]:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    return [pytest.param(case, id=case["id"]) for case in json.loads(CASES.read_text(encoding="utf-8"))]


class _Indexes:
    """Opens these indexes, whatever the channels, and remembers what it was asked."""

    def __init__(self, *indexes: MemoryIndex) -> None:
        self.indexes = indexes
        self.opened: list[tuple[Channel, ...]] = []

    def open(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> MemoryIndex:
        self.opened.append(tuple(channels))
        return self.indexes[-1]

    def open_in_turn(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> Iterator[MemoryIndex]:
        for index in self.indexes:
            self.opened.append(tuple(channels))
            yield index


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
        yield [ExtractedPackage(record, "", NO_FILES, fetched=record.name == "a") for record in records]
        self.log.append("returned")

    def provide_stated(self, records: Sequence[PackageRecord]) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        return self.provide(records)

    def missing(self, records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
        return tuple(records)


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
        for name in DISALLOWED_PACKAGES.names:
            group = f"conda.post_solves.{name}"
            self.plugins.append(_plugin(group, "disallowed", "conda_planner.disallowed:refuse_disallowed"))

    def kernel(self) -> Kernel:
        name = self._solver if isinstance(self._solver, str) else "fake"
        targets = {
            "rattler": "conda_solver_rattler.solver:RattlerSolver",
            "classic": "conda_solver_classic.solver:ClassicSolver",
            "lazy": "conda_solver_lazy.solver:LazySolver",
            "libsolv": "conda_solver_mamba.libsolv:LibsolvSolver",
        }
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


@pytest.mark.parametrize("solver", ["lazy", "rattler", "classic", "libsolv"])
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
    link = [
        f"{record.dist_name}@{record.channel.rpartition('/')[2]}" if many else record.dist_name for record in plan.link
    ]
    assert (_dists(plan.unlink), link) == (expected["unlink"], expected["link"])


def _chain() -> MemoryIndex:
    """Return an index in which `a` needs `b` of its own major version."""
    index = MemoryIndex()
    for version in ("1.0", "2.0"):
        index.add("a", version, depends=[f"b {version}"])
        index.add("b", version)
    index.add("c", "1.0")
    return index


def _of(index: MemoryIndex, *dists: str) -> list[PackageRecord]:
    return [record for dist in dists for record in index.records if record.dist_name == dist]


def test_a_plan_says_what_was_asked_for_now_and_before(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=["c >=1"], requested={"c": ("c>=1",)})

    plan = house.plan("a=2", command="conda install a=2")

    assert plan.updated == ("a=2",)
    assert plan.requested == {"a": ("a=2",), "c": ("c>=1",)}
    assert plan.base == Prefix(house.prefix).fingerprint()
    assert plan.solver == "rattler"
    assert plan.change.command == "conda install a=2"


def test_a_history_without_specs_in_the_records_names_them_too(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=["c"])
    assert house.plan("a").requested == {"a": ("a",), "c": ("c",)}


def test_an_environment_of_nothing_needs_no_channels(tmp_path: Path) -> None:
    house = House(tmp_path, MemoryIndex(), channels=[])
    plan = house.plan(creates=True)
    assert plan.is_empty
    assert house.indexes.opened == []


def test_a_removal_needs_no_channels(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index, channels=[])
    house.install(_of(index, "a-1.0-0", "b-1.0-0"), history=["a"])
    plan = house.plan(remove=_specs("a"))
    assert _dists(plan.unlink) == ["a-1.0-0", "b-1.0-0"]
    assert plan.removed == ("a",)
    assert plan.requested == {}


def test_an_environment_that_is_replaced_is_planned_as_empty(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=["c"])
    plan = house.plan("a", creates=True)
    assert plan.unlink == ()
    assert plan.base == Prefix(str(tmp_path / "nothing")).fingerprint()


def test_all_missing_packages_are_named_at_once_with_similar_names_and_channels(tmp_path: Path) -> None:
    index = MemoryIndex()
    index.add("numpy", "1.26")
    house = House(tmp_path, index)
    with pytest.raises(PackagesNotFound) as caught:
        house.plan("numpi", "numpy=3", "other")
    assert caught.value.fields["packages"] == ["numpi", "numpy=3", "other"]
    assert caught.value.fields["channel_urls"] == [f"{HOST}/main"]
    assert "similar to `numpi`: `numpy`" in caught.value.message
    assert "there is numpy in the versions 1.26" in caught.value.message


def test_all_packages_that_cannot_be_removed_are_named_at_once(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=["c"])
    with pytest.raises(PackagesNotFound) as caught:
        house.plan(remove=_specs("c", "x", "y"))
    assert caught.value.fields["packages"] == ["x", "y"]


def test_a_virtual_package_can_be_asked_for_when_the_machine_has_it(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    house.plugins.append(_plugin("conda.virtual_packages", "__glibc", "fakes:glibc"))
    house.environ["CONDA_OVERRIDE_GLIBC"] = "2.17"
    assert _dists(house.plan("c", "__glibc>=2").link) == ["c-1.0-0"]
    with pytest.raises(PackagesNotFound):
        house.plan("c", "__glibc>=2.34")


@pytest.mark.parametrize("text", ["py*", "https://a.example/noarch/a-1.0-0.conda"])
def test_what_is_no_name_of_a_package_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(CondaError, match="a package"):
        House(tmp_path, _chain()).plan(text)


def test_a_channel_that_only_a_spec_names_is_searched_last(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    with pytest.raises(PackagesNotFound):
        house.plan("https://elsewhere.example/more::c")
    assert [channel.base_url for channel in house.indexes.opened[0]] == [
        f"{HOST}/main",
        "https://elsewhere.example/more",
    ]


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (["a-2.0-0"], "needs `b==2.0`"),
        (["a-2.0-0", "b-1.0-0"], "there is `main/linux-64::b-1.0-0`"),
        (["a-2.0-0", "b-2.0-0", "b-1.0-0"], "have one name"),
        (["b-2.0-0"], "`a` was to be installed"),
    ],
)
def test_a_solution_that_breaks_a_rule_is_refused_with_the_name_of_its_plugin(
    answer: list[str], rule: str, tmp_path: Path
) -> None:
    index = _chain()
    house = House(tmp_path, index, _Solver(_of(index, *answer)))
    with pytest.raises(PluginFailed, match=r"`fake` of conda\.solvers \(conda-fakes 1\.0\)") as caught:
        house.plan("a")
    assert rule in caught.value.message


def test_a_solution_with_a_record_that_nobody_offered_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path, _chain(), _Solver([record_of({"name": "c", "version": "9"})]))
    with pytest.raises(PluginFailed, match="no candidate"):
        house.plan("c")


def test_a_solution_that_disregards_strict_priority_is_refused(tmp_path: Path) -> None:
    index = MemoryIndex(channels=["hi", "lo"], priority=ChannelPriority.STRICT)
    index.add("x", "1.0", channel="hi")
    lower = index.add("x", "2.0", channel="lo")
    house = House(tmp_path, index, _Solver([lower]), channel_priority="strict")
    with pytest.raises(PluginFailed, match="strict channel priority"):
        house.plan("x")


def test_a_solution_that_moves_a_pin_is_refused(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index, _Solver(_of(index, "c-1.0-0", "b-2.0-0")), pinned_packages=["b 1.*"])
    with pytest.raises(PluginFailed, match="does not match the pin"):
        house.plan("c")


def test_a_solution_that_moves_what_is_frozen_is_refused(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index, _Solver(_of(index, "c-1.0-0", "b-2.0-0")))
    house.install(_of(index, "b-1.0-0"), history=["b"])
    with pytest.raises(PluginFailed, match="was to stay as it is"):
        house.plan("c", update=UpdateMode.FREEZE)


def test_the_hook_is_registered_for_every_name_of_its_setting() -> None:
    groups = {point.group for point in distribution("conda-planner").entry_points if point.name == "disallowed"}
    assert groups == {f"conda.post_solves.{name}" for name in DISALLOWED_PACKAGES.names}


@pytest.mark.parametrize("setting", DISALLOWED_PACKAGES.names)
def test_a_disallowed_package_is_refused_and_an_installed_one_stays(tmp_path: Path, setting: str) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house._settings[setting] = ["b >=2", "c"]
    house.install(_of(index, "c-1.0-0"), history=["c"])
    assert _dists(house.plan("a=1").link) == ["b-1.0-0", "a-1.0-0"]
    with pytest.raises(DisallowedPackage, match=r"b-2\.0-0"):
        house.plan("a=2")


def test_an_unsolvable_request_names_the_wishes_that_exclude_each_other(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    with pytest.raises(Unsolvable) as caught:
        house.plan("c", "a=1", "b>=2")
    assert caught.value.fields["conflict"] == ["`a=1` (requested)", "`b[version='>=2']` (requested)"]
    assert caught.value.fields["specs"] == ["c", "a=1", "b[version='>=2']"]
    assert caught.value.fields["channel_urls"] == [f"{HOST}/main"]


def test_an_old_wish_that_stands_in_the_way_is_named(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "a-1.0-0", "b-1.0-0", "c-1.0-0"), history=["a=1", "c"])
    with pytest.raises(Unsolvable) as caught:
        house.plan("b=2", update=UpdateMode.FREEZE)
    conflict = caught.value.fields["conflict"]
    assert isinstance(conflict, list)
    assert "`a=1` (asked for before)" in conflict
    assert "named again" in caught.value.hint


def test_python_is_not_changed_in_silence_and_the_error_says_how_to_ask(tmp_path: Path) -> None:
    index = MemoryIndex()
    index.add("python", "3.11.9")
    index.add("python", "3.12.4")
    index.add("new", "1.0", depends=["python >=3.12"])
    house = House(tmp_path, index)
    house.install(_of(index, "python-3.11.9-0"), history=["python"])
    with pytest.raises(Unsolvable) as caught:
        house.plan("new", update=UpdateMode.FREEZE)
    assert caught.value.fields["conflict"] == ["`new` (requested)", "`python=3.11` (installed, and not named)"]
    assert "name it" in caught.value.hint
    assert _dists(house.plan("new", "python").link) == ["python-3.12.4-0", "new-1.0-0"]


def test_a_solver_that_has_no_time_left_to_say_why_has_said_that_there_is_no_solution(tmp_path: Path) -> None:
    def late(_: object) -> object:
        raise SolverGaveUp("the solver ran out of time")

    house = House(tmp_path, _chain(), _Solver(Unsolvable("no", facts=map(late, "a"))))
    with pytest.raises(Unsolvable, match="the solver does not say why"):
        house.plan("a")


def test_the_facts_of_a_solver_become_lines(tmp_path: Path) -> None:
    fact = Excluded((("numpy >=2", "scipy"), ("numpy <2", "pan\x1b[31mdas")))
    house = House(tmp_path, _chain(), _Solver(*[Unsolvable("no", facts=(fact,))] * 9))
    with pytest.raises(Unsolvable) as caught:
        house.plan("a")
    assert "scipy needs numpy >=2" in caught.value.message
    assert "\x1b" not in caught.value.message


def test_no_more_than_a_few_solves_explain_a_failure(tmp_path: Path) -> None:
    index = MemoryIndex()
    names = [f"p{number}" for number in range(20)]
    for name in names:
        index.add(name)
    solver = _Solver(*[Unsolvable("no")] * 30)
    with pytest.raises(Unsolvable):
        House(tmp_path, index, solver).plan(*names)
    assert len(solver.requests) <= 8


def test_a_package_that_is_broken_and_cannot_be_mended_is_let_go_and_stays(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    broken = record_of({"name": "old", "depends": ["gone"]})
    house.install([broken], history=["old"])
    plan = house.plan("c")
    assert (_dists(plan.unlink), _dists(plan.link)) == ([], ["c-1.0-0"])
    assert any("old" in text and "not repaired" in text for text in house.warnings)


def test_a_removal_by_force_says_what_it_breaks(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "a-1.0-0", "b-1.0-0"), history=["a"])
    plan = house.plan(remove=_specs("b"), force_remove=True)
    assert _dists(plan.unlink) == ["b-1.0-0"]
    assert any("inconsistent" in text for text in house.warnings)


def test_an_unfinished_change_is_ended_before_a_plan_is_made(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    house.install([], history=[])
    journal = Path(house.prefix, "conda-meta", "journal")
    journal.touch()
    house.plan("c")
    assert house.log == ["recovered"]


def test_a_dry_run_leaves_an_unfinished_change_alone_and_says_so(tmp_path: Path) -> None:
    house = House(tmp_path, _chain(), dry_run=True)
    house.install([], history=[])
    Path(house.prefix, "conda-meta", "journal").touch()
    house.plan("c")
    assert house.log == []
    assert "not ended" in house.warnings[0]


def test_a_plan_is_carried_out_while_the_cache_keeps_the_packages(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    plan = house.plan("a")
    outcome = Planner(house.last).carry_out(plan)
    assert house.log == ["provided", "applied b a", "returned"]
    assert [record.name for record in outcome.fetched] == ["a"]


def test_a_removal_needs_no_cache(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=["c"])
    plan = house.plan(remove=_specs("c"))
    Planner(house.last).carry_out(plan)
    assert house.log == ["applied "]


@pytest.mark.parametrize("often", [1, 3])
def test_a_stale_plan_is_made_again_and_that_is_told(tmp_path: Path, often: int) -> None:
    house = House(tmp_path, _chain())
    plan = house.plan("a")
    house.linker.stale = often
    Planner(house.last).carry_out(plan)
    assert house.log[-2:] == ["applied b a", "returned"]
    assert sum("planned again" in text for text in house.warnings) == often


def test_a_plan_that_stays_stale_is_given_up(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    plan = house.plan("a")
    house.linker.stale = MOST_STALE_PLANS + 1
    with pytest.raises(StalePlan):
        Planner(house.last).carry_out(plan)


def test_actions_of_plugins_reach_the_linker(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    house.plugins.append(_plugin("conda.post_transaction_actions", "note", "fakes:note"))
    plan = house.plan("a")
    kernel = house.last
    kernel._targets["fakes:note"] = lambda plan: Action(f"note {len(plan.link)}", lambda: None, lambda answer: None)
    Planner(kernel).carry_out(plan)
    assert [action.name for action in house.linker.actions] == ["note 2"]


def test_what_is_held_up_to_date_moves_only_when_there_is_a_network(tmp_path: Path) -> None:
    index = _chain()
    for version in ("3.0.1", "3.0.2"):
        index.add("openssl", version)
    house = House(tmp_path, index)
    house.install(_of(index, "openssl-3.0.1-0"), history=["openssl"])
    assert _dists(house.plan("c", update=UpdateMode.FREEZE).link) == ["c-1.0-0", "openssl-3.0.2-0"]
    house._settings["offline"] = True
    assert _dists(house.plan("c", update=UpdateMode.FREEZE).link) == ["c-1.0-0"]


def test_an_update_of_everything_lets_go_of_old_versions_and_says_so(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "a-1.0-0", "b-1.0-0"), history=["a=1"])
    plan = house.plan(update=UpdateMode.ALL)
    assert plan.neutered == ("a",)
    assert plan.requested == {"a": ("a",)}


def test_what_is_broken_is_let_go_and_the_rest_stays_frozen(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    broken = record_of({"name": "old", "depends": ["b", "gone"]})
    house.install([broken, *_of(index, "b-1.0-0")], history=["old"])
    plan = house.plan("c", update=UpdateMode.FREEZE)
    assert (_dists(plan.unlink), _dists(plan.link)) == ([], ["c-1.0-0"])


def test_what_is_satisfied_needs_no_index(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=[])
    assert house.plan("c", update=UpdateMode.SATISFIED).is_empty
    assert house.indexes.opened == []


def test_what_was_ignored_in_a_spec_is_told(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    house.plan("c[name=other]")
    assert any("name" in text for text in house.warnings)


def test_the_conda_that_runs_never_falls_behind_itself(tmp_path: Path) -> None:
    index = MemoryIndex()
    index.add("conda", "26.1")
    index.add("conda", "26.7")
    index.add("relic", "1.0", depends=["conda <26.7"])
    house = House(tmp_path, index)
    house.prefix = str(tmp_path / "root")
    house.install(_of(index, "conda-26.7-0"), history=["conda"])
    with pytest.raises(Unsolvable):
        house.plan("relic")
    house.prefix = str(tmp_path / "elsewhere")
    house.install(_of(index, "conda-26.7-0"), history=["conda"])
    assert _dists(house.plan("relic").link) == ["conda-26.1-0", "relic-1.0-0"]


def test_a_removal_never_brings_a_package_back(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "a-1.0-0", "b-1.0-0"), history=["a"])
    plan = house.plan("c", remove=_specs("b"))
    assert (_dists(plan.unlink), _dists(plan.link)) == (["a-1.0-0", "b-1.0-0"], ["c-1.0-0"])


def test_a_damaged_record_in_the_environment_is_told(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "c-1.0-0"), history=["c"])
    meta = Path(house.prefix, "conda-meta")
    (meta / "c-1.0-0.json").rename(meta / "other.json")
    house.plan("b")
    assert any("other.json" in text for text in house.warnings)


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        ("__glibc >=2.34", "this machine has __glibc 2.17"),
        ("__cuda", "this machine has no __cuda"),
        ("gone", "there is no such package"),
        ("b >=9", "there is only 1.0"),
        ("x >=2", "strict channel priority"),
        ("b[", "that is no match spec"),
    ],
)
def test_a_requirement_that_nothing_fulfils_comes_with_the_reason(
    requirement: str, reason: str, tmp_path: Path
) -> None:
    index = MemoryIndex(channels=["hi", "lo"], priority=ChannelPriority.STRICT)
    index.add("a", channel="hi")
    index.add("b", channel="hi")
    index.add("x", "1.0", channel="hi")
    index.add("x", "2.0", channel="lo")
    fact = NoCandidate(requirement, "a-1.0-0")
    house = House(tmp_path, index, _Solver(*[Unsolvable("no", facts=(fact,))] * 9), channel_priority="strict")
    house.plugins.append(_plugin("conda.virtual_packages", "__glibc", "fakes:glibc"))
    house.environ["CONDA_OVERRIDE_GLIBC"] = "2.17"
    with pytest.raises(Unsolvable) as caught:
        house.plan("a")
    found = caught.value.fields["found"]
    assert isinstance(found, list)
    assert len(found) == 1
    line = str(found[0])
    assert line.startswith(f"a-1.0-0 needs {requirement}, and ")
    assert reason in line


def test_strict_priority_that_hides_what_was_asked_for_is_hinted_at(tmp_path: Path) -> None:
    index = MemoryIndex(channels=["hi", "lo"], priority=ChannelPriority.STRICT)
    index.add("x", "1.0", channel="hi")
    index.add("x", "2.0", channel="lo")
    with pytest.raises(Unsolvable) as caught:
        House(tmp_path, index, channel_priority="strict").plan("x>=2")
    assert "channel_priority: flexible" in caught.value.hint


def test_a_pin_without_a_version_holds_what_is_installed(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "b-1.0-0"), history=["b"], pins=["b"])
    assert house.plan(update=UpdateMode.ALL).is_empty
    assert house.plan("b").is_empty
    with pytest.raises(PinConflict, match="pinned`, line 1"):
        house.plan("b=2")
    assert _dists(house.plan("b=2", ignore_pinned=True).link) == ["b-2.0-0"]


def _excerpt() -> MemoryIndex:
    """Return the newest of `_chain`."""
    index = MemoryIndex()
    index.add("a", "2.0", depends=["b 2.0"])
    index.add("b", "2.0")
    return index


@pytest.mark.parametrize(
    ("spec", "opened", "linked"),
    [
        ("a", 1, ["b-2.0-0", "a-2.0-0"]),
        ("a=1", 2, ["b-1.0-0", "a-1.0-0"]),
        ("c", 2, ["c-1.0-0"]),
    ],
)
def test_what_one_index_has_no_solution_for_is_planned_with_the_next(
    tmp_path: Path, spec: str, opened: int, linked: list[str]
) -> None:
    house = House(tmp_path, _chain())
    house.indexes = _Indexes(_excerpt(), house.index)

    assert _dists(house.plan(spec).link) == linked
    assert len(house.indexes.opened) == opened


def test_a_pin_that_one_index_has_nothing_for_is_met_with_the_next(tmp_path: Path) -> None:
    house = House(tmp_path, _chain(), pinned_packages=["b 1.*"])
    house.indexes = _Indexes(_excerpt(), house.index)

    assert _dists(house.plan("a").link) == ["b-1.0-0", "a-1.0-0"]
    assert _dists(house.plan("b").link) == ["b-1.0-0"]
    explained = Planner(house.kernel()).explain(Change(house.prefix, _specs("a")))
    assert explained.plan is not None


def test_what_no_index_has_is_looked_for_in_the_last(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    house.indexes = _Indexes(_excerpt(), house.index)

    with pytest.raises(PackagesNotFound, match=r"1\.0"):
        house.plan("a=3")


def test_what_no_index_has_a_solution_for_is_explained_once_by_the_last(tmp_path: Path) -> None:
    house = House(tmp_path, _chain())
    small = MemoryIndex()
    small.add("a", "1.0", depends=["b 1.0"])
    small.add("b", "2.0")
    house.indexes = _Indexes(small, house.index)

    with pytest.raises(Unsolvable, match=r"another version of a than `a=1`, such as 2\.0") as caught:
        house.plan("a=1", "b=2")
    assert type(caught.value) is Unsolvable
    assert isinstance(caught.value.__cause__, Unsolvable)
    assert isinstance(house.last.reporter, RecordingReporter)
    started = [event.task for event in house.last.reporter.events if isinstance(event, Started)]
    assert started == ["solve", "solve", "explain"]


def test_an_index_that_a_solver_gives_up_on_is_the_last(tmp_path: Path) -> None:
    house = House(tmp_path, _chain(), _Solver(SolverGaveUp("no end in sight")))
    house.indexes = _Indexes(_excerpt(), house.index)

    with pytest.raises(SolverGaveUp):
        house.plan("a")
    assert len(house.indexes.opened) == 1


def test_a_pin_of_what_nobody_needs_brings_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, _chain(), pinned_packages=["b 1.*", "nothing 3"])
    assert _dists(house.plan("c").link) == ["c-1.0-0"]


def test_pruning_alone_and_with_a_removal_leaves_what_was_asked_for(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "a-1.0-0", "b-1.0-0", "c-1.0-0"), history=["a"])
    assert _dists(house.plan(prune=True).unlink) == ["c-1.0-0"]
    assert sorted(_dists(house.plan(remove=_specs("a"), prune=True).unlink)) == ["a-1.0-0", "b-1.0-0", "c-1.0-0"]


def test_what_was_moved_since_it_was_asked_for_is_not_moved_back(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "b-2.0-0"), history=["b=1"])
    assert _dists(house.plan("c").link) == ["c-1.0-0"]
    assert house.plan("c").unlink == ()


def test_a_disallowed_text_that_is_no_spec_is_an_error_of_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="disallowed_packages"):
        House(tmp_path, _chain(), disallowed_packages=["a["]).plan("a")


def _located(index: MemoryIndex) -> MemoryIndex:
    """Return the index with channels as they are named when an environment is read."""
    records = [record._replace(channel=f"{HOST}/{record.channel}") for record in index.records]
    return MemoryIndex(records, channels=[f"{HOST}/main"])


def test_dependencies_alone_can_be_brought_up_to_date(tmp_path: Path) -> None:
    index = _chain()
    index.add("user", "1.0", depends=["b", "c"])
    index = _located(index)
    house = House(tmp_path, index)
    house.install(_of(index, "b-1.0-0", "c-1.0-0"), history=["c"])
    plan = house.plan("user", update=UpdateMode.DEPENDENCIES, dependencies=DependencyMode.ONLY)
    assert _dists(plan.link) == ["b-2.0-0"]
    assert _dists(plan.unlink) == ["b-1.0-0"]
    assert set(plan.updated) == {"b", "c"}


def test_what_is_always_kept_up_to_date_moves_although_all_is_frozen(tmp_path: Path) -> None:
    index = MemoryIndex()
    for version in ("1.0", "2.0"):
        index.add("certifi", version)
    index.add("b", "1.0")
    house = House(tmp_path, index)
    house.install(_of(index, "certifi-1.0-0"), history=["certifi"])
    assert _dists(house.plan("b", update=UpdateMode.FREEZE).link) == ["b-1.0-0", "certifi-2.0-0"]
    house.install(_of(index, "certifi-1.0-0"), history=["certifi"], pins=["certifi 1.*"])
    assert _dists(house.plan("b", update=UpdateMode.FREEZE).link) == ["b-1.0-0"]


def test_a_package_alone_is_exchanged_and_what_that_breaks_is_told(tmp_path: Path) -> None:
    index = _chain()
    house = House(tmp_path, index)
    house.install(_of(index, "a-1.0-0", "b-1.0-0"), history=["a"])
    plan = house.plan("b=2", dependencies=DependencyMode.NONE)
    assert (_dists(plan.unlink), _dists(plan.link)) == (["b-1.0-0"], ["b-2.0-0"])
    assert any("the environment will be inconsistent" in told and "a-1.0-0" in told for told in house.warnings)


def test_a_reinstallation_links_again_what_is_asked_for_and_nothing_else(tmp_path: Path) -> None:
    index = _located(_chain())
    house = House(tmp_path, index)
    house.install(_of(index, "b-2.0-0", "c-1.0-0"), history=["b"])
    plan = house.plan("c", force_reinstall=True, update=UpdateMode.SATISFIED)
    assert (_dists(plan.unlink), _dists(plan.link)) == (["c-1.0-0"], ["c-1.0-0"])


@pytest.mark.parametrize("solver", ["lazy", "classic", "libsolv", "rattler"])
def test_a_solver_that_needs_longer_than_the_setting_allows_is_ended_and_the_setting_named(
    tmp_path: Path, solver: str
) -> None:
    house = House(tmp_path, _chain(), solver, solver_deadline_secs=1e-9)
    with pytest.raises(OutOfTime) as caught:
        house.plan("a")
    assert "solver_deadline_secs" in caught.value.hint
    assert isinstance(caught.value.__cause__, SolverGaveUp)


@pytest.mark.parametrize(("seconds", "has_limit"), [(0, False), (600, True)])
def test_a_solver_is_told_until_when_it_may_work(tmp_path: Path, seconds: float, has_limit: bool) -> None:
    solver = _Solver(Unsolvable("no"))
    with pytest.raises(Unsolvable):
        House(tmp_path, _chain(), solver, solver_deadline_secs=seconds).plan("a")
    (request,) = solver.requests
    assert (request.deadline is not None) == has_limit


def test_an_error_before_the_deadline_is_the_solvers_own(tmp_path: Path) -> None:
    solver = _Solver(CondaError("not today", hint="try tomorrow"))
    with pytest.raises(CondaError, match="not today") as caught:
        House(tmp_path, _chain(), solver, solver_deadline_secs=600).plan("a")
    assert caught.value.hint == "try tomorrow"


@pytest.mark.parametrize("seconds", [-1, "soon", float("inf"), float("nan")])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, seconds: object) -> None:
    with pytest.raises(SettingError, match="solver_deadline_secs"):
        House(tmp_path, _chain(), _Solver(), solver_deadline_secs=seconds).plan("a")
