"""The libraries of NVIDIA's graphics driver, and what they say."""

from __future__ import annotations

import ctypes
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

WSL = "/usr/lib/wsl/lib/"
DRIVERS = {"linux": ("libcuda.so.1", "libcuda.so", WSL + "libcuda.so.1"), "win32": ("nvcuda.dll",)}
MANAGERS = {"linux": ("libnvidia-ml.so.1", WSL + "libnvidia-ml.so.1"), "win32": ("nvml.dll",)}
"""The library that knows the devices; it wakes none of them up, which the driver would."""


def installed_driver_version() -> str | None:
    """Return `major.minor` of CUDA as this machine's driver tells it, or `None` without one."""
    return driver_version(DRIVERS.get(sys.platform, ()), ctypes.CDLL)


def installed_lowest_capability() -> str | None:
    """Return `major.minor` of this machine's weakest device, or `None` without one."""
    return lowest_capability(MANAGERS.get(sys.platform, ()), ctypes.CDLL)


def driver_version(names: Iterable[str], load: Callable[[str], ctypes.CDLL]) -> str | None:
    """Return `major.minor` as the first library that can be loaded tells it; `None` when there is none, or it is 0."""
    for library in _loaded(names, load):
        number = ctypes.c_int(0)
        if library.cuDriverGetVersion(ctypes.byref(number)) == 0 and number.value > 0:
            return f"{number.value // 1000}.{number.value % 1000 // 10}"
    return None


def lowest_capability(names: Iterable[str], load: Callable[[str], ctypes.CDLL]) -> str | None:
    """Return `major.minor` of the weakest device as the first library that can be loaded tells it, `None` without."""
    for library in _loaded(names, load):
        if library.nvmlInit_v2() == 0:
            try:
                found = list(_capabilities(library))
            finally:
                library.nvmlShutdown()
            return ".".join(map(str, min(found))) if found else None
    return None


def _capabilities(library: ctypes.CDLL) -> Iterator[tuple[int, int]]:
    count = ctypes.c_uint(0)
    if library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
        return
    for number in range(count.value):
        device, major, minor = ctypes.c_void_p(), ctypes.c_int(0), ctypes.c_int(0)
        if library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(number), ctypes.byref(device)) != 0:
            continue
        if library.nvmlDeviceGetCudaComputeCapability(device, ctypes.byref(major), ctypes.byref(minor)) == 0:
            yield major.value, minor.value


def _loaded(names: Iterable[str], load: Callable[[str], ctypes.CDLL]) -> Iterator[ctypes.CDLL]:
    for name in names:
        try:
            yield load(name)
        except OSError:
            continue
