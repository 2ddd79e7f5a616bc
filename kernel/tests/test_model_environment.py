"""What an environment is, what it may be called, where it may lie, and which ones there are."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from conda_kernel.context import root_prefix
from conda_kernel.model.environment import (
    environment_name_problem,
    is_environment,
    new_name_problem,
    prefix_path_problem,
)
from conda_kernel.model.known_environments import known_environments

if TYPE_CHECKING:
    from pathlib import Path

UNUSABLE = ("", " ", "a/b", "a b", "a:b", "a#b", "a\\b", 'a"b', "..", ".", "a\tb", "a\x1bb", "a" * 256)


def made(prefix: Path) -> str:
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    return os.fspath(prefix)


def test_a_folder_with_a_history_is_an_environment(tmp_path: Path) -> None:
    assert not is_environment(os.fspath(tmp_path))
    assert is_environment(made(tmp_path / "e"))


def test_conda_runs_in_the_prefix_of_its_python_or_in_the_one_that_is_named(tmp_path: Path) -> None:
    assert root_prefix({}) == os.path.abspath(sys.prefix)
    assert root_prefix({"CONDA_ROOT_PREFIX": os.fspath(tmp_path / "a" / "..")}) == os.fspath(tmp_path)


@pytest.mark.parametrize("name", UNUSABLE)
def test_some_texts_cannot_be_names_and_are_shown_harmlessly(name: str) -> None:
    for problem in (environment_name_problem(name), new_name_problem(name)):
        assert problem
        assert problem.isprintable()


@pytest.mark.parametrize("name", ["a", "my-env", "my-env_1.0", "ümlaut", "py3.12", ".hidden", "a_b+c"])
def test_other_texts_can(name: str) -> None:
    assert environment_name_problem(name) is None
    assert new_name_problem(name) is None


@pytest.mark.parametrize("name", ["base", "root", "Base"])
def test_the_names_of_base_are_taken(name: str) -> None:
    assert environment_name_problem(name) is None
    assert new_name_problem(name) == f"the name `{name}` is reserved"


def test_a_prefix_must_fit_into_the_search_path() -> None:
    assert prefix_path_problem("/a:b", windows=False)
    assert prefix_path_problem("C:\\a;b", windows=True)
    assert prefix_path_problem("/a\nb", windows=False)
    assert prefix_path_problem("C:\\a b", windows=True) is None
    assert prefix_path_problem("/a b;c", windows=False) is None


def test_known_are_base_those_in_the_folders_and_those_on_the_list(tmp_path: Path) -> None:
    root, near, far = made(tmp_path / "root"), made(tmp_path / "envs" / "near"), made(tmp_path / "far")
    made(tmp_path / "envs" / ".trash")
    (tmp_path / "envs" / "empty").mkdir()
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{far}\n{tmp_path}/gone\n{near}\n")
    folders = (os.fspath(tmp_path / "envs"), os.fspath(tmp_path / "no folder"))

    assert known_environments(root, folders, {"HOME": os.fspath(tmp_path)}) == (root, near, far)
    assert known_environments(os.fspath(tmp_path), folders, {}) == (near,)
