"""The solvers of the workspace against the scenarios of the specification."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from conda_kernel.errors import Unsolvable
from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import ChannelPriority, Install, Keep, Pin, SolveRequest
from conda_testing.memory_index import HOST, MemoryIndex, record_of
from conda_testing.solvers.referee import faults

if TYPE_CHECKING:
    from conda_kernel.hookspecs import Solver
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job

REMOVING = "what a removal takes along is the planner's"
MODIFIER = "the update modifier is the planner's"
DEPS = "which part of a solution is wanted is the planner's"
PYTHON = "that python keeps its minor version is a rule of the planner's"
SKIPPED = {
    "installed-satisfied-skip": MODIFIER,
    "installed-update-deps": MODIFIER,
    "installed-update-all": MODIFIER,
    "installed-update-all-history-pin": MODIFIER,
    "no-deps": DEPS,
    "only-deps": DEPS,
    "only-deps-installed": DEPS,
    "remove-leaf": REMOVING,
    "remove-with-dependents": REMOVING,
    "remove-prunes-orphan": REMOVING,
    "remove-force": REMOVING,
    "remove-missing": REMOVING,
    "prune": MODIFIER,
    "force-reinstall": "what is linked again is the planner's",
    "python-minor-pin-numpy": PYTHON,
    "aggressive": "which packages are always updated is the planner's",
    "channel-spec-strict": "a wish that names a channel lifts strict priority where the index is made",
}


def _cases() -> dict[str, dict[str, Any]]:
    for folder in Path(__file__).resolve().parents:
        path = folder / "shared" / "spec" / "cases" / "solver.json"
        if path.is_file():
            return {case["id"]: case for case in json.loads(path.read_text())}
    return {}


CASES = _cases()
SOLVERS = {
    point.name: point
    for point in entry_points(group="conda.solvers")
    if point.name in ("classic", "lazy", "libsolv", "rattler")
}


def _record(channel: str, subdir: str, entry: dict[str, Any]) -> PackageRecord:
    fields = {key: value for key, value in entry.items() if key != "ext"}
    name = f"{entry['name']}-{entry['version']}-{entry['build']}{entry.get('ext', '.conda')}"
    return record_of({**fields, "channel": channel, "subdir": subdir, "fn": name})


def _label(record: PackageRecord, case: dict[str, Any]) -> str:
    return record.dist_name + (f"@{record.channel}" if len(case["channels"]) > 1 else "")


def _request(case: dict[str, Any]) -> SolveRequest:
    """Return what a planner would ask: the wishes, the pins, and the installed packages as those to keep."""
    priority = ChannelPriority(case.get("channel_priority", "flexible"))
    records = [
        _record(channel, subdir, entry)
        for channel, subdirs in case["channels_data"].items()
        for subdir, entries in subdirs.items()
        for entry in entries
    ]
    added = [MatchSpec.parse(text.replace("{lo}", f"{HOST}/lo")) for text in case["add"]]
    names = {spec.name for spec in added}
    history = [MatchSpec.parse(text) for text in case.get("history", ())]
    pins = [] if case.get("ignore_pinned") else [MatchSpec.parse(text) for text in case.get("pinned", ())]
    installed = [_record(*place) for place in case.get("installed", ())]
    jobs: list[Job] = [Install(spec) for spec in added]
    jobs += [Install(spec) for spec in history if spec.name not in names]
    jobs += [Pin(spec) for spec in pins]
    jobs += [Keep(record) for record in installed if record.name not in names]
    machine = tuple(VirtualPackage(*fields) for fields in case.get("virtual", ()))
    index = MemoryIndex(records, channels=case["channels"], priority=priority)
    return SolveRequest(tuple(jobs), index, tuple(installed), machine, priority)


def _expected(case: dict[str, Any]) -> set[str]:
    """Return the environment that is to come of it."""
    before = {_label(_record(*place), case) for place in case.get("installed", ())}
    return (before - set(case["expected"]["unlink"])) | set(case["expected"]["link"])


@pytest.mark.skipif(not CASES, reason="there is no folder `shared` beside the repository")
@pytest.mark.parametrize("driver", sorted(SOLVERS))
@pytest.mark.parametrize("case_id", sorted(CASES))
def test_a_scenario_of_the_specification(driver: str, case_id: str) -> None:
    case = CASES[case_id]
    if case_id in SKIPPED:
        pytest.skip(SKIPPED[case_id])
    solver, request = cast("Solver", SOLVERS[driver].load()()), _request(case)

    if "error" in case["expected"]:
        with pytest.raises(Unsolvable) as refusal:
            solver.solve(request)
        assert refusal.value.facts
    else:
        records = solver.solve(request).records
        assert {_label(record, case) for record in records} == _expected(case)
        assert faults(request, records) == []


def test_what_is_skipped_is_a_scenario() -> None:
    if not CASES:
        pytest.skip("there is no folder `shared` beside the repository")

    assert SKIPPED.keys() <= CASES.keys()
