"""The detectors of `__cuda` and `__cuda_arch`, on libraries that are made for the test."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from conda_virtual_packages_cuda.libraries import driver_version, lowest_capability

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = "int cuDriverGetVersion(int *version) {{ *version = {number}; return {status}; }}\n"


MANAGER = """
static const int capabilities[][2] = {{ {devices} }};
static int started = 0;
int nvmlInit_v2(void) {{ started = 1; return {status}; }}
int nvmlShutdown(void) {{ started = 0; return 0; }}
int nvmlDeviceGetCount_v2(unsigned *count) {{ *count = {count}; return started ? 0 : 1; }}
int nvmlDeviceGetHandleByIndex_v2(unsigned number, void **device) {{
    *device = (void *)&capabilities[number];
    return capabilities[number][0] == 0;
}}
int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor) {{
    *major = ((const int *)device)[0];
    *minor = ((const int *)device)[1];
    return 0;
}}
"""


def made_driver(folder: Path, number: int, status: int = 0) -> str:
    """Return the path of a shared library that answers as a driver does."""
    return made_library(folder, DRIVER.format(number=number, status=status))


def made_manager(folder: Path, *capabilities: tuple[int, int], status: int = 0) -> str:
    """Return the path of a shared library that knows devices; one of capability 0 cannot be asked."""
    devices = ", ".join(f"{{{major}, {minor}}}" for major, minor in (*capabilities, (0, 0)))
    return made_library(folder, MANAGER.format(devices=devices, count=len(capabilities), status=status))


def made_library(folder: Path, text: str) -> str:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a stand-in for the driver is made with a C compiler, and there is none")
    source, library = folder / "driver.c", folder / "libcuda.so.1"
    source.write_text(text)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return os.fspath(library)


@pytest.mark.parametrize(("number", "version"), [(12040, "12.4"), (11080, "11.8"), (13000, "13.0"), (0, None)])
def test_the_driver_tells_its_version(tmp_path: Path, number: int, version: str | None) -> None:
    assert driver_version([made_driver(tmp_path, number)], ctypes.CDLL) == version


def test_a_driver_that_fails_is_none(tmp_path: Path) -> None:
    assert driver_version([made_driver(tmp_path, 12040, status=35)], ctypes.CDLL) is None


def test_a_library_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    names = [os.fspath(tmp_path / "nothing.so"), made_driver(tmp_path, 12040)]
    assert driver_version(names, ctypes.CDLL) == "12.4"


def test_no_library_is_no_driver(tmp_path: Path) -> None:
    assert driver_version([os.fspath(tmp_path / "nothing.so")], ctypes.CDLL) is None


@pytest.mark.parametrize(
    ("capabilities", "version"),
    [
        ([(8, 6)], "8.6"),
        ([(12, 0), (9, 0), (10, 0)], "9.0"),
        ([(7, 5), (0, 0)], "7.5"),
        ([(0, 0)], None),
        ([], None),
    ],
)
def test_the_weakest_device_counts(tmp_path: Path, capabilities: list[tuple[int, int]], version: str | None) -> None:
    assert lowest_capability([made_manager(tmp_path, *capabilities)], ctypes.CDLL) == version


def test_a_manager_that_cannot_begin_knows_no_device(tmp_path: Path) -> None:
    assert lowest_capability([made_manager(tmp_path, (8, 6), status=9)], ctypes.CDLL) is None
    assert lowest_capability([os.fspath(tmp_path / "nothing.so")], ctypes.CDLL) is None
