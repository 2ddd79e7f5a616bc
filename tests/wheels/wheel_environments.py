"""Environments made of wheels, as a user has them: nothing editable, nothing of this checkout on their path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = ROOT / "examples" / "channel"
STANDARD = "conda-standard"
BIN = "Scripts" if os.name == "nt" else "bin"


def uv() -> str:
    """Return the program that runs these tests."""
    found = os.environ.get("UV") or shutil.which("uv") or os.fspath(ROOT / ".venv-uv" / BIN / "uv")
    if not os.path.exists(found):
        pytest.skip("wheels are built with uv, and there is none")
    return found


def ran(*words: str | os.PathLike[str], cwd: str | os.PathLike[str] = ROOT) -> str:
    """Run a program to its end, and return what it printed; fail the test with it when its status is not 0."""
    done = subprocess.run([os.fspath(word) for word in words], capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Environment(NamedTuple):
    """A virtual environment and a home."""

    prefix: Path
    home: Path
    wheels: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return os.fspath(self.prefix / BIN / "python")

    @property
    def conda(self) -> str:
        """Its `conda`."""
        return os.fspath(self.prefix / BIN / "conda")

    def environ(self, **variables: str) -> dict[str, str]:
        """Return the variables that a process is started with."""
        return {"HOME": os.fspath(self.home), "PATH": os.defpath, "LANG": "C.UTF-8", **variables}

    def install(self, *distributions: str) -> None:
        """Install distributions, those of this project from their wheels."""
        constraints = ROOT / "constraints.txt"
        ran(
            uv(),
            "pip",
            "install",
            "-q",
            "--python",
            self.python,
            "-c",
            constraints,
            "--find-links",
            self.wheels,
            *distributions,
        )

    def uninstall(self, *distributions: str) -> None:
        """Uninstall distributions, and nothing that they need or that needs them."""
        ran(uv(), "pip", "uninstall", "-q", "--python", self.python, *distributions)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `conda` with these arguments."""
        return subprocess.run(
            [self.conda, *arguments],
            capture_output=True,
            text=True,
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            check=False,
        )


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of every member."""
    folder = tmp_path_factory.mktemp("wheels")
    ran(uv(), "build", "-q", "--all-packages", "--wheel", "-o", folder)
    return folder


def made(folder: Path, wheels: Path, *distributions: str) -> Environment:
    """Make an environment with these distributions."""
    ran(uv(), "venv", "-q", "--python", sys.executable, folder / "venv")
    (folder / "home").mkdir()
    environment = Environment(folder / "venv", folder / "home", wheels)
    environment.install(*distributions)
    return environment


@pytest.fixture(scope="session")
def standard(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Environment:
    """An environment with the bundle, which tests leave as they find it."""
    return made(tmp_path_factory.mktemp("standard"), wheels, STANDARD)
