"""Tests of the journal as lock: who has it, who waits, who recovers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.errors import PrefixLocked
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.event import Warned
from conda_kernel.model.plan import Recovery
from conda_kernel.model.prefix import Prefix
from conda_linking.faults import JournalDamaged
from conda_linking.journal import Journal, Patience, journal_path, take
from conda_linking.linker import Linker
from conda_linking.owner import Owner, owner_as_json, this_process
from conda_linking.plan_text import plan_as_json, plan_from_json
from conda_testing.kernels import RecordingReporter, make_kernel
from linking_workbench import NOW, Workbench


class Clock:
    """Seconds that pass while somebody sleeps; `then` happens after the first sleep."""

    def __init__(self, then: Any = None) -> None:
        self.time = 0.0
        self._then = then

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        then, self._then = self._then, None
        if then is not None:
            then()


def linker(bench: Workbench, clock: Clock) -> Linker:
    kernel = make_kernel(bench.folder, settings=bench.settings, environ={"PATH": os.defpath}, plugins=())
    assert isinstance(kernel.reporter, RecordingReporter)
    bench.events = kernel.reporter.events
    return Linker(kernel, clock=clock.now, sleep=clock.sleep, now=lambda: NOW)


def leave_journal(prefix: str, owner: Owner, *lines: dict[str, object]) -> str:
    """Write the journal of somebody else."""
    os.makedirs(os.path.join(prefix, "conda-meta"), exist_ok=True)
    head = {"format": 1, "owner": owner_as_json(owner), "token": "0123", "folders": [], "plan": {}}
    with open(journal_path(prefix), "w", encoding="utf-8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in (head, *lines)))
    return journal_path(prefix)


def dead() -> Owner:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return this_process()._replace(pid=child.pid, started="1")


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    bench = Workbench(str(tmp_path))
    bench.apply(bench.package("first", files={"share/first": "1"}))
    return bench


def test_a_change_leaves_no_journal(bench: Workbench) -> None:
    names = sorted(os.listdir(bench.path("conda-meta")))

    assert names == ["created_at", "first-1-0.json", "history"]
    assert bench.linker().recover(bench.prefix) is Recovery.NOTHING


def test_a_process_that_is_at_it_is_waited_for(bench: Workbench) -> None:
    second = bench.package("second", files={"share/second": "2"})
    plan = bench.plan(second)
    clock = Clock(holding(bench).remove)

    applied = linker(bench, clock).apply(plan, [second], [])

    assert [each.name for each in applied.linked] == ["second"]
    assert bench.told() == [
        f"waiting for process {os.getpid()} on {os.uname().nodename}, which is changing `{bench.prefix}`"
    ]


def holding(bench: Workbench) -> Journal:
    def never(journal: Journal) -> None:
        raise AssertionError

    patience = Patience(0, lambda: 0.0, lambda seconds: None, lambda text: None)
    return take(bench.prefix, {}, this_process(), patience, never)


def test_waiting_ends_with_an_error_that_names_the_process(bench: Workbench) -> None:
    bench.settings["prefix_lock_timeout_secs"] = 60
    second = bench.package("second", files={"share/second": "2"})
    plan = bench.plan(second)
    journal = holding(bench)
    clock = Clock()

    with pytest.raises(PrefixLocked) as caught:
        linker(bench, clock).apply(plan, [second], [])
    journal.remove()

    assert str(os.getpid()) in str(caught.value)
    assert caught.value.fields["host"] == os.uname().nodename
    assert 60 <= clock.time < 70


def test_a_process_of_another_host_is_never_taken_for_dead(bench: Workbench) -> None:
    path = leave_journal(bench.prefix, dead()._replace(host="elsewhere"))

    with pytest.raises(PrefixLocked, match="on elsewhere"):
        linker(bench, Clock()).recover(bench.prefix)

    assert os.path.exists(path)


def test_what_a_dead_process_left_is_undone_before_the_next_change(bench: Workbench) -> None:
    second = bench.package("second", files={"share/second": "2"})
    plan = bench.plan(second)
    staging = bench.path("conda-meta/.staging-0123")
    os.makedirs(os.path.join(staging, "0", "old"))
    os.makedirs(os.path.join(staging, "0", "new"))
    os.rename(bench.path("share/first"), os.path.join(staging, "0", "old", "0"))
    batch = {"number": 0, "old": ["share/first"], "new": [], "replaced": [], "emptied": []}
    leave_journal(bench.prefix, dead(), {"batch": batch})

    linker(bench, Clock()).apply(plan, [second], [])

    assert bench.text("share/first") == "1"
    assert bench.text("share/second") == "2"
    assert not os.path.exists(staging)


def test_a_line_that_was_torn_does_not_count(bench: Workbench) -> None:
    before = bench.tree()
    path = leave_journal(bench.prefix, dead())
    os.makedirs(bench.path("conda-meta/.staging-0123"))
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"state":"committed"}')

    outcome = bench.linker().recover(bench.prefix)

    assert outcome is Recovery.UNDONE
    assert bench.tree() == before


def test_an_action_whose_plugin_is_gone_is_told_and_the_rest_is_undone(bench: Workbench) -> None:
    before = bench.tree()
    os.makedirs(bench.path("conda-meta/.staging-0123"))
    leave_journal(bench.prefix, dead(), {"action": "gone"})

    assert bench.linker().recover(bench.prefix) is Recovery.UNDONE

    assert bench.tree() == before
    warnings = [event.text for event in bench.events if isinstance(event, Warned)]
    assert len(warnings) == 1
    assert warnings[0].startswith("`gone` could not be undone: ")


def test_a_plan_survives_the_journal_but_for_files_and_secrets(bench: Workbench) -> None:
    plan = bench.plan(
        bench.package("second", depends=["first"]),
        unlink=["first"],
        requested={"second": ("second",)},
        command="conda install -c https://me:word@host/x second",
    )
    names = ChannelNames(ChannelSettings())

    text = json.dumps(plan_as_json(plan))
    found = plan_from_json(json.loads(text), bench.prefix, names)

    assert "word" not in text
    assert found.link == plan.link
    assert [each.record for each in found.unlink] == [each.record for each in plan.unlink]
    assert (found.change.install, found.change.creates) == (plan.change.install, plan.change.creates)
    assert (found.base, found.requested, found.updated) == (plan.base, plan.requested, plan.updated)


@pytest.mark.parametrize("document", [None, {}, {"install": 3}, {"link": [1]}])
def test_a_plan_that_cannot_be_read_is_refused(document: object) -> None:
    with pytest.raises(JournalDamaged):
        plan_from_json(document, "/some/env", str)


def test_a_journal_of_another_format_is_left_alone(bench: Workbench) -> None:
    head = {"format": 2, "owner": owner_as_json(dead())}
    with open(journal_path(bench.prefix), "w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")

    with pytest.raises(JournalDamaged, match="format"):
        bench.linker().recover(bench.prefix)

    assert os.path.exists(journal_path(bench.prefix))


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
def test_a_journal_that_leads_out_of_the_prefix_is_refused(bench: Workbench, path: str) -> None:
    outside = os.path.join(bench.folder, "outside")
    with open(outside, "w", encoding="utf-8") as file:
        file.write("mine")
    os.makedirs(bench.path("conda-meta/.staging-0123/0/new"))
    batch = {"number": 0, "old": [], "new": [path], "replaced": [], "emptied": []}
    leave_journal(bench.prefix, dead(), {"batch": batch})

    with pytest.raises(JournalDamaged):
        bench.linker().recover(bench.prefix)

    assert os.path.exists(outside)


def test_a_journal_cannot_name_a_folder_that_is_not_above_it(bench: Workbench) -> None:
    other = os.path.join(bench.folder, "empty")
    os.mkdir(other)
    path = leave_journal(bench.prefix, dead())
    with open(path, encoding="utf-8") as file:
        head = json.loads(file.read())
    head["folders"] = [other]
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")

    assert bench.linker().recover(bench.prefix) is Recovery.UNDONE
    assert os.path.isdir(other)


def test_a_journal_that_this_process_gave_up_is_recovered_by_it(bench: Workbench) -> None:
    holding(bench).close()

    assert linker(bench, Clock()).recover(bench.prefix) is Recovery.UNDONE


def test_a_journal_that_was_never_written_is_not_touched(bench: Workbench) -> None:
    with open(journal_path(bench.prefix), "w", encoding="utf-8"):
        pass

    with pytest.raises(PrefixLocked) as caught:
        linker(bench, Clock()).recover(bench.prefix)

    assert "remove" in caught.value.hint


def test_what_died_before_it_had_the_lock_is_swept(bench: Workbench) -> None:
    head = {"format": 1, "owner": owner_as_json(dead()), "token": "0123", "folders": [], "plan": {}}
    with open(bench.path("conda-meta/.journal-0123"), "w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
    with open(bench.path("conda-meta/.journal-4567"), "w", encoding="utf-8"):
        pass

    bench.linker().recover(bench.prefix)

    assert sorted(os.listdir(bench.path("conda-meta"))) == ["created_at", "first-1-0.json", "history"]


def test_threads_that_want_one_environment_take_turns(bench: Workbench) -> None:
    packages = [bench.package(f"p{number}", files={f"share/p{number}": "x"}) for number in range(4)]
    failures: list[BaseException] = []

    def change(index: int) -> None:
        from conda_kernel.errors import StalePlan

        while True:
            try:
                plan = Workbench(bench.folder).plan(packages[index])
                Workbench(bench.folder).linker().apply(plan, [packages[index]], [])
                return
            except StalePlan:
                continue
            except BaseException as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=change, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert [each.name for each in Prefix(bench.prefix).records()] == ["first", "p0", "p1", "p2", "p3"]
    assert len(Prefix(bench.prefix).history().revisions) == 5


def test_two_processes_on_one_environment_wait_for_each_other(bench: Workbench) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "from linking_workbench import Workbench\n"
        "from conda_kernel.errors import StalePlan\n"
        "bench = Workbench(sys.argv[1])\n"
        "package = bench.package(sys.argv[2], files={'share/' + sys.argv[2]: 'x'})\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "while True:\n"
        "    try:\n"
        "        bench.apply(package); break\n"
        "    except StalePlan:\n"
        "        pass\n"
    )
    command = [sys.executable, "-c", program, bench.folder]
    here = os.path.dirname(__file__)
    children = [
        subprocess.Popen([*command, name, here], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("left", "right")
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    statuses = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        statuses.append(child.returncode)

    assert statuses == [0, 0]
    assert [each.name for each in Prefix(bench.prefix).records()] == ["first", "left", "right"]
    states = Prefix(bench.prefix).history().states()
    assert states[-1] == {str(each.record) for each in Prefix(bench.prefix).records()}
