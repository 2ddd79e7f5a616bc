"""Generated files are what the generator would write, and the pins are what was resolved."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from generate import generated_files, known_plugins, locked_pins, out_of_date, pins, write_all
from workspace import ROOT, read_members

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """Return a workspace with one plugin, nothing generated yet, and a lock that resolved one third party."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.uv]\nconstraint-dependencies = [\n]\n"
        '[tool.uv.workspace]\nmembers = ["kernel"]\n'
        '[tool.conda.homes]\nrich = ["conda-kernel"]\n'
    )
    (tmp_path / "kernel/src/conda_kernel").mkdir(parents=True)
    (tmp_path / "kernel/pyproject.toml").write_text(
        '[project]\nname = "conda-kernel"\n'
        '[project.entry-points."conda.solvers"]\nlazy = "conda_kernel.a:B"\nclassic = "conda_kernel.c:D"\n'
        '[project.entry-points.pytest11]\nx = "y"\n'
    )
    (tmp_path / "uv.lock").write_text(
        '[[package]]\nname = "rich"\nversion = "15.0"\nsource = { registry = "r" }\n'
        '[[package]]\nname = "conda-kernel"\nversion = "0.1"\nsource = { editable = "kernel" }\n'
    )
    return tmp_path


@pytest.mark.parametrize("name", generated_files())
def test_a_generated_file_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == generated_files()[name], "run tests/architecture/generate.py"


def test_the_pins_are_what_was_resolved() -> None:
    if not (ROOT / "uv.lock").is_file():
        pytest.skip("nothing was resolved with uv in this folder")

    assert pins() == locked_pins(), "run tests/architecture/generate.py"


def test_every_pin_names_one_version() -> None:
    names = [pin.split("==")[0] for pin in pins()]

    assert all(len(pin.split("==")) == 2 and "*" not in pin for pin in pins())
    assert len(set(names)) == len(names)


def test_known_plugins_are_the_entry_points_of_the_members() -> None:
    lines = [line.split("\t") for line in known_plugins().splitlines()]

    assert lines == sorted(lines)
    assert ["conda.linkers", "journal", "conda-linking"] in lines
    assert {distribution for *_, distribution in lines} <= {member.name for member in read_members()}


def test_writing_brings_pins_and_files_up_to_date(small_house: Path) -> None:
    changed = write_all(small_house)

    assert sorted(changed) == sorted(["pyproject.toml", *generated_files(small_house)])
    assert pins(small_house) == ["rich==15.0"]
    assert (small_house / "constraints.txt").read_text().endswith("\nrich==15.0\n")
    assert known_plugins(small_house) == "conda.solvers\tclassic\tconda-kernel\nconda.solvers\tlazy\tconda-kernel\n"
    assert write_all(small_house) == []


def test_an_entry_point_that_the_table_lacks_is_noticed(small_house: Path) -> None:
    write_all(small_house)
    plugin = small_house / "kernel/pyproject.toml"
    plugin.write_text(plugin.read_text() + '[project.entry-points."conda.shells"]\nfish = "a:b"\n')

    assert out_of_date(small_house) == ["kernel/src/conda_kernel/known_plugins.tsv"]


def test_a_new_member_is_noticed(small_house: Path) -> None:
    write_all(small_house)
    shutil.copytree(small_house / "kernel", small_house / "cli/")
    (small_house / "cli/src/conda_kernel").rename(small_house / "cli/src/conda_cli")
    (small_house / "cli/pyproject.toml").write_text('[project]\nname = "conda-cli"\n')
    root = small_house / "pyproject.toml"
    root.write_text(root.read_text().replace('["kernel"]', '["kernel", "cli"]'))

    assert out_of_date(small_house) == [".importlinter"]
