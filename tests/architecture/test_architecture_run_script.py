"""`tests/run.sh` says in one sentence what a machine lacks, and otherwise hands its arguments to pytest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workspace import ROOT

UV = f"""case "$1" in
python) echo {sys.executable} ;;
*) echo uv "$@" ;;
esac"""
# Stands for a compiler that finds the headers named in $HEADERS, and no others.
COMPILER = 'read -r _ header; case " $HEADERS " in *" $header "*) ;; *) exit 1 ;; esac'


class Machine:
    """A copy of the script on a machine that has a shell, and only those programs that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        (folder / "tests").mkdir()
        shutil.copy(ROOT / "tests/run.sh", folder / "tests")
        for name in ("sh", "dirname"):
            (self.programs / name).symlink_to(str(shutil.which(name)))

    def add(self, name: str, script: str) -> None:
        """Put a program there that is a shell script."""
        path = self.programs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{self.programs / 'sh'}\n{script}\n")
        path.chmod(0o755)

    def run(self, *arguments: str, headers: str = "") -> subprocess.CompletedProcess[str]:
        """Run the script from another folder and return how it ended."""
        return subprocess.run(
            [self.programs / "sh", self.folder / "tests/run.sh", *arguments],
            cwd=self.programs,
            env={"PATH": str(self.programs), "CC": "compile", "HEADERS": headers},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_arguments_go_to_pytest(machine: Machine) -> None:
    machine.add("uv", UV)
    machine.add("compile", COMPILER)

    run = machine.run("-k", "two words", headers="<stdlib.h> <Python.h>")

    assert (run.returncode, run.stdout) == (
        0,
        "uv run --all-packages --group test pytest -n 2 --dist loadgroup -k two words\n",
    )


def test_a_missing_compiler_is_named(machine: Machine) -> None:
    machine.add("uv", UV)

    run = machine.run()

    assert run.returncode == 1
    assert run.stderr == "tests/run.sh: no C compiler works here (tried `compile`); install build-essential\n"


def test_missing_headers_are_named(machine: Machine) -> None:
    machine.add("uv", UV)
    machine.add("compile", COMPILER)

    run = machine.run(headers="<stdlib.h>")

    assert run.returncode == 1
    assert run.stderr.startswith("tests/run.sh: there is no Python.h in `")
    assert run.stderr.endswith("`; install python3-dev\n")


def test_no_compiler_is_needed_where_pycosat_is_installed(machine: Machine) -> None:
    machine.add("uv", UV)
    machine.add("../.venv/bin/python", "exit 0")

    assert machine.run().returncode == 0


def test_uv_is_installed_into_an_environment_of_its_own(machine: Machine) -> None:
    for name in ("chmod", "ln", "mkdir"):
        (machine.programs / name).symlink_to(str(shutil.which(name)))
    pip = (
        f"printf '%s\\n' '#!{machine.programs / 'sh'}' 'echo own uv \"$@\"' > .venv-uv/bin/uv; chmod +x .venv-uv/bin/uv"
    )
    machine.add("pip", pip)
    machine.add("python3", f"mkdir -p .venv-uv/bin; ln -s {machine.programs}/pip .venv-uv/bin/pip")
    machine.add("../.venv/bin/python", "exit 0")

    run = machine.run()

    assert (run.returncode, run.stdout) == (0, "own uv run --all-packages --group test pytest -n 2 --dist loadgroup\n")


def test_a_python_that_makes_no_environments_is_named(machine: Machine) -> None:
    machine.add("python3", "exit 1")

    run = machine.run()

    assert run.returncode == 1
    assert run.stderr.endswith("install python3-venv\n")
