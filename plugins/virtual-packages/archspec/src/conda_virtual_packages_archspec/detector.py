"""Detects `__archspec`, the micro-architecture of the processor (CEP 30)."""

from __future__ import annotations

import archspec.cpu

from conda_kernel.model.machine import Detected
from conda_kernel.model.subdir import host_subdir

FAMILIES = {"32": "x86", "64": "x86_64", "arm64": "aarch64", "z": "z"}
"""Endings of subdirs whose family has another name (CEP 30, appendix)."""


def detect(subdir: str) -> Detected:
    """Return the name of this machine's processor as the build, or for another target that of its family.

    The version is 1, and 0 for a family that archspec does not know.
    """
    if subdir == host_subdir():
        return Detected("1", str(archspec.cpu.host().name))
    name = family(subdir)
    return Detected("1" if name in archspec.cpu.TARGETS else "0", name)


def family(subdir: str) -> str:
    """Return the processor family of a subdir: `linux-64` is `x86_64`."""
    ending = subdir.rpartition("-")[2]
    return FAMILIES.get(ending, ending)
