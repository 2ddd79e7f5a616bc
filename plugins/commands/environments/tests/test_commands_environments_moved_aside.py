from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conda_commands_environments.moved_aside import NotMoved, delete, moved_aside, put_back
from conda_testing.kernels import RecordingReporter


def _environment(folder: Path, text: str = "") -> Path:
    (folder / "conda-meta").mkdir(parents=True)
    (folder / "conda-meta" / "history").write_text(text, encoding="utf-8")
    return folder


def _history(folder: Path) -> str:
    return (folder / "conda-meta" / "history").read_text(encoding="utf-8")


def _dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_new_environment_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    prefix = _environment(tmp_path / "x", "old")
    with moved_aside(str(prefix), RecordingReporter()):
        assert not prefix.exists()
        _environment(prefix, "new")
    assert _history(prefix) == "new"
    assert os.listdir(tmp_path) == ["x"]


def test_the_old_environment_comes_back_when_the_new_one_fails(tmp_path: Path) -> None:
    prefix = _environment(tmp_path / "x", "old")

    def fail() -> None:
        with moved_aside(str(prefix), RecordingReporter()):
            prefix.mkdir()
            (prefix / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert _history(prefix) == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_new_environment_that_is_whole_stays_whatever_comes_after(tmp_path: Path) -> None:
    prefix = _environment(tmp_path / "x", "old")

    def fail_late() -> None:
        with moved_aside(str(prefix), RecordingReporter()):
            _environment(prefix, "new")
            raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        fail_late()
    assert _history(prefix) == "new"
    assert os.listdir(tmp_path) == ["x"]


def test_an_environment_that_cannot_be_moved_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotMoved), moved_aside(str(tmp_path / "gone"), RecordingReporter()):
        pytest.fail("it was entered")


def test_folders_that_cannot_be_written_are_deleted_too(tmp_path: Path) -> None:
    prefix = _environment(tmp_path / "x")
    locked = prefix / "locked"
    locked.mkdir()
    (locked / "file").touch()
    locked.chmod(0o500)
    delete(str(prefix), RecordingReporter(), of=str(prefix))
    assert os.listdir(tmp_path) == []


def test_a_link_in_a_deleted_environment_takes_nothing_with_it(tmp_path: Path) -> None:
    prefix = _environment(tmp_path / "x")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (prefix / "link").symlink_to(kept)
    delete(str(prefix), RecordingReporter(), of=str(prefix))
    assert (kept / "file").exists()


def test_of_an_environment_that_is_a_link_the_link_is_deleted(tmp_path: Path) -> None:
    kept = _environment(tmp_path / "kept", "old")
    (tmp_path / "x").symlink_to(kept)
    reporter = RecordingReporter()
    delete(str(tmp_path / "x"), reporter, of=str(tmp_path / "x"))
    assert (os.listdir(tmp_path), _history(kept), reporter.events) == (["kept"], "old", [])


@pytest.mark.parametrize("is_empty_folder", [False, True])
def test_what_a_killed_process_moved_aside_comes_back(tmp_path: Path, *, is_empty_folder: bool) -> None:
    prefix = tmp_path / "x"
    _environment(tmp_path / f".x.aside-{_dead_process()}", "old")
    if is_empty_folder:
        prefix.mkdir()
    put_back(str(prefix), lambda place: pytest.fail("nothing is unfinished"), RecordingReporter())
    assert _history(prefix) == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_what_a_killed_process_moved_aside_goes_when_the_new_environment_is_whole(tmp_path: Path) -> None:
    prefix = _environment(tmp_path / "x", "new")
    _environment(tmp_path / f".x.aside-{_dead_process()}", "old")
    put_back(str(prefix), lambda place: pytest.fail("nothing is unfinished"), RecordingReporter())
    assert _history(prefix) == "new"
    assert os.listdir(tmp_path) == ["x"]


def test_an_unfinished_environment_is_ended_before_the_old_one_comes_back(tmp_path: Path) -> None:
    prefix = tmp_path / "x"
    (prefix / "conda-meta").mkdir(parents=True)
    journal = prefix / "conda-meta" / "journal"
    journal.touch()
    _environment(tmp_path / f".x.aside-{_dead_process()}", "old")

    def recover(place: str) -> None:
        journal.unlink()
        (prefix / "conda-meta").rmdir()

    put_back(str(prefix), recover, RecordingReporter())
    assert _history(prefix) == "old"


def test_what_a_living_process_moved_aside_is_left_alone(tmp_path: Path) -> None:
    aside = _environment(tmp_path / f".x.aside-{os.getpid()}", "old")
    put_back(str(tmp_path / "x"), lambda place: None, RecordingReporter())
    assert aside.exists()


def test_a_foreign_folder_in_the_place_is_not_overwritten(tmp_path: Path) -> None:
    prefix = tmp_path / "x"
    prefix.mkdir()
    (prefix / "mine").touch()
    aside = _environment(tmp_path / f".x.aside-{_dead_process()}", "old")
    put_back(str(prefix), lambda place: None, RecordingReporter())
    assert aside.exists()
    assert (prefix / "mine").exists()


def test_the_rest_of_a_deleted_environment_goes(tmp_path: Path) -> None:
    _environment(tmp_path / f".x.trash-{_dead_process()}", "old")
    put_back(str(tmp_path / "x"), lambda place: None, RecordingReporter())
    assert os.listdir(tmp_path) == []


def test_the_rest_of_an_environment_goes_whose_name_is_another_now(tmp_path: Path) -> None:
    _environment(tmp_path / f".old.trash-{_dead_process()}", "old")
    waiting = _environment(tmp_path / f".old.aside-{_dead_process()}", "old")
    prefix = _environment(tmp_path / "new", "new")
    put_back(str(prefix), lambda place: None, RecordingReporter())
    assert sorted(os.listdir(tmp_path)) == [waiting.name, "new"]
