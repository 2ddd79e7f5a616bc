"""The detector of `__osx`."""

from __future__ import annotations

import os
import plistlib
import sys
from typing import TYPE_CHECKING

import pytest

from conda_virtual_packages_osx import detect, macos_version

if TYPE_CHECKING:
    from pathlib import Path


def written(file: Path, content: dict[str, str] | list[str]) -> str:
    file.write_bytes(plistlib.dumps(content))
    return os.fspath(file)


@pytest.mark.parametrize(
    ("told", "version"), [("14.5", "14.5"), ("14.5.1", "14.5"), ("26.0", "26.0"), ("15", "15"), ("new", "0")]
)
def test_major_and_minor_are_the_version(tmp_path: Path, told: str, version: str) -> None:
    assert macos_version([written(tmp_path / "a", {"ProductVersion": told})], "23.5.0") == version


@pytest.mark.parametrize(
    ("kernel", "version"), [("20.6.0", "11.0"), ("24.1.0", "15.0"), ("25.0.0", "26.0"), ("19.6.0", "10.16")]
)
def test_what_old_programs_are_told_is_seen_through(tmp_path: Path, kernel: str, version: str) -> None:
    assert macos_version([written(tmp_path / "a", {"ProductVersion": "10.16"})], kernel) == version


def test_the_first_file_that_tells_a_version_counts(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"<?xml version='1.0'?><plist><dict>")
    files = [
        os.fspath(tmp_path / "absent"),
        os.fspath(broken),
        written(tmp_path / "list", ["14.5"]),
        written(tmp_path / "silent", {}),
        written(tmp_path / "good", {"ProductVersion": "13.1"}),
    ]
    assert macos_version(files, "22.0.0") == "13.1"
    assert macos_version(files[:-1], "22.0.0") == "0"


@pytest.mark.skipif(sys.platform == "darwin", reason="is about machines that are not Macs")
def test_another_system_has_version_zero() -> None:
    assert detect("osx-arm64") == ("0", "0")
