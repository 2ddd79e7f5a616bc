"""Detects `__unix` and `__linux` (CEP 30)."""

from __future__ import annotations

import os
import sys

from conda_kernel.model.machine import Detected, kernel_version


def detect_unix(subdir: str) -> Detected:
    """Return version 0: every target that is not Windows is a Unix."""
    del subdir
    return Detected()


def detect_linux(subdir: str) -> Detected:
    """Return the version of the running kernel, 0 when another system runs here."""
    del subdir
    return Detected(kernel_version(os.uname().release)) if sys.platform == "linux" else Detected()
