"""The detector of `__archspec`."""

from __future__ import annotations

import pytest
from archspec.cpu import TARGETS

from conda_kernel.model.subdir import host_subdir
from conda_virtual_packages_archspec.detector import detect, family


@pytest.mark.parametrize(
    ("subdir", "name"),
    [
        ("linux-64", "x86_64"),
        ("win-32", "x86"),
        ("osx-arm64", "aarch64"),
        ("linux-aarch64", "aarch64"),
        ("linux-ppc64le", "ppc64le"),
        ("linux-riscv64", "riscv64"),
        ("zos-z", "z"),
    ],
)
def test_a_target_has_its_family(subdir: str, name: str) -> None:
    assert family(subdir) == name


def test_this_machine_has_a_processor_that_archspec_knows() -> None:
    detected = detect(host_subdir())
    assert detected.version == "1"
    assert detected.build in TARGETS


def test_another_platform_has_its_family() -> None:
    other = "linux-s390x" if host_subdir() != "linux-s390x" else "linux-64"
    assert detect(other) == ("1", family(other))
