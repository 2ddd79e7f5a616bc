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
    detected = detect(host_subdir(), None)
    assert detected.version == "1"
    assert detected.build in TARGETS


@pytest.mark.parametrize(
    ("subdir", "version"), [("linux-ppc64le", "1"), ("linux-s390x", "0"), ("emscripten-wasm32", "0")]
)
def test_another_platform_has_its_family_and_one_that_archspec_knows_has_version_one(subdir: str, version: str) -> None:
    assert detect(subdir, None) == (version, family(subdir))
