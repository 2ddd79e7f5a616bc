"""Tests of the list of known environments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conda_kernel.context import Context
from conda_kernel.model.layer import environment_layer
from conda_kernel.model.plan import Action, Change, Plan
from conda_linking.registry import register


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def action(prefix: str = "/some/env", *, creates: bool = True, **settings: str) -> Action | None:
    context = Context([environment_layer(settings)], root_prefix="/root-prefix", environ=os.environ)
    return register(Plan(Change(prefix, creates=creates), base=""), context)


def lines(home: Path) -> list[str]:
    return (home / ".conda" / "environments.txt").read_text().splitlines()


def test_a_new_environment_is_noted_once(home: Path) -> None:
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text("/other\n")
    registering = action()
    assert registering is not None

    assert registering.do() == {"noted": True}
    assert registering.do() == {"noted": False}

    assert lines(home) == ["/other", "/some/env"]
    assert sorted(path.name for path in (home / ".conda").iterdir()) == ["environments.txt"]


def test_nothing_is_noted_when_the_settings_say_so(home: Path) -> None:
    assert action(CONDA_REGISTER_ENVS="false") is None


def test_undoing_takes_out_what_was_noted_and_can_be_done_again(home: Path) -> None:
    registering = action()
    assert registering is not None
    answer = registering.do()

    registering.undo(answer)
    registering.undo(answer)
    registering.undo(None)

    assert lines(home) == []


def test_undoing_leaves_what_was_there_before(home: Path) -> None:
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").write_text("/some/env\n")
    registering = action()
    assert registering is not None

    registering.undo(registering.do())

    assert lines(home) == ["/some/env"]


def test_an_environment_that_is_not_new_or_will_be_thrown_away_is_not_noted(home: Path) -> None:
    assert action(creates=False) is None
    assert action("/bld/_h_env_placehold_placehold_pl") is None
    assert action("/bld/skeleton_123/env") is None
    assert action("/line\nend") is None


def test_without_a_home_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")

    assert action() is None


def test_a_home_that_cannot_be_written_to_hinders_nothing(home: Path) -> None:
    (home / ".conda").write_text("a file")
    registering = action()
    assert registering is not None

    assert registering.do() == {"noted": False}
    registering.undo(None)


def test_a_list_that_is_a_link_stays_one(home: Path) -> None:
    (home / "kept").mkdir()
    (home / ".conda").mkdir()
    (home / ".conda" / "environments.txt").symlink_to(home / "kept" / "list")
    registering = action()
    assert registering is not None

    registering.do()

    assert (home / "kept" / "list").read_text() == "/some/env\n"
    assert (home / ".conda" / "environments.txt").is_symlink()
