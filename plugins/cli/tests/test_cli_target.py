"""Which environment a command line means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conda_cli.target import target_prefix
from conda_kernel.errors import NoActiveEnvironment, UsageError
from conda_kernel.prefixes import existing_environment
from conda_testing.kernels import make_kernel

if TYPE_CHECKING:
    from pathlib import Path

    from conda_kernel.context import Context


def made(prefix: Path) -> str:
    """Make an environment."""
    (prefix / "conda-meta").mkdir(parents=True)
    (prefix / "conda-meta" / "history").touch()
    return os.fspath(prefix)


def context(tmp_path: Path, **environ: str) -> Context:
    return make_kernel(tmp_path, environ=environ, plugins=()).context


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert target_prefix(context(tmp_path), name=None, path="/some/../where") == "/where"


def test_an_empty_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a path"):
        target_prefix(context(tmp_path), name=None, path=" ")


def test_a_url_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"`https://<hidden>@h/c` is a URL"):
        target_prefix(context(tmp_path), name=None, path="https://user:pw@h/c")


def test_name_and_path_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        target_prefix(context(tmp_path), name="x", path="/x")


def test_the_active_environment_is_meant_when_none_is_named(tmp_path: Path) -> None:
    here = context(tmp_path, CONDA_PREFIX="/active")
    assert target_prefix(here, name=None, path=None) == "/active"


def test_without_an_active_environment_a_root_that_is_none_is_not_meant(tmp_path: Path) -> None:
    here = context(tmp_path)
    assert target_prefix(here, name=None, path=None) is None
    with pytest.raises(NoActiveEnvironment, match="no environment is active; name one with -n or -p"):
        existing_environment(here)


def test_without_an_active_environment_a_root_that_is_one_is_meant(tmp_path: Path) -> None:
    root = made(tmp_path / "root")
    assert target_prefix(context(tmp_path), name=None, path=None) == root
