"""What is remembered of the processor, and that nothing else is believed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from archspec.cpu import host

from conda_virtual_packages_archspec.memory import LARGEST_BLOCK, Memory, first_processor

PROCESSOR = "processor\t: {number}\nflags\t\t: {flags}\ncpu MHz\t\t: {speed}\nBogoMIPS\t: {speed}\n\n"
DETECT = """
import sys
from conda_kernel.model.subdir import host_subdir
from conda_virtual_packages_archspec.detector import detect
print(detect(host_subdir(), sys.argv[1]).build, "archspec.cpu" in sys.modules)
"""
NEEDS_A_LIST = pytest.mark.skipif(
    not os.path.exists("/proc/cpuinfo"), reason="this system says nothing of its processors in a file"
)


def processors(folder: Path, flags: str = "sse avx", speed: str = "2596.1") -> str:
    """Write a list of two processors and return its path."""
    file = folder / "cpuinfo"
    file.write_text("".join(PROCESSOR.format(number=number, flags=flags, speed=speed) for number in range(2)))
    return os.fspath(file)


def memory(folder: Path, listed: str, **environ: str) -> Memory:
    """Return the memory of a machine."""
    found = Memory.of_this_machine(os.fspath(folder / "cache"), environ, listed)
    assert found is not None
    return found


def detected(cache: Path, **environ: str) -> list[str]:
    """Return the name that a fresh process detects, and whether it had to ask archspec."""
    command = [sys.executable, "-c", DETECT, os.fspath(cache)]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **environ}
    ).stdout.split()


@NEEDS_A_LIST
def test_the_second_command_does_not_ask_archspec(tmp_path: Path) -> None:
    name = str(host().name)
    assert detected(tmp_path / "new") == [name, "True"]
    assert detected(tmp_path / "new") == [name, "False"]


@NEEDS_A_LIST
def test_other_tables_of_processors_are_asked_each_time(tmp_path: Path) -> None:
    detected(tmp_path)
    assert detected(tmp_path, ARCHSPEC_EXTENSION_CPU_DIR=os.fspath(tmp_path))[1] == "True"


@NEEDS_A_LIST
def test_where_nothing_can_be_kept_the_processor_is_detected(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert detected(tmp_path / "file") == [str(host().name), "True"]


def test_a_name_is_remembered_for_the_same_processor_at_another_speed(tmp_path: Path) -> None:
    memory(tmp_path, processors(tmp_path)).keep("zen5")
    assert memory(tmp_path, processors(tmp_path, speed="800.0")).name() == "zen5"


@pytest.mark.parametrize("flags", ["sse", "sse avx avx2", "sse avx\nflags\t\t: sse avx"])
def test_another_processor_is_detected_anew(tmp_path: Path, flags: str) -> None:
    memory(tmp_path, processors(tmp_path)).keep("zen5")
    assert memory(tmp_path, processors(tmp_path, flags)).name() is None


def test_another_archspec_is_asked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory(tmp_path, processors(tmp_path)).keep("zen5")
    monkeypatch.setattr("archspec.__version__", "99.0")
    assert memory(tmp_path, processors(tmp_path)).name() is None


@pytest.mark.parametrize(
    "ending", ["", "zen5", "\n", "../x\n", "zen 5\n", "zen5\nmore\n", "a\0b\n", "zén\n", "a" * 100 + "\n", "\udcff\n"]
)
def test_a_file_that_is_damaged_is_not_believed(tmp_path: Path, ending: str) -> None:
    known = memory(tmp_path, processors(tmp_path))
    known.keep("zen5")
    file = tmp_path / "cache" / "processor"
    whole = file.read_bytes()
    file.write_bytes(whole.removesuffix(b"zen5\n") + ending.encode("utf-8", "surrogateescape"))
    assert known.name() is None
    file.write_bytes(whole)
    assert known.name() == "zen5"


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    known = memory(tmp_path, processors(tmp_path))
    (tmp_path / "cache" / "processor").mkdir(parents=True)
    known.keep("zen5")
    assert known.name() is None
    assert os.listdir(tmp_path / "cache") == ["processor"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    known = memory(tmp_path, processors(tmp_path))
    known.keep("zen5")
    os.chown(tmp_path / "cache" / "processor", 12345, 12345)
    assert known.name() is None


@pytest.mark.parametrize("content", ["", "processor : 0\nno end", "x" * (2 * LARGEST_BLOCK), "\n\n"])
def test_a_list_without_a_processor_is_no_reason_to_remember(tmp_path: Path, content: str) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(content)
    assert first_processor(os.fspath(file)) == b""
    assert Memory.of_this_machine(os.fspath(tmp_path), {}, os.fspath(file)) is None


def test_without_a_list_or_a_home_nothing_is_remembered(tmp_path: Path) -> None:
    assert Memory.of_this_machine(os.fspath(tmp_path), {}, os.fspath(tmp_path / "none")) is None
    assert Memory.of_this_machine(None, {}, processors(tmp_path)) is None
