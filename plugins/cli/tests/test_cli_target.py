"""Which environment a command line means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conda_cli.target import target_prefix
from conda_kernel.context import Context
from conda_kernel.errors import NoActiveEnvironment, UsageError
from conda_kernel.model.layer import environment_layer
from conda_kernel.prefixes import existing_environment

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


def test_a_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert target_prefix(context(tmp_path, monkeypatch), name=None, path="/some/../where") == "/where"


def test_an_empty_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="needs a path"):
        target_prefix(context(tmp_path, monkeypatch), name=None, path=" ")


def test_a_url_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"`https://<hidden>@h/c` is a URL"):
        target_prefix(context(tmp_path, monkeypatch), name=None, path="https://user:pw@h/c")


def test_name_and_path_exclude_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        target_prefix(context(tmp_path, monkeypatch), name="x", path="/x")


def test_the_active_environment_is_meant_when_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = context(tmp_path, monkeypatch, CONDA_PREFIX="/active")
    assert target_prefix(here, name=None, path=None) == "/active"


def test_without_an_active_environment_a_root_that_is_none_is_not_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = context(tmp_path, monkeypatch)
    assert target_prefix(here, name=None, path=None) is None
    with pytest.raises(NoActiveEnvironment, match="no environment is active; name one with -n or -p"):
        existing_environment(here)


def test_without_an_active_environment_a_root_that_is_one_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = made(tmp_path / "root")
    assert target_prefix(context(tmp_path, monkeypatch), name=None, path=None) == root
