"""The detector of `__cuda`."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from conda_virtual_packages_cuda.detector import driver_version

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = "int cuDriverGetVersion(int *version) {{ *version = {number}; return {status}; }}\n"


def made_driver(folder: Path, number: int, status: int = 0) -> str:
    """Return the path of a shared library that answers as a driver does."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a stand-in for the driver is made with a C compiler, and there is none")
    source, library = folder / "driver.c", folder / "libcuda.so.1"
    source.write_text(DRIVER.format(number=number, status=status))
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
