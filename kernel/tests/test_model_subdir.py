"""Machines have their subdirs."""

from __future__ import annotations

import os

import pytest

from conda_kernel.model.subdir import KNOWN_SUBDIRS, host_subdir, is_noarch, is_subdir_name, is_windows


@pytest.mark.parametrize(
    ("system", "machine", "bits", "subdir"),
    [
        ("linux", "x86_64", 64, "linux-64"),
        ("linux", "x86_64", 32, "linux-32"),
        ("linux", "i686", 32, "linux-32"),
        ("linux", "aarch64", 64, "linux-aarch64"),
        ("linux", "aarch64", 32, "linux-armv7l"),
        ("linux", "armv6l", 32, "linux-armv6l"),
        ("linux", "ppc64le", 64, "linux-ppc64le"),
        ("linux", "s390x", 64, "linux-s390x"),
        ("linux", "riscv64", 64, "linux-riscv64"),
        ("linux", "loongarch64", 64, "linux-loongarch64"),
        ("darwin", "x86_64", 64, "osx-64"),
        ("darwin", "arm64", 64, "osx-arm64"),
        ("win32", "AMD64", 64, "win-64"),
        ("win32", "x86", 32, "win-32"),
        ("win32", "ARM64", 64, "win-arm64"),
        ("freebsd14", "amd64", 64, "freebsd-64"),
        ("emscripten", "wasm32", 32, "emscripten-wasm32"),
        ("wasi", "wasm32", 32, "wasi-wasm32"),
        ("zos", "8561", 64, "zos-z"),
    ],
)
def test_a_machine_has_a_subdir(system: str, machine: str, bits: int, subdir: str) -> None:
    assert host_subdir(system, machine, bits) == subdir
    assert is_subdir_name(subdir)


def test_this_machine_has_a_subdir() -> None:
    assert is_subdir_name(host_subdir())


@pytest.mark.parametrize(
    ("environ", "subdir"),
    [
        ({"PROCESSOR_ARCHITECTURE": "AMD64"}, "win-64"),
        ({"PROCESSOR_ARCHITECTURE": "x86", "PROCESSOR_ARCHITEW6432": "ARM64"}, "win-arm64"),
        ({}, "win-unknown"),
    ],
)
def test_windows_says_in_the_environment_what_it_runs_on(
    environ: dict[str, str], subdir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "uname", raising=False)
    monkeypatch.delenv("PROCESSOR_ARCHITECTURE", raising=False)
    monkeypatch.delenv("PROCESSOR_ARCHITEW6432", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert host_subdir("win32", "", 64) == subdir


def test_every_known_subdir_has_the_form_of_one() -> None:
    assert all(map(is_subdir_name, KNOWN_SUBDIRS))


@pytest.mark.parametrize(
    "text", ["", "linux", "Linux-64", "linux-64/..", "../x", "a-b-c", "linux_64", "l" * 30 + "-64"]
)
def test_other_texts_have_not(text: str) -> None:
    assert not is_subdir_name(text)


def test_kinds_of_subdirs() -> None:
    assert is_noarch("noarch")
    assert not is_noarch("linux-64")
    assert is_windows("win-arm64")
    assert not is_windows("linux-64")
