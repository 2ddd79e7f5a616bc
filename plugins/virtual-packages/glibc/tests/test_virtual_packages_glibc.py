"""The detector of `__glibc`."""

from __future__ import annotations

import platform
import sys

import pytest

from conda_virtual_packages_glibc import detect, glibc_version


@pytest.mark.parametrize(
    ("library", "version"),
    [
        ("glibc 2.36", "2.36"),
        ("glibc 2.39-1ubuntu3", "2.39"),
        ("glibc 2.36.9000\n", "2.36"),
        ("glibc 2", None),
        ("glibc 2.36 or so", None),
        ("musl 1.2.4", None),
        ("", None),
        ("glibc two", None),
    ],
)
def test_only_glibc_has_a_version(library: str, version: str | None) -> None:
    assert glibc_version(library) == version


@pytest.mark.skipif(sys.platform != "linux", reason="asks the C library of Linux")
def test_the_library_of_this_machine_is_detected() -> None:
    name, version = platform.libc_ver()
    detected = detect("linux-64")
    assert (detected.version if detected else None) == (version if name == "glibc" else None)
