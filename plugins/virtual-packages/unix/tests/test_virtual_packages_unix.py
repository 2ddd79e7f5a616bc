"""The detectors of `__unix` and `__linux`."""

from __future__ import annotations

import os
import sys

import pytest

from conda_virtual_packages_unix import detect_linux, detect_unix


def test_a_unix_has_version_zero() -> None:
    assert detect_unix("linux-64") == ("0", "0")


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_the_running_kernel_is_detected() -> None:
    assert os.uname().release.startswith(detect_linux("linux-64").version)
