"""The processors that archspec knows. Its import reads a table of all of them and brings some fifty modules."""

from __future__ import annotations

import archspec.cpu


def host_name() -> str:
    """Return the name of this machine's processor."""
    return str(archspec.cpu.host().name)


def is_known(name: str) -> bool:
    """Return whether archspec knows a processor, or a family of processors."""
    return name in archspec.cpu.TARGETS
