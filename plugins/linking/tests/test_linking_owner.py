"""Tests of telling whether the owner of a journal still runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conda_linking.owner import Standing, owner_as_json, owner_from, standing, this_process


def test_this_process_runs() -> None:
    here = this_process()

    assert standing(here, here) is Standing.RUNS
    assert here.pid == os.getpid()


def test_a_process_that_has_ended_is_known_even_while_nobody_has_asked_for_its_status() -> None:
    program = (
        "from conda_linking.owner import *; import json; print(json.dumps(owner_as_json(this_process())), flush=True)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    import json

    owner = owner_from(json.loads(child.stdout.readline()))
    assert owner is not None
    child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    while_zombie = standing(owner, this_process())
    child.wait()
    child.stdout.close()

    assert while_zombie is Standing.ENDED
    assert standing(owner, this_process()) is Standing.ENDED


def test_a_number_that_was_given_again_is_another_process() -> None:
    here = this_process()
    if not here.started:
        pytest.skip("this system does not tell when a process was started")

    assert standing(here._replace(started="1"), here) is Standing.ENDED


def test_what_runs_elsewhere_cannot_be_seen() -> None:
    here = this_process()

    assert standing(here._replace(host="elsewhere"), here) is Standing.UNSEEN
    assert standing(here._replace(namespace="pid:[1]"), here) is Standing.UNSEEN
    assert standing(here._replace(boot="", namespace="x"), here) is Standing.UNSEEN


def test_no_process_outlives_the_machine() -> None:
    here = this_process()._replace(boot="this time")

    assert standing(here._replace(boot="the time before"), here) is Standing.ENDED


@pytest.mark.parametrize("document", [None, [], {}, {"pid": 1}, {**owner_as_json(this_process()), "pid": -1}])
def test_what_names_no_process_is_no_owner(document: object) -> None:
    assert owner_from(document) is None


def test_an_owner_survives_json() -> None:
    here = this_process()

    assert owner_from(dict(owner_as_json(here))) == here
