"""What all tests of the workspace share: the two sizes of a run, and the folder `shared` beside the repository.

An ordinary run is deterministic and takes minutes. A full one (`--full`, or `CONDA_TEST_FULL=1`) also runs what is
marked `full`, and lets hypothesis try many more examples, other ones each time.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many seconds the tests of each member, and of each folder of `tests`, took, the processes added up."""
    took: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                took[_home(report.nodeid)] += report.duration
    terminalreporter.section("seconds by folder")
    for home, seconds in sorted(took.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{seconds:7.1f}  {home}")


def _home(node: str) -> str:
    """Return the folder that a test belongs to: that of its member, or one of those in `tests`."""
    folder = PurePosixPath(node.partition("::")[0]).parent
    return str(folder.parent if folder.name == "tests" else folder)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder `shared` beside the repository; skip the test where there is none."""
    folder = Path(__file__).resolve().parents[1] / "shared"
    if not folder.is_dir():
        pytest.skip("there is no folder `shared` beside the repository")
    return folder
