"""Detects `__archspec`, the micro-architecture of the processor (CEP 30)."""

from __future__ import annotations

import os

from conda_kernel.model.machine import Detected
from conda_kernel.model.subdir import host_subdir
from conda_virtual_packages_archspec.memory import Memory

FAMILIES = {"32": "x86", "64": "x86_64", "arm64": "aarch64", "z": "z"}
"""Endings of subdirs whose family has another name (CEP 30, appendix)."""


def detect(subdir: str, cache: str | None) -> Detected:
    """Return the name of this machine's processor as the build, or for another target that of its family.

    The version is 1, and 0 for a family that archspec does not know. What was detected is remembered in the folder
    `cache`: archspec takes as long as everything else that a small solve imports.
    """
    if subdir == host_subdir():
        return Detected("1", _host_name(cache))
    name = family(subdir)
    from conda_virtual_packages_archspec.processors import is_known  # noqa: PLC0415 - 50 modules, read when asked

    return Detected("1" if is_known(name) else "0", name)


def family(subdir: str) -> str:
    """Return the processor family of a subdir: `linux-64` is `x86_64`."""
    ending = subdir.rpartition("-")[2]
    return FAMILIES.get(ending, ending)


def _host_name(cache: str | None) -> str:
    memory = Memory.of_this_machine(cache, os.environ)
    name = memory.name() if memory else None
    if name is None:
        from conda_virtual_packages_archspec.processors import host_name  # noqa: PLC0415 - as above

        name = host_name()
        if memory:
            memory.keep(name)
    return name
