"""Detects `__win`, the version of Windows (CEP 30)."""

from __future__ import annotations

import sys

from conda_kernel.model.machine import Detected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def detect(subdir: str) -> Detected:
    """Return major, minor and build number of this machine's Windows, 0 when another system runs here."""
    del subdir
    if sys.platform == "win32":
        return Detected(windows_version(sys.getwindowsversion().platform_version))
    return Detected()


def windows_version(numbers: Sequence[int]) -> str:
    """Return `10.0.19045` out of what Windows says of itself, not of what it says to old programs."""
    return ".".join(str(number) for number in numbers[:3]) or "0"
