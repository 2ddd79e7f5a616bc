"""All detectors together, on the machine of the cases, with every override of the cases."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import archspec.cpu
import pytest

from conda_kernel.hookspecs import VIRTUAL_PACKAGES
from conda_kernel.machine import virtual_packages
from conda_kernel.model.event import Warned
from conda_testing.kernels import RecordingReporter, make_kernel

CASES = Path(__file__).resolve().parents[5] / "shared" / "spec" / "cases" / "virtual_packages.json"
DETECTORS = (
    "__archspec", "__conda", "__cuda", "__cuda_arch", "__glibc", "__linux", "__osx", "__unix", "__win",
)  # fmt: skip


def _content() -> dict[str, Any]:
    content = json.loads(CASES.read_text(encoding="utf-8")) if CASES.is_file() else {"host": {}, "cases": []}
    assert isinstance(content, dict)
    return content


def _cases() -> list[Any]:
    cases = _content()["cases"]
    if not cases:
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason), id="absent")]
    return [
        pytest.param(case, id=" ".join([case["subdir"], *(f"{name}={value}" for name, value in case["env"].items())]))
        for case in cases
    ]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the standard library and archspec say what they say on the machine of the cases."""
    said = _content()["host"]

    def load(name: str) -> object:
        raise OSError(name)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="x86_64", release=said["uname_release"]))
    monkeypatch.setattr(os, "confstr", lambda name: f"glibc {said['glibc']}")
    monkeypatch.setattr(archspec.cpu, "host", lambda: SimpleNamespace(name=said["archspec"]))
    monkeypatch.setattr(ctypes, "CDLL", load)


@pytest.mark.parametrize("case", _cases())
@pytest.mark.usefixtures("host")
def test_a_machine_has_the_packages_of_the_case(case: dict[str, Any], tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, environ=case["env"])
    found = {package.name: [*package[:3]] for package in virtual_packages(kernel, case["subdir"])}
    assert found.pop("__conda")[0] >= "26"
    assert found == {package[0]: package for package in case["packages"]}
    assert isinstance(kernel.reporter, RecordingReporter)
    told = [event.text for event in kernel.reporter.events if isinstance(event, Warned)]
    assert len(told) == ("ignored with a warning" in case["note"])


def test_every_detector_is_installed(tmp_path: Path) -> None:
    assert {plugin.name for plugin in make_kernel(tmp_path).index.group(VIRTUAL_PACKAGES.group)} == set(DETECTORS)


def test_what_is_overridden_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("conda_virtual_packages_")]:
        monkeypatch.delitem(sys.modules, name)
    names = ("ARCHSPEC", "CUDA", "CUDA_ARCH", "GLIBC", "LINUX")
    kernel = make_kernel(tmp_path, environ={f"CONDA_OVERRIDE_{name}": "3.1" for name in names})
    found = {package.name: package.version for package in virtual_packages(kernel, "linux-64")}
    assert found["__cuda_arch"] == found["__glibc"] == "3.1"
    imported = {name.split(".")[0] for name in sys.modules if name.startswith("conda_virtual_packages_")}
    assert imported == {"conda_virtual_packages_conda", "conda_virtual_packages_unix"}
