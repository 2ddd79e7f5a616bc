"""The detector of `__win`."""

from __future__ import annotations

import sys

import pytest

from conda_virtual_packages_win import detect, windows_version


@pytest.mark.parametrize(
    ("numbers", "version"), [((10, 0, 19045), "10.0.19045"), ((10, 0, 22631, 1), "10.0.22631"), ((), "0")]
)
def test_major_minor_and_build_are_the_version(numbers: tuple[int, ...], version: str) -> None:
    assert windows_version(numbers) == version


@pytest.mark.skipif(sys.platform == "win32", reason="is about machines without Windows")
def test_another_system_has_version_zero() -> None:
    assert detect("win-64") == ("0", "0")
