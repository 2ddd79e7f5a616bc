"""Changing the environment that conda runs in: what is already imported makes the change, and tells of it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from wheel_environments import STANDARD, made

if TYPE_CHECKING:
    from pathlib import Path

    from wheel_environments import Environment

pytestmark = pytest.mark.xdist_group("wheels")

POISON = 'raise RuntimeError("imported after the change")\n'


@pytest.fixture
def environment(tmp_path: Path, wheels: Path) -> Environment:
    """An environment that conda is installed in, and that is one of conda's too."""
    environment = made(tmp_path, wheels, STANDARD)
    (environment.prefix / "conda-meta").mkdir()
    (environment.prefix / "conda-meta" / "history").touch()
    return environment


def poisoned_modules(environment: Environment) -> dict[str, str]:
    """Return every module that is installed there, with a content that nobody can import."""
    (packages,) = environment.prefix.glob("lib/python*/site-packages")
    modules = [path for path in packages.rglob("*.py") if not path.name.startswith("_virtualenv")]
    assert len(modules) > 300
    return {str(path.relative_to(environment.prefix)): POISON for path in modules}


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_change_of_the_own_environment_imports_nothing_of_what_it_brings(
    environment: Environment, tmp_path: Path, options: tuple[str, ...]
) -> None:
    builder = ChannelBuilder(str(tmp_path / "channel"))
    builder.add("poison", "1.0", subdir="noarch", files=poisoned_modules(environment))
    words = ("install", "-y", "-p", os.fspath(environment.prefix), "-c", builder.write(), "poison", *options)

    done = environment.run(*words)

    assert done.returncode == 0, done.stderr
    assert "imported after the change" not in done.stderr
    assert (environment.prefix / "conda-meta" / "poison-1.0-0.json").exists()
    if options:
        assert json.loads(done.stdout)["success"] is True
    again = environment.run("info")
    assert "imported after the change" in again.stderr


def test_a_change_of_the_own_environment_that_fails_says_why_and_leaves_conda_whole(
    environment: Environment, tmp_path: Path
) -> None:
    builder = ChannelBuilder(str(tmp_path / "channel"))
    scripts = {"post-link": "exit 1\n"}
    builder.add("poison", "1.0", subdir="noarch", files=poisoned_modules(environment), link_scripts=scripts)
    words = ("install", "-y", "-p", os.fspath(environment.prefix), "-c", builder.write(), "poison")

    done = environment.run(*words)

    assert done.returncode == 1
    assert "post-link" in done.stderr
    assert environment.run("list", "-p", os.fspath(environment.prefix)).returncode == 0
