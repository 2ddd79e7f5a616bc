"""Detects `__glibc`, the version of the C library (CEP 30)."""

from __future__ import annotations

import os
import sys

from conda_kernel.model.machine import Detected, leading_numbers
from conda_kernel.model.subdir import host_subdir

ASSUMED = "2.17"
"""What is taken for the C library of a Linux that is not this machine."""


def detect(subdir: str) -> Detected | None:
    """Return the version of this machine's glibc; `None` when its C library is another one.

    For a target that is not this machine's it is the version that every Linux in use has.
    """
    if sys.platform != "linux" or subdir != host_subdir():
        return Detected(ASSUMED)
    version = glibc_version(_library())
    return Detected(version) if version else None


def glibc_version(library: str) -> str | None:
    """Return major and minor out of `glibc 2.36`, or `None` when that names another library."""
    family, _, version = library.strip().partition(" ")
    numbers = leading_numbers(version)[:2]
    return ".".join(numbers) if family == "glibc" and len(numbers) == 2 and " " not in version else None


def _library() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (OSError, ValueError):
        return ""
