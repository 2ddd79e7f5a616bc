"""The settings that every test runs under: loopback only, warnings are errors, full suites on demand."""

from __future__ import annotations

import socket
import warnings

import pytest
from hypothesis import settings


def test_nothing_but_loopback_is_reached() -> None:
    with pytest.raises(UserWarning, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_a_warning_is_a_failure() -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


@pytest.mark.full
def test_a_full_test_runs_in_a_full_run_only(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("--full")


def test_an_ordinary_run_tries_the_same_examples_each_time(pytestconfig: pytest.Config) -> None:
    profile = settings()

    assert profile.derandomize is not pytestconfig.getoption("--full")
    assert profile.max_examples == (2000 if pytestconfig.getoption("--full") else 50)
