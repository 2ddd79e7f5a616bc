"""What a command imports and opens, measured on wheels: budgets over bare Python, and nothing for what is not used."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from conda_kernel.hookspecs import POINTS
from conda_kernel.points import Hook
from conda_testing.channels import ChannelBuilder
from conda_testing.distributions import install

if TYPE_CHECKING:
    from pathlib import Path

    from wheel_environments import Environment

pytestmark = pytest.mark.xdist_group("wheels")

WATCHER = """
import atexit, os, sys
opened = []
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.append(os.fsdecode(arguments[0]))
sys.addaudithook(watch)
bare = set(sys.modules)
sys.argv = ["conda", *sys.argv[1:]]
from conda_cli.main import ended
from conda_kernel.terminal import Terminal
status = ended(sys.argv[1:], os.environ, Terminal.guarded())
with open(os.environ["WATCHED"], "w") as report:
    report.write("\\n".join(["modules", *sorted(set(sys.modules) - bare), "files", *sorted(opened)]))
os._exit(status)
"""
INDEXER = """
import os, sys
from conda_kernel.model.plugin import Selection
from conda_kernel.plugin_index import installed_plugins
installed_plugins(sys.path[1:], os.environ, Selection(), now=4e9)
"""
"""Saves the plugin index as if the folders on the path had settled long ago."""

BUDGETS = [
    (("--version",), 15, 0),
    (("--help",), 60, 0),
    (("no-such-command",), 60, 2),
    (("list", "-p", "PREFIX"), 95, 0),
]
SOLVING = 185
"""Modules over bare Python of a dry run that solves: a quarter of them are Python's own."""
CALLED = {
    "context_sources": "every command takes its settings from all of them",
}


def groups() -> list[str]:
    """Return a group of every point that a command can do without: hooks are keyed to what is not run."""
    return [
        f"{point.group}.no_such_key" if isinstance(point, Hook) and point.keyed else point.group
        for point in POINTS
        if point.name not in CALLED
    ]


def watched(
    standard: Environment, tmp_path: Path, *arguments: str, path: str = "", status: int = 0
) -> tuple[list[str], list[str]]:
    """Return the modules that a command imports over bare Python, and the files that it opens."""
    report = tmp_path / "report"
    variables = {"WATCHED": os.fspath(report), **({"PYTHONPATH": path} if path else {})}
    subprocess.run([standard.python, "-c", INDEXER], env=standard.environ(**variables), check=True)
    for _ in range(2):
        done = subprocess.run(
            [standard.python, "-c", WATCHER, *arguments],
            env=standard.environ(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
    modules, _, files = report.read_text().partition("\nfiles")
    return modules.splitlines()[1:], [re.sub(r"(?<=/running/)\d+$", "PID", file) for file in files.splitlines()[1:]]


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    """An environment without packages."""
    (tmp_path / "env" / "conda-meta").mkdir(parents=True)
    (tmp_path / "env" / "conda-meta" / "history").touch()
    return os.fspath(tmp_path / "env")


def named(arguments: tuple[str, ...], prefix: str) -> tuple[str, ...]:
    return tuple(prefix if word == "PREFIX" else word for word in arguments)


@pytest.mark.parametrize(("arguments", "budget", "status"), BUDGETS)
def test_a_command_keeps_to_its_budget(
    standard: Environment, tmp_path: Path, prefix: str, arguments: tuple[str, ...], budget: int, status: int
) -> None:
    modules, _ = watched(standard, tmp_path, *named(arguments, prefix), status=status)
    assert len(modules) <= budget, modules


def test_a_dry_run_keeps_to_its_budget_and_loads_neither_network_nor_codecs(
    standard: Environment, tmp_path: Path
) -> None:
    channel = ChannelBuilder(os.fspath(tmp_path / "channel"))
    channel.add("a", "1.0", depends=["b >=1"])
    channel.add("b", "2.0", noarch="generic")
    channel.write()
    options = ("-n", "new", "--dry-run", "--json", "--override-channels", "-c", f"file://{channel.folder}")
    modules, _ = watched(standard, tmp_path, "create", *options, "a")
    assert len(modules) <= SOLVING, modules
    needless = {"archspec.cpu", "ctypes", "msgspec", "pluggy", "requests", "shutil", "socket", "typing", "zstandard"}
    assert not (needless | {"argparse", "gettext", "locale"}).intersection(modules)


def test_list_imports_no_plugin_that_it_does_not_use(standard: Environment, tmp_path: Path, prefix: str) -> None:
    modules, _ = watched(standard, tmp_path, "list", "-p", prefix)
    ours = {module.partition(".")[0] for module in modules if module.startswith("conda_")}
    assert ours == {"conda_cli", "conda_kernel", "conda_settings", "conda_commands_listing", "conda_reporter_console"}


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_what_every_user_runs_imports_no_other_plugin(
    standard: Environment, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    modules, _ = watched(standard, tmp_path, *arguments)
    assert {module.partition(".")[0] for module in modules if module.startswith("conda_")} == {
        "conda_cli",
        "conda_kernel",
    }


@pytest.mark.parametrize(("arguments", "budget", "status"), BUDGETS)
def test_two_hundred_plugins_change_neither_modules_nor_opened_files(
    standard: Environment, tmp_path: Path, prefix: str, arguments: tuple[str, ...], budget: int, status: int
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    few = watched(standard, tmp_path, *named(arguments, prefix), path=os.fspath(site), status=status)
    for number in range(200):
        name = f"dummy{number}"
        modules = {name: '"""A dummy."""\nraise SystemExit("imported")\n'}
        points = {group: {name: f"{name}:Dummy"} for group in groups()}
        install(site, f"conda-{name}", modules=modules, entry_points=points)
    many = watched(standard, tmp_path, *named(arguments, prefix), path=os.fspath(site), status=status)
    assert many == few
