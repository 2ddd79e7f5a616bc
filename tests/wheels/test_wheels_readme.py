"""What the README promises, run as it stands there, in fresh environments with no compiler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wheel_environments import CHANNEL, ROOT, made

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("wheels")

COMPILERS = ("cc", "gcc", "clang", "c99", "g++", "c++")
TOOLS = ("sh", "cat", "ls", "mkdir", "uname", "ldd", "dirname", "env")


def commands() -> list[str]:
    """Return the indented command lines of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^    (\S.*)$", text, flags=re.MULTILINE)


def path_without_compiler(folder: Path) -> str:
    """Return a `PATH` with Python and a shell, and no compiler."""
    folder.mkdir()
    os.symlink(getattr(sys, "_base_executable", sys.executable), folder / "python3")
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            os.symlink(found, folder / tool)
    assert not any(shutil.which(compiler, path=os.fspath(folder)) for compiler in COMPILERS)
    return os.fspath(folder)


def checkout(folder: Path) -> Path:
    """Copy what is committed or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("the files of the project are listed by git, and this is no git checkout")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if os.path.isfile(ROOT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def run_line(line: str, folder: Path, path: str, home: Path) -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "XDG_CACHE"))}
    kept.pop("UV_PROJECT_ENVIRONMENT", None)
    if "UV_CACHE_DIR" not in kept:
        kept["UV_CACHE_DIR"] = os.path.join(os.path.expanduser("~"), ".cache", "uv")
    return subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env={**kept, "HOME": os.fspath(home), "PATH": path, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_the_first_command_makes_an_environment_and_runs_a_program_out_of_it(tmp_path: Path) -> None:
    (line,) = [line for line in commands() if "uv run conda create" in line]
    folder = checkout(tmp_path / "checkout")
    done = run_line(line, folder, path_without_compiler(tmp_path / "path"), tmp_path / "home")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith(greeting())


def test_the_second_command_is_what_the_checks_call() -> None:
    (line,) = [line for line in commands() if line.startswith("sh tests/run.sh")]
    assert f"step tests {line}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_only_the_plugins_that_are_needed(tmp_path: Path, wheels: Path) -> None:
    """The wheels way: a folder of wheels and pip, in a fresh environment."""
    (line,) = [line for line in commands() if "--find-links" in line and "pip install" in line]
    distributions = re.findall(r"\bconda-[a-z-]+", line)
    venv, path = tmp_path / "venv", path_without_compiler(tmp_path / "path")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    command = [
        venv / "bin" / "pip",
        "install",
        "-q",
        "-c",
        ROOT / "constraints.txt",
        "--find-links",
        wheels,
        *distributions,
    ]
    done = subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    prefix = os.fspath(tmp_path / "env")
    words = ["create", "-y", "-p", prefix, "-c", os.fspath(CHANNEL), "hello"]
    made_env = subprocess.run(
        [venv / "bin" / "conda", *words],
        env={"HOME": os.fspath(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made_env.returncode == 0, made_env.stdout + made_env.stderr
    program = subprocess.run([os.path.join(prefix, "bin", "hello")], capture_output=True, text=True, check=True)
    assert program.stdout.strip() == greeting()


def test_plugins_of_third_parties_are_installed_and_run(tmp_path: Path, wheels: Path) -> None:
    examples = ROOT / "examples" / "plugins"
    modules = list(examples.glob("*/src/*.py"))
    assert len(modules) == 2
    for module in modules:
        assert len(module.read_text(encoding="utf-8").splitlines()) <= 30
    environment = made(tmp_path, wheels, "conda-standard", *(os.fspath(module.parents[1]) for module in modules))
    prefix = os.fspath(tmp_path / "env")
    done = environment.run("create", "-y", "-p", prefix, "-c", os.fspath(CHANNEL), "--solver", "small", "hello")
    assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run([os.path.join(prefix, "bin", "hello")], capture_output=True, check=True, text=True).stdout
    impossible = environment.run(
        "create", "-y", "-p", prefix + "2", "-c", os.fspath(CHANNEL), "--solver", "small", "impossible"
    )
    assert impossible.returncode == 4
    assert "impossible" in impossible.stderr
    weighed = environment.run("weight", "-p", prefix)
    assert weighed.returncode == 0, weighed.stderr
    assert "hello" in weighed.stdout
    assert "weight" in environment.run("--help").stdout


def test_uv_run_outside_any_environment_refuses_to_change_a_virtual_environment(tmp_path: Path, wheels: Path) -> None:
    environment = made(tmp_path, wheels, "conda-standard")
    before = sorted(os.listdir(environment.prefix))
    done = environment.run("install", "-y", "-c", os.fspath(CHANNEL), "hello")
    assert done.returncode == 1
    assert "no environment is active; name one with -n or -p" in done.stderr
    assert sorted(os.listdir(environment.prefix)) == before


def greeting() -> str:
    """Return what the sample program prints."""
    return "Good day, world!"
