"""Detects `__conda`, the version of conda that packages can rely on."""

from __future__ import annotations

from conda_kernel.model.machine import Detected

COMPATIBLE = "26.7.0"
"""The conda whose channels, environments and command lines are understood; raised with what is understood."""


def detect(subdir: str) -> Detected:
    """Return the version of conda that this one stands in for, whatever the target."""
    del subdir
    return Detected(COMPATIBLE)
