"""Modules of conda are found by their compiled files, and are as those that Python finds."""

from __future__ import annotations

import inspect
import os
import py_compile
import shutil
import subprocess
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.util import module_from_spec
from typing import TYPE_CHECKING

import pytest

from conda_cli.compiled_modules import CompiledModules

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from pathlib import Path
    from types import ModuleType

FINDER = CompiledModules(str(sys.implementation.cache_tag))
NAME = "conda_sample.part"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module of a package of conda, with its compiled file."""
    source = tmp_path / "conda_sample" / "part.py"
    source.parent.mkdir()
    source.with_name("__init__.py").touch()
    source.write_text('"""A part."""\n\ndef given():\n    return 1\n')
    compile_(source)
    return source


def compile_(source: Path, *, by: py_compile.PycInvalidationMode = py_compile.PycInvalidationMode.TIMESTAMP) -> Path:
    return source.parent.parent / str(py_compile.compile(str(source), doraise=True, invalidation_mode=by))


def found(source: Path, name: str = NAME) -> ModuleSpec | None:
    return FINDER.find_spec(name, [str(source.parent)])


def loaded(spec: ModuleSpec | None) -> ModuleType:
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_module_is_as_if_python_had_found_it(module: Path) -> None:
    ours, pythons = loaded(found(module)), loaded(PathFinder.find_spec(NAME, [str(module.parent)]))
    for attribute in ("__name__", "__package__", "__doc__", "__file__", "__cached__"):
        assert getattr(ours, attribute) == getattr(pythons, attribute)
    assert isinstance(ours.__loader__, SourceFileLoader)
    assert ours.given() == 1
    assert ours.given.__code__.co_filename == str(module)
    assert inspect.getsource(ours.given) == "def given():\n    return 1\n"


def test_the_code_can_be_had_again(module: Path) -> None:
    spec = found(module)
    assert loaded(spec).given() == loaded(spec).given() == 1


def test_a_source_that_was_changed_is_compiled_by_python(module: Path) -> None:
    state = module.stat()
    module.write_text('"""A part."""\n\ndef given():\n    return 22\n')
    os.utime(module, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert found(module) is None
    module.write_text('"""A part."""\n\ndef given():\n    return 2\n')
    os.utime(module, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    assert found(module) is None


@pytest.mark.parametrize("kept", [0, 10, 16, 40])
def test_a_compiled_file_that_is_cut_off_is_left_to_python(module: Path, kept: int) -> None:
    compiled = compile_(module)
    compiled.write_bytes(compiled.read_bytes()[:kept])
    assert found(module) is None


def test_a_compiled_file_without_code_is_left_to_python(module: Path) -> None:
    compiled = compile_(module)
    compiled.write_bytes(compiled.read_bytes()[:16] + b"N")
    assert found(module) is None


def test_a_compiled_file_of_another_python_is_left_to_python(module: Path) -> None:
    compiled = compile_(module)
    compiled.write_bytes(b"\0\0\r\n" + compiled.read_bytes()[4:])
    assert found(module) is None


def test_a_compiled_file_that_fits_by_hash_is_left_to_python(module: Path) -> None:
    compile_(module, by=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert found(module) is None


def test_what_has_no_source_or_no_compiled_file_is_left_to_python(module: Path) -> None:
    shutil.rmtree(module.parent / "__pycache__")
    assert found(module) is None
    compile_(module)
    assert found(module) is not None
    module.unlink()
    assert found(module) is None


def test_packages_and_what_is_not_conda_are_left_to_python(module: Path) -> None:
    assert FINDER.find_spec("conda_sample", None) is None
    assert found(module, "sample.part") is None
    assert found(module, "conda_sample.absent") is None
    assert FINDER.find_spec(NAME, [str(module.parent), str(module.parent)]) is None


def test_an_environment_that_was_moved_tells_of_errors_where_it_is_now(module: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved" / "conda_sample"
    shutil.copytree(module.parent, moved)
    shutil.copystat(module, moved / "part.py")
    assert loaded(found(moved / "part.py")).given.__code__.co_filename == str(moved / "part.py")


@pytest.mark.parametrize(
    ("options", "by"), [((), "conda_cli.compiled_modules"), (("-O",), "_frozen_importlib_external")]
)
def test_a_command_finds_its_modules_so(module: Path, options: tuple[str, ...], by: str) -> None:
    program = (
        "import sys; from conda_cli.main import prepare; prepare(); from conda_sample import part;"
        "print(type(part.__loader__).__module__)"
    )
    environ = {**os.environ, "PYTHONPATH": str(module.parent.parent)}
    told = subprocess.run(
        [sys.executable, *options, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"{by}\n"


def test_a_python_that_imports_otherwise_finds_them_by_itself(module: Path) -> None:
    program = (
        "import sys; sys.modules['_frozen_importlib_external'] = None; from conda_cli.main import prepare; prepare();"
        "from conda_sample import part; print(part.given())"
    )
    environ = {**os.environ, "PYTHONPATH": str(module.parent.parent)}
    told = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert told.stdout == "1\n"


def test_whoever_stands_before_the_finders_of_python_is_asked_first(module: Path) -> None:
    program = (
        "import sys; asked = []\n"
        "class Asked:\n"
        "    def find_spec(self, name, path=None, target=None): asked.append(name)\n"
        "sys.meta_path.insert(0, Asked())\n"
        "from conda_cli.main import prepare; prepare(); from conda_sample import part\n"
        "print('conda_sample.part' in asked, type(part.__loader__).__module__)"
    )
    environ = {**os.environ, "PYTHONPATH": str(module.parent.parent)}
    told = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert told.stdout == "True conda_cli.compiled_modules\n"
