"""Virtual packages of a machine: detected, or overridden without an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conda_kernel.machine import virtual_packages
from conda_kernel.model.event import Warned
from conda_kernel.model.machine import Detected
from conda_kernel.plugin import Plugin
from conda_testing.kernels import RecordingReporter, make_kernel

if TYPE_CHECKING:
    from pathlib import Path

    from conda_kernel.kernel import Kernel

FOUND = {
    "__unix": "conda_kernel.model.machine:Detected",
    "__linux": f"{__name__}:linux",
    "__glibc": f"{__name__}:glibc",
    "__archspec": f"{__name__}:archspec",
    "__cuda": f"{__name__}:nothing",
}


def linux(subdir: str) -> Detected:
    return Detected("6.8.0")


def glibc(subdir: str) -> Detected:
    return Detected("2.39")


def archspec(subdir: str) -> Detected:
    return Detected("1", "zen4")


def nothing(subdir: str) -> None:
    return None


def detect(subdir: str) -> Detected:
    return Detected()


def kernel(folder: Path, settings: dict[str, object] | None = None, **environ: str) -> Kernel:
    targets = {**FOUND, "__unix": f"{__name__}:detect", "__broken": "a_module_that_is_not_there:detect"}
    targets = {name: target.replace(__name__, "test_kernel_machine") for name, target in targets.items()}
    plugins = [Plugin("conda.virtual_packages", name, target, distribution="d") for name, target in targets.items()]
    return make_kernel(folder, plugins=plugins, settings=settings, environ=environ)


def texts(of: Kernel, subdir: str = "linux-64") -> list[str]:
    return [str(package) for package in virtual_packages(of, subdir)]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let targets name this module."""
    import sys

    monkeypatch.setitem(sys.modules, "test_kernel_machine", sys.modules[__name__])


HOST = ["__archspec=1=zen4", "__glibc=2.39=0", "__linux=6.8.0=0", "__unix=0=0"]


def test_what_is_detected_is_sorted_by_name(tmp_path: Path) -> None:
    of = kernel(tmp_path)
    assert texts(of) == HOST
    assert isinstance(of.reporter, RecordingReporter)
    (warning,) = of.reporter.events
    assert isinstance(warning, Warned)
    assert "`__broken`" in warning.text


@pytest.mark.parametrize(
    ("environ", "changed"),
    [
        ({"CONDA_OVERRIDE_GLIBC": "2.17"}, {"__glibc=2.39=0": "__glibc=2.17=0"}),
        ({"CONDA_OVERRIDE_GLIBC": ""}, {"__glibc=2.39=0": None}),
        ({"CONDA_OVERRIDE_LINUX": "5.10.3-arch1"}, {"__linux=6.8.0=0": "__linux=5.10.3=0"}),
        ({"CONDA_OVERRIDE_LINUX": ""}, {"__linux=6.8.0=0": "__linux=0=0"}),
        ({"CONDA_OVERRIDE_ARCHSPEC": "x86_64_v2"}, {"__archspec=1=zen4": "__archspec=1=x86_64_v2"}),
        ({"CONDA_OVERRIDE_UNIX": "9"}, {}),
        ({"CONDA_OVERRIDE_OSX": "14.0"}, {}),
        ({"CONDA_OVERRIDE_GLIBC": "new"}, {}),
        ({"CONDA_OVERRIDE_LINUX": "penguin"}, {}),
    ],
)
def test_an_override_counts(tmp_path: Path, environ: dict[str, str], changed: dict[str, str | None]) -> None:
    expected = [changed.get(package, package) for package in HOST]
    assert texts(kernel(tmp_path, None, **environ)) == [package for package in expected if package]


def test_an_override_makes_a_package_that_was_not_detected(tmp_path: Path) -> None:
    assert "__cuda=12.4=0" in texts(kernel(tmp_path, CONDA_OVERRIDE_CUDA="12.4"))


def test_a_detector_that_is_overridden_is_not_imported(tmp_path: Path) -> None:
    of = kernel(tmp_path, CONDA_OVERRIDE_BROKEN="1")
    assert "__broken=1=0" in texts(of)
    assert isinstance(of.reporter, RecordingReporter)
    assert of.reporter.events == []


def test_the_environment_is_above_the_setting(tmp_path: Path) -> None:
    given: dict[str, object] = {"override_virtual_packages": {"glibc": "2.28", "__cuda": "11.8"}}
    found = texts(kernel(tmp_path, given, CONDA_OVERRIDE_GLIBC="2.17"))
    assert "__glibc=2.17=0" in found
    assert "__cuda=11.8=0" in found


def test_an_override_that_cannot_be_is_told(tmp_path: Path) -> None:
    of = kernel(tmp_path, CONDA_OVERRIDE_GLIBC="new", CONDA_OVERRIDE_BROKEN="1")
    virtual_packages(of, "linux-64")
    assert isinstance(of.reporter, RecordingReporter)
    (warning,) = of.reporter.events
    assert isinstance(warning, Warned)
    assert "CONDA_OVERRIDE_GLIBC is ignored" in warning.text


def test_packages_of_another_platform_are_absent(tmp_path: Path) -> None:
    found = texts(kernel(tmp_path, CONDA_OVERRIDE_GLIBC="2.17", CONDA_OVERRIDE_BROKEN="1"), "win-64")
    assert found == ["__archspec=1=zen4", "__broken=1=0"]
