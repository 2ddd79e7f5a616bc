"""Detects `__cuda`, the newest CUDA that the graphics driver supports (CEP 30), and `__cuda_arch` (CEP 46).

The driver's libraries are asked, which needs no process of its own. They are loaded only where a driver has left its
traces, in a call that has a deadline.
"""

from __future__ import annotations

import os
import sys

from conda_kernel.model.machine import Detected

WSL = "/usr/lib/wsl/lib/"
TRACES = ("/proc/driver/nvidia/version", "/dev/nvidiactl", WSL + "libcuda.so.1")


def detect_cuda(subdir: str) -> Detected | None:
    """Return the driver's CUDA version, or `None` when there is no driver."""
    del subdir
    if not _has_driver():
        return None
    from conda_virtual_packages_cuda.libraries import installed_driver_version  # noqa: PLC0415 - ctypes, for drivers

    version = installed_driver_version()
    return Detected(version) if version else None


def detect_cuda_arch(subdir: str) -> Detected | None:
    """Return the lowest compute capability among the devices, or `None` when there is no device."""
    del subdir
    if not _has_driver():
        return None
    from conda_virtual_packages_cuda.libraries import installed_lowest_capability  # noqa: PLC0415 - as above

    version = installed_lowest_capability()
    return Detected(version) if version else None


def _has_driver() -> bool:
    return sys.platform != "linux" or any(os.path.exists(trace) for trace in TRACES)
