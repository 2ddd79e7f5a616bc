"""The detectors of `__unix` and `__linux`."""

from __future__ import annotations

import os
import sys

import pytest

from conda_virtual_packages_unix import detect_linux, detect_unix, kernel_version


def test_a_unix_has_version_zero() -> None:
    assert detect_unix("linux-64") == ("0", "0")


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("6.8.0-45-generic", "6.8.0"),
        ("5.10.3-arch1", "5.10.3"),
        ("4.18.0-553.el8_10.x86_64", "4.18.0"),
        ("5.15.90.1-microsoft-standard-WSL2", "5.15.90.1"),
        ("6.1", "6.1"),
        ("rolling", "0"),
    ],
)
def test_the_numbers_that_a_release_begins_with_are_the_version(release: str, version: str) -> None:
    assert kernel_version(release) == version


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_the_running_kernel_is_detected() -> None:
    assert os.uname().release.startswith(detect_linux("linux-64").version)
