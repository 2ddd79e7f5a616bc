"""Where environments and packages lie, and which one a name means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conda_kernel.context import Context
from conda_kernel.errors import NoActiveEnvironment, NotAnEnvironment, UsageError
from conda_kernel.model.layer import environment_layer
from conda_kernel.prefixes import environment_folders, existing_environment, named_prefix, package_folders

if TYPE_CHECKING:
    from pathlib import Path


def made(prefix: Path) -> str:
    """Make an environment."""
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    return os.fspath(prefix)


def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, prefix: str | None = None, **environ: str) -> Context:
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    root = os.fspath(tmp_path / "root")
    return Context([environment_layer(environ)], root_prefix=root, prefix=prefix, environ=environ)


def test_where_the_root_is_no_environment_nothing_is_put_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = context(tmp_path, monkeypatch)
    assert environment_folders(here) == (os.fspath(tmp_path / "home/.conda/envs"),)
    assert package_folders(here) == (os.fspath(tmp_path / "home/.conda/pkgs"),)


def test_a_root_that_is_an_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "root")
    here = context(tmp_path, monkeypatch)
    assert environment_folders(here)[0] == os.fspath(tmp_path / "root/envs")
    assert package_folders(here)[0] == os.fspath(tmp_path / "root/pkgs")


def test_folders_that_are_set_come_before_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = context(tmp_path, monkeypatch, CONDA_ENVS_DIRS="/one:~/two", CONDA_PKGS_DIRS="/cache,~/other")
    assert environment_folders(here)[:2] == ("/one", os.fspath(tmp_path / "home/two"))
    assert package_folders(here) == ("/cache", os.fspath(tmp_path / "home/other"))


def test_a_name_is_looked_for_in_all_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "two" / "old")
    dirs = f"{tmp_path}/one:{tmp_path}/two"
    here = context(tmp_path, monkeypatch, CONDA_ENVS_DIRS=dirs)
    assert named_prefix(here, "old") == os.fspath(tmp_path / "two/old")
    assert named_prefix(here, "new") == os.fspath(tmp_path / "one/new")


@pytest.mark.parametrize("name", ["base", "root"])
def test_base_is_the_root_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert named_prefix(context(tmp_path, monkeypatch), name) == os.fspath(tmp_path / "root")


def test_a_root_that_is_no_environment_cannot_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoActiveEnvironment):
        existing_environment(context(tmp_path, monkeypatch, prefix=os.fspath(tmp_path / "root")))


def test_a_folder_that_is_no_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAnEnvironment, match="not an environment"):
        existing_environment(context(tmp_path, monkeypatch, prefix=os.fspath(tmp_path / "other")))


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/b", "a\\b", "a b", "a:b", "a#b", "a\x1bb", 'a"b'])
def test_a_text_that_cannot_be_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(UsageError, match="the name of an environment"):
        named_prefix(context(tmp_path, monkeypatch), name)
