"""Leaving one plugin out: what does not need it works, the rest names the distribution to install."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from conda_testing.server import ChannelServer
from wheel_environments import CHANNEL, ROOT, STANDARD, made
from workspace import read_pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wheel_environments import Environment

pytestmark = pytest.mark.xdist_group("wheels")

CHANGE = {
    "conda-commands-environments",
    "conda-planner",
    "conda-channels",
    "conda-fetch",
    "conda-package-cache",
    "conda-linking",
    "conda-reporter-console",
    "conda-solver-lazy",
}
REMOVE = CHANGE - {"conda-channels"}
COMMANDS: dict[tuple[str, ...], set[str]] = {
    ("--version",): set(),
    ("--help",): set(),
    ("list", "-p", "ENV"): {"conda-commands-listing", "conda-reporter-console"},
    ("list", "-p", "ENV", "--json"): {"conda-commands-listing", "conda-reporter-json"},
    ("compare", "-p", "ENV", "ENV"): {"conda-commands-listing", "conda-reporter-console"},
    ("package", "-p", "ENV", "--untracked"): {"conda-commands-cache", "conda-reporter-console"},
    ("env", "list"): {"conda-commands-info", "conda-reporter-console"},
    ("clean", "--all", "--dry-run"): {"conda-commands-cache", "conda-package-cache", "conda-reporter-console"},
    ("doctor", "-p", "ENV", "missing-files"): {"conda-doctor", "conda-reporter-console"},
    ("info",): {"conda-commands-info", "conda-reporter-console"},
    ("search", "-c", "CHANNEL", "hello"): {
        "conda-commands-search",
        "conda-channels",
        "conda-reporter-console",
    },
    ("notices", "-c", "CHANNEL"): {"conda-notices", "conda-fetch", "conda-reporter-console"},
    ("completion", "bash"): {"conda-commands-completion", "conda-reporter-console"},
    ("plugins", "list"): {"conda-commands-plugins", "conda-reporter-console"},
    ("config", "--show", "channels"): {"conda-commands-config", "conda-reporter-console"},
    ("create", "-y", "-p", "NEW", "-c", "CHANNEL", "hello"): CHANGE,
    ("create", "-y", "-p", "NEW", "-c", "URL", "hello"): CHANGE | {"conda-fetch-http"},
    ("create", "-p", "NEW", "-c", "CHANNEL", "hello", "--dry-run", "--json"): (
        CHANGE - {"conda-reporter-console", "conda-package-cache", "conda-linking", "conda-fetch"}
    )
    | {"conda-reporter-json"},
    ("create", "-y", "-p", "NEW", "-c", "CHANNEL", "hello", "--solver", "classic"): (CHANGE - {"conda-solver-lazy"})
    | {"conda-solver-classic"},
    ("create", "-y", "-p", "NEW", "-c", "CHANNEL", "hello", "--solver", "rattler"): (CHANGE - {"conda-solver-lazy"})
    | {"conda-solver-rattler"},
    ("install", "-y", "-p", "ENV", "-c", "CHANNEL", "hello"): CHANGE,
    ("why-not", "hello", "-p", "ENV", "-c", "CHANNEL"): (
        CHANGE - {"conda-commands-environments", "conda-package-cache", "conda-linking", "conda-fetch"}
    )
    | {"conda-commands-explanations"},
}
"""What each command needs; a channel in a folder is read without `conda-fetch`, its packages are not.

`conda-cli` and `conda-kernel` are left out: without them there is no `conda`.
"""

UNNEEDED = {
    "conda-auth-basic",
    "conda-auth-token",
    "conda-settings",
    "conda-virtual-packages-cuda",
}
"""What none of these commands needs."""

PLUGINS = sorted(set().union(*COMMANDS.values()) | UNNEEDED)


@pytest.fixture(scope="module")
def server() -> Iterator[ChannelServer]:
    with ChannelServer(os.fspath(CHANNEL)) as running:
        yield running


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Environment:
    """An environment of its own: plugins are taken out of it and put back."""
    return made(tmp_path_factory.mktemp("without"), wheels, STANDARD, "conda-solver-classic", "conda-solver-rattler")


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_is_missed_by_what_needs_it_alone(
    environment: Environment, tmp_path: Path, server: ChannelServer, plugin: str
) -> None:
    existing = tmp_path / "env"
    made_first = environment.run("create", "-y", "-p", os.fspath(existing), "-c", os.fspath(CHANNEL))
    assert made_first.returncode == 0, made_first.stderr
    emptied = environment.run("clean", "-y", "--all", "--force-pkgs-dirs")
    assert emptied.returncode == 0, emptied.stderr
    environment.uninstall(plugin)
    try:
        wrong = [
            problem
            for number, (command, needed) in enumerate(COMMANDS.items())
            if (
                problem := problem_of(
                    environment, plugin, needed, named(command, existing, tmp_path / f"new{number}", server.url)
                )
            )
        ]
    finally:
        environment.install(plugin)
    assert not wrong


def named(command: tuple[str, ...], existing: Path, new: Path, url: str) -> tuple[str, ...]:
    places = {"ENV": os.fspath(existing), "NEW": os.fspath(new), "CHANNEL": os.fspath(CHANNEL), "URL": url}
    return tuple(places.get(word, word) for word in command)


def problem_of(environment: Environment, plugin: str, needed: set[str], command: tuple[str, ...]) -> str | None:
    """Return what is wrong with how the command takes the absence, or `None`."""
    done = environment.run(*command)
    told = done.stdout + done.stderr
    if plugin not in needed:
        return None if done.returncode == 0 else f"{command} does not need {plugin}: {told}"
    if done.returncode == 0:
        return f"{command} works without {plugin}: {told}"
    return None if f"install {plugin}" in told else f"{command} does not say `install {plugin}`: {told}"


def bundled() -> list[str]:
    """Return the names of the distributions that the bundle requires."""
    return [requirement.split(">=")[0] for requirement in read_pyproject(ROOT)["project"]["dependencies"]]


def test_every_plugin_of_the_bundle_stands_in_the_table() -> None:
    known = {*PLUGINS, "conda-cli", "conda-kernel", "conda-virtual-packages"}
    assert set(bundled()) - known == set()
