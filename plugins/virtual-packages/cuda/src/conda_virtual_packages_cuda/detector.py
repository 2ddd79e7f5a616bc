"""Detects `__cuda`, the newest CUDA that the graphics driver supports (CEP 30).

The driver's library is asked for its version, which needs neither a device nor a process of its own. It is loaded only
where a driver has left its traces, in a call that has a deadline.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

from conda_kernel.model.machine import Detected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WSL = "/usr/lib/wsl/lib/libcuda.so.1"
TRACES = ("/proc/driver/nvidia/version", "/dev/nvidiactl", WSL)
LIBRARIES = {"linux": ("libcuda.so.1", "libcuda.so", WSL), "win32": ("nvcuda.dll",)}


def detect(subdir: str) -> Detected | None:
    """Return the driver's CUDA version, or `None` when there is no driver."""
    del subdir
    if sys.platform == "linux" and not any(os.path.exists(trace) for trace in TRACES):
        return None
    version = driver_version(LIBRARIES.get(sys.platform, ()), ctypes.CDLL)
    return Detected(version) if version else None


def driver_version(names: Iterable[str], load: Callable[[str], ctypes.CDLL]) -> str | None:
    """Return `major.minor` as the first library that can be loaded tells it; `None` when there is none, or it is 0."""
    for name in names:
        try:
            library = load(name)
        except OSError:
            continue
        number = ctypes.c_int(0)
        if library.cuDriverGetVersion(ctypes.byref(number)) == 0 and number.value > 0:
            return f"{number.value // 1000}.{number.value % 1000 // 10}"
    return None
