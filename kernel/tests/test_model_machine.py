"""Virtual packages say what a machine is; their records can be overridden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.machine import VirtualPackage, applies, kernel_version, overridden
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.version import Version


@pytest.mark.parametrize(
    ("name", "subdirs"),
    [
        ("__linux", {"linux-64", "linux-aarch64"}),
        ("__glibc", {"linux-64", "linux-aarch64"}),
        ("__osx", {"osx-arm64"}),
        ("__win", {"win-64"}),
        ("__unix", {"linux-64", "linux-aarch64", "osx-arm64"}),
        ("__cuda", {"linux-64", "linux-aarch64", "osx-arm64", "win-64", "noarch"}),
    ],
)
def test_a_virtual_package_can_exist_for_some_targets(name: str, subdirs: set[str]) -> None:
    targets = ("linux-64", "linux-aarch64", "osx-arm64", "win-64", "noarch")

    assert {subdir for subdir in targets if applies(name, subdir)} == subdirs


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("6.8.0-45-generic", "6.8.0"),
        ("5.10.3-arch1", "5.10.3"),
        ("4.18.0-553.el8_10.x86_64", "4.18.0"),
        ("5.15.90.1-microsoft-standard-WSL2", "5.15.90.1"),
        ("1.2.3.4.5", "1.2.3.4"),
        ("6.1", "6.1"),
        ("6.1.-x", "6.1"),
        ("6..1", "0"),
        ("6", "0"),
        (".6.1", "0"),
        ("rolling", "0"),
        ("", "0"),
    ],
)
def test_the_numbers_that_a_release_begins_with_are_the_version(release: str, version: str) -> None:
    assert kernel_version(release) == version


@pytest.mark.parametrize(
    ("name", "text", "package"),
    [
        ("__linux", "6.8.0-45-generic", "__linux=6.8.0=0"),
        ("__linux", "5.10", "__linux=5.10=0"),
        ("__linux", "1.2.3.4.5", "__linux=1.2.3.4=0"),
        ("__linux", "", "__linux=0=0"),
        ("__linux", " ", "__linux=0=0"),
        ("__glibc", " 2.39 ", "__glibc=2.39=0"),
        ("__cuda", "12", "__cuda=12=0"),
        ("__archspec", "x86_64_v3", "__archspec=1=x86_64_v3"),
    ],
)
def test_an_override_makes_a_package(name: str, text: str, package: str) -> None:
    assert str(overridden(name, text)) == package


@pytest.mark.parametrize("name", ["__glibc", "__cuda", "__osx", "__archspec", "__anything"])
@pytest.mark.parametrize("text", ["", " \t"])
def test_a_blank_override_hides_the_package(name: str, text: str) -> None:
    assert overridden(name, text) is None


@pytest.mark.parametrize(
    ("name", "text", "example"),
    [
        ("__linux", "6", "kernel version"),
        ("__linux", "generic", "kernel version"),
        ("__linux", "x6.8", "kernel version"),
        ("__glibc", "2.39-x", "12.4"),
        ("__glibc", "2..39", "12.4"),
        ("__cuda", "latest", "12.4"),
        ("__archspec", "x86 64", "micro-architecture"),
        ("__archspec", "a/b", "micro-architecture"),
    ],
)
def test_a_wrong_override_is_refused_with_an_example(name: str, text: str, example: str) -> None:
    with pytest.raises(ValueError, match=example):
        overridden(name, text)


def test_a_virtual_package_can_be_matched() -> None:
    package = VirtualPackage("__glibc", "2.39")

    assert MatchSpec.parse("__glibc >=2.17,<3").matches(package)
    assert not MatchSpec.parse("__glibc >=2.40").matches(package)
    assert not MatchSpec.parse("conda-forge::__glibc").matches(package)


@given(st.sampled_from(["__linux", "__glibc", "__cuda", "__archspec"]), st.text("0123456789.x_- \n", max_size=8))
def test_any_override_makes_a_package_hides_it_or_is_refused(name: str, text: str) -> None:
    try:
        package = overridden(name, text)
    except ValueError:
        return
    assert package is None or str(Version.parse(package.version)) == package.version
