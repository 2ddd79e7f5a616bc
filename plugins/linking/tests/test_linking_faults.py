"""Tests of what is left when a change is killed, interrupted or fails at any of its steps."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import linking_workbench
from conda_kernel.model.plan import Recovery
from conda_kernel.model.prefix import Prefix
from conda_kernel.plugin import Plugin
from linking_workbench import Scenario, Workbench, tree

MARKS = Plugin("conda.post_transaction_actions", "marks", "linking_workbench:marks", distribution="tests")


def run(scenario: Scenario, how: str, at: int) -> subprocess.CompletedProcess[str]:
    kind = "creates" if scenario.creates else "updates"
    program = [sys.executable, linking_workbench.__file__, scenario.bench.folder, kind, how, str(at)]
    return subprocess.run(program, capture_output=True, text=True, check=False)


@pytest.fixture(params=["updates", "creates"])
def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> Scenario:
    scenario = Scenario(str(tmp_path), creates=request.param == "creates")
    scenario.bench.plugins = [MARKS]
    return scenario


def points(scenario: Scenario, seed: int, wanted: int, *, full: bool = False) -> tuple[list[int], dict[str, str]]:
    """Return the numbers of steps to fail at, and the tree after a change that nothing disturbs."""
    undisturbed = run(scenario, "kill", 0)
    assert undisturbed.returncode == 0, undisturbed.stderr
    count = json.loads(undisturbed.stdout)["count"]
    chosen = range(1, count + 1) if full else random.Random(seed).sample(range(1, count + 1), wanted)  # noqa: S311 - not secret
    return sorted(chosen), scenario.bench.tree()


def agree(bench: Workbench) -> None:
    """Check that records, history and files tell the same."""
    prefix = Prefix(bench.prefix)
    if not prefix.is_environment:
        return
    assert prefix.problems() == ()
    assert prefix.history().states()[-1] == {str(each.record) for each in prefix.records()}
    for installed in prefix.records():
        for path in installed.files:
            assert os.path.lexists(bench.path(path)), path


def test_killed_at_any_step_an_environment_is_as_before_or_as_after(
    scenario: Scenario, request: pytest.FixtureRequest
) -> None:
    bench = scenario.bench
    chosen, after = points(scenario, 1, 25, full=request.config.getoption("--full"))
    committed = set()

    for at in chosen:
        assert run(scenario, "kill", at).returncode < 0
        outcome = bench.linker().recover(bench.prefix)
        found = bench.tree()
        if found == {".": "folder"}:
            # Killed between the first two folders: an empty one is no environment, and tells not whose it is.
            found = {}
        assert found in (scenario.before, after), at
        assert os.path.exists(scenario.marker) == (found == after), at
        assert outcome is not (Recovery.UNDONE if found == after else Recovery.COMPLETED)
        assert bench.linker().recover(bench.prefix) is Recovery.NOTHING
        agree(bench)
        committed.add(found == after)

    assert committed == {True, False}


@pytest.mark.parametrize("how", ["fill", "interrupt"])
def test_what_fails_at_any_step_is_undone_at_once(scenario: Scenario, how: str, request: pytest.FixtureRequest) -> None:
    bench = scenario.bench
    chosen, after = points(scenario, 2, 12, full=request.config.getoption("--full"))

    for at in chosen:
        ended = run(scenario, how, at)
        assert ended.returncode == 0, ended.stderr
        result = json.loads(ended.stdout)
        if result["raised"] and result["same"]:
            assert bench.tree() == scenario.before
            assert not os.path.exists(scenario.marker)
        else:
            # It was committed, and only tidying up failed.
            assert bench.linker().recover(bench.prefix) in (Recovery.COMPLETED, Recovery.NOTHING)
            found = bench.tree()
            # A folder that could not be removed then is never tried again.
            assert {path: found[path] for path in found if path in after or found[path] != "folder"} == after, at
        agree(bench)


def test_recovery_that_is_killed_is_done_by_the_next(scenario: Scenario) -> None:
    bench = scenario.bench
    chosen, after = points(scenario, 3, 8)
    program = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "from linking_workbench import *\n"
        "bench = Workbench(sys.argv[1])\n"
        "linker = bench.linker()\n"
        "interfering(int(sys.argv[2]), kill)\n"
        "linker.recover(bench.prefix)\n"
    )
    here = os.path.dirname(__file__)

    for at in chosen:
        run(scenario, "kill", at)
        for step in (2, 7):
            subprocess.run([sys.executable, "-c", program, bench.folder, str(step), here], check=False)
        bench.linker().recover(bench.prefix)
        found = bench.tree()
        assert found in (scenario.before, after, {".": "folder"}), at
        agree(bench)


def test_the_prefix_of_the_running_python_is_changed_by_code_that_is_already_there(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from linking_workbench import *\n"
        "scenario = Scenario(sys.argv[1], creates=False)\n"
        "moved = []\n"
        "late = []\n"
        "def hook(event, arguments):\n"
        "    if event == 'os.rename': moved.append(arguments)\n"
        "    if event == 'import' and moved: late.append(arguments[0])\n"
        "sys.addaudithook(hook)\n"
        "scenario.apply()\n"
        "assert moved\n"
        "print(late)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path), os.path.dirname(__file__)]

    ended = subprocess.run(command, capture_output=True, text=True, check=True)

    assert ended.stdout == "[]\n"


def test_the_scenario_leaves_nothing_behind(scenario: Scenario) -> None:
    scenario.apply()

    names = os.listdir(scenario.bench.path("conda-meta"))
    assert [name for name in names if name.startswith(".") or name == "journal"] == []
    assert tree(scenario.bench.path("share/alpha/gone")) == {}
    agree(scenario.bench)


def test_what_could_not_be_deleted_is_swept_by_the_next_change(tmp_path: Path) -> None:
    bench = Workbench(str(tmp_path))
    bench.apply(bench.package("a", files={"share/a": "a"}))
    kept = Path(bench.path("conda-meta/.settled-1/0/old"))
    kept.mkdir(parents=True)
    (kept / "0").write_text("old", encoding="utf-8")

    bench.apply(bench.package("b", files={"share/b": "b"}))

    assert sorted(os.listdir(bench.path("conda-meta"))) == ["a-1-0.json", "b-1-0.json", "created_at", "history"]
