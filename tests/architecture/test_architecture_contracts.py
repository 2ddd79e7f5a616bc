"""import-linter holds the contracts of section 'who may import whom', and notices when one of them is broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from import_contracts import contracts
from workspace import ROOT, read_packages

PLANTED = {
    "kernel": ("kernel/src/conda_kernel/points.py", "def late():\n    import conda_cli"),
    "model": ("kernel/src/conda_kernel/model/record.py", "import conda_kernel.points"),
    "plugins": ("plugins/cli/src/conda_cli/main.py", "from conda_fetch import engine"),
    "rich": ("plugins/cli/src/conda_cli/main.py", "import rich.live"),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Return a small workspace that keeps every contract."""
    write(
        tmp_path / "pyproject.toml",
        '[tool.uv.workspace]\nmembers = ["kernel", "plugins/*"]\n[tool.conda.homes]\nrich = ["conda-fetch"]\n',
    )
    for folder, package in (("kernel", "kernel"), ("plugins/cli", "cli"), ("plugins/fetch", "fetch")):
        write(tmp_path / folder / "pyproject.toml", f'[project]\nname = "conda-{package}"\n')
        write(tmp_path / folder / f"src/conda_{package}/__init__.py", "import conda_kernel\n")
    write(tmp_path / "plugins/fetch/src/conda_fetch/engine.py", "import rich\n")
    write(tmp_path / "kernel/src/conda_kernel/__init__.py", "")
    write(tmp_path / "kernel/src/conda_kernel/points.py", "import conda_kernel.model.record\n")
    write(tmp_path / "kernel/src/conda_kernel/model/__init__.py", "")
    write(tmp_path / "kernel/src/conda_kernel/model/record.py", "import os\n")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def broken_contracts(root: Path, config: str) -> tuple[int, list[str]]:
    """Return the exit status of import-linter and the names of the contracts that it reports as broken."""
    sources = [str(member.package_folder(root).parent) for member in read_packages(root)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sources), "NO_COLOR": "1", "COLUMNS": "200"}
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache",
            "--config",
            config,
        ],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    broken = re.findall(r"^(.*\S) BROKEN", run.stdout, re.MULTILINE)
    assert "contracts:" in run.stdout.lower(), run.stdout + run.stderr
    return run.returncode, broken


def test_the_workspace_keeps_its_contracts() -> None:
    assert broken_contracts(ROOT, ".importlinter") == (0, [])


def test_a_house_that_keeps_the_contracts_passes(house: Path) -> None:
    write(house / ".importlinter", contracts(house))

    assert broken_contracts(house, ".importlinter") == (0, [])


def test_each_contract_is_reported_when_it_is_broken(house: Path) -> None:
    write(house / ".importlinter", contracts(house))
    for path, text in PLANTED.values():
        with (house / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{text}\n")

    assert broken_contracts(house, ".importlinter") == (
        1,
        [
            "The kernel imports no plugin",
            "No plugin imports a plugin",
            "The model imports the standard library alone",
            "Only its homes import rich: conda_fetch",
        ],
    )


def test_a_violation_of_one_contract_breaks_no_other(house: Path) -> None:
    write(house / ".importlinter", contracts(house))
    path, text = PLANTED["rich"]
    write(house / path, text)

    assert broken_contracts(house, ".importlinter") == (1, ["Only its homes import rich: conda_fetch"])
