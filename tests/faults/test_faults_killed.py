"""Commands that are killed, refused or interrupted anywhere leave an environment as before or as after."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from faults_house import OPERATIONS, House, tree
from faults_server import FaultServer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")

KILLS, ERRORS = 25, 8


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="module", params=OPERATIONS, ids=lambda operation: operation.name)
def house(request: pytest.FixtureRequest, server: FaultServer, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder: Path = tmp_path_factory.mktemp(request.param.name)
    return House(str(folder), server, request.param)


def points(house: House, request: pytest.FixtureRequest, wanted: int, seed: int) -> list[int]:
    """Return the numbers of operations to strike at: all in a full run, else some, those of journal steps first."""
    everything = range(1, house.count + 1)
    if request.config.getoption("--full"):
        return list(everything)
    chance = random.Random(f"{house.operation.name} {seed}")  # noqa: S311 - not secret
    # Before and after each line of the journal, and anywhere.
    steps = {step - shift for step in house.steps for shift in (0, 1) if step > shift}
    chosen = set(chance.sample(sorted(steps), min(len(steps), wanted // 2)))
    others = [number for number in everything if number not in chosen]
    return sorted(chosen | set(chance.sample(others, min(len(others), wanted - len(chosen)))))


def test_a_killed_command_leaves_an_environment_as_before_or_as_after(
    house: House, request: pytest.FixtureRequest
) -> None:
    seen = set()
    for number, at in enumerate(points(house, request, KILLS, 1)):
        house.reset()
        killed = house.change(house.fault("kill", at))
        assert killed.status < 0, (at, killed)

        recovered = house.recover(by_doctor=number % 2 == 1)
        assert recovered.status == 0, (at, recovered)
        found = tree(house.place)

        assert found in (house.before, house.after), (at, differences(found, house))
        assert house.faults() == [], at
        seen.add(found == house.after)
    # What was to make an environment is run again, and makes it or finds it made.
    assert seen == ({True} if house.operation.makes else {True, False})


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO", "EACCES"])
def test_a_command_that_the_system_refuses_something_leaves_an_environment_as_its_status_says(
    house: House, request: pytest.FixtureRequest, kind: str
) -> None:
    for at in points(house, request, ERRORS, 2):
        house.reset()
        ended = house.change(house.fault(kind, at))
        found = tree(house.place)

        assert ended.status in (0, 1), (at, ended)
        if ended.status:
            assert "Traceback" not in ended.stderr, (at, ended.stderr)
            if found != house.before:
                # Undoing it was refused too: then the next command does.
                assert "could not be undone" in ended.stderr, (at, ended.stderr, differences(found, house))
                assert house.recover().status == 0, at
                found = tree(house.place)
                assert found in (house.before, house.after), (at, differences(found, house))
        else:
            if "cannot be tidied up" in ended.stderr or "cannot delete all of" in ended.stderr:
                # It is done, and the next command finishes it.
                assert house.recover().status == 0, at
                found = tree(house.place)
            # A folder that cannot be removed stays, empty; the next change deletes what was kept.
            tolerated = (": folder (before folder, after None)", "conda-meta/.settled-")
            missed = [line for line in differences(found, house) if not any(each in line for each in tolerated)]
            assert missed == [], at
        if found == house.after:
            assert house.faults() == [], at


def test_a_command_that_is_interrupted_twice_leaves_an_environment_as_its_status_says(
    house: House, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(house.operation.name)  # noqa: S311 - not secret
    for at in points(house, request, ERRORS, 3):
        house.reset()
        ended = house.change(house.fault("interrupt", at, chance.randrange(1, 20)))
        found = tree(house.place)

        assert ended.status in (0, 130), (at, ended)
        assert found == (house.before if ended.status else house.after), (at, ended, differences(found, house))


def differences(found: dict[str, str], house: House) -> list[str]:
    """Return how a tree differs from that after the operation."""
    paths = sorted(found.keys() | house.after.keys())
    return [
        f"{path}: {found.get(path)} (before {house.before.get(path)}, after {house.after.get(path)})"
        for path in paths
        if found.get(path) != house.after.get(path)
    ]
