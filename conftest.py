"""What all tests of the workspace share: the two sizes of a run, and the folder `shared` beside the repository.

An ordinary run is deterministic and takes minutes. A full one (`--full`, or `CONDA_TEST_FULL=1`) also runs what is
marked `full`, and lets hypothesis try many more examples, other ones each time.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["wheel_environments"]

# How fast data is generated says more about the machine than about the test.
_NOISE = [HealthCheck.too_slow]

settings.register_profile("ordinary", derandomize=True, max_examples=50, deadline=None, suppress_health_check=_NOISE)
settings.register_profile(
    "full",
    derandomize=False,  # hypothesis itself switches it on where it notices a continuous integration
    max_examples=2000,
    deadline=None,
    print_blob=True,
    suppress_health_check=_NOISE,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--full`, whose default comes from the environment variable `CONDA_TEST_FULL`."""
    by_default = os.environ.get("CONDA_TEST_FULL") == "1"
    parser.addoption("--full", action="store_true", default=by_default, help="run the full suites too")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how hard hypothesis tries; `--hypothesis-profile` still wins, since it is read later."""
    settings.load_profile("full" if config.getoption("--full") else "ordinary")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests marked `full` in an ordinary run."""
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(pytest.mark.skip(reason="belongs to the full suites: run with --full"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder `shared` beside the repository; skip the test where there is none."""
    folder = Path(__file__).resolve().parents[1] / "shared"
    if not folder.is_dir():
        pytest.skip("there is no folder `shared` beside the repository")
    return folder
