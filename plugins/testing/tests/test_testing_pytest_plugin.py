"""What conda-testing adds to pytest."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


# Without conftests: in a workspace the suite lies below the one of the repository.
SUITE = ("--noconftest", "--pyargs", "conda_testing.solvers")


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        "pytest.ini",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_third_party_runs_the_suite_for_its_driver(tmp_path: Path) -> None:
    ended = _pytest(tmp_path, *SUITE, "--driver", "classic", "-k", "newest or frozen", "-v")

    assert ended.returncode == 0, ended.stdout
    assert "[classic-the-newest-version] PASSED" in ended.stdout
    assert "[rattler" not in ended.stdout


def test_a_driver_that_is_not_installed_is_named_with_those_that_are(tmp_path: Path) -> None:
    ended = _pytest(tmp_path, *SUITE, "--driver", "nosuch")

    assert ended.returncode != 0
    assert "no `nosuch` plugin in conda.solvers (installed: " in ended.stdout + ended.stderr


def test_the_fixture_of_another_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n@pytest.fixture\ndef driver():\n    return 1\ndef test_it(driver):\n    assert driver == 1\n"
    )

    assert _pytest(tmp_path, "test_it.py").returncode == 0


def test_an_option_of_the_same_name_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--driver', default=None)\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_it(request):\n    assert request.config.getoption('--driver') == 'x'\n"
    )

    assert _pytest(tmp_path, "--driver", "x", "test_it.py").returncode == 0
