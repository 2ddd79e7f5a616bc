"""What conda-testing adds to pytest: the option `--driver`, the fixture of the conformance suites, and a fork server.

Every run of pytest in the environment imports this module; it imports nothing that pytest has not imported.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conda_testing.fork_server import ForkServer

GROUP = "DRIVER_GROUP"
"""The variable of a test module that says which extension point its fixture `driver` is about."""


class Driver(NamedTuple):
    """An installed implementation of a point; `target` makes it."""

    name: str
    target: Callable[..., object]


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Iterator[None]:
    """Add `--driver` when all others have added their options; if one has this name already, that one is read."""
    yield
    try:
        parser.getgroup("conda").addoption(
            "--driver",
            action="append",
            default=None,
            metavar="NAME",
            help="which driver the conformance suites of conda_testing test; all that are installed when left out",
        )
    except ValueError:
        pass


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a conformance suite for each driver that is asked for."""
    group = getattr(metafunc.module, GROUP, None)
    if group is None or "driver" not in metafunc.fixturenames:
        return
    found = {point.name: point for point in entry_points(group=group)}
    asked = metafunc.config.getoption("--driver", None)
    names = sorted(found) if not asked else [asked] if isinstance(asked, str) else asked
    for name in names:
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise pytest.UsageError(f"no `{name}` plugin in {group} (installed: {known})")
    metafunc.parametrize("driver", [found[name] for name in names], ids=names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def driver(request: pytest.FixtureRequest) -> Driver:
    """Return the driver that a conformance suite tests."""
    point: EntryPoint = request.param
    return Driver(point.name, point.load())


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Return a port of 127.0.0.1 that refuses connections: it is held, so that nobody else serves there meanwhile."""
    import socket  # noqa: PLC0415 - every run of pytest imports this module

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer | None]:
    """Return a server that `conda_testing.executable.Conda` runs commands with; `None` where processes cannot fork."""
    from conda_testing.fork_server import ForkServer  # noqa: PLC0415 - every run of pytest imports this module

    if not ForkServer.is_possible:
        yield None
        return
    with ForkServer() as server:
        yield server
