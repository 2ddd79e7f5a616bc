"""Command lines are completed, in real shells."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from conda_testing.distributions import install
from conda_testing.executable import Conda

if TYPE_CHECKING:
    from pathlib import Path

    from conda_testing.fork_server import ForkServer


@pytest.fixture
def conda(tmp_path: Path, fork_server: ForkServer | None) -> Conda:
    return Conda(tmp_path, server=fork_server)


def completed(conda: Conda, *words: str, asked_by: str = "bash") -> list[str]:
    """Return how a command line may go on, its last word having begun."""
    done = conda("__complete", asked_by, *words)
    assert (done.status, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_names_of_commands_are_completed(conda: Conda) -> None:
    assert completed(conda, "inst") == ["install"]
    assert {"create", "list", "remove"} <= set(completed(conda, ""))
    assert completed(conda, "--json", "inst") == ["install"]
    assert completed(conda, "nothing-begins-so") == []


def test_summaries_stand_behind_a_tab(conda: Conda) -> None:
    assert completed(conda, "inst", asked_by="fish") == ["install\tInstalls packages into an environment."]


def test_options_before_the_command_are_completed(conda: Conda) -> None:
    assert completed(conda, "--ver") == ["--version"]


def test_options_of_a_command_are_completed(conda: Conda) -> None:
    assert completed(conda, "create", "--over") == ["--override-channels"]
    assert "--json" in completed(conda, "list", "--")


def test_options_that_no_help_shows_are_not_completed(conda: Conda) -> None:
    assert completed(conda, "create", "--exclude") == ["--exclude-newer"]
    assert completed(conda, "create", "--short") == ["--shortcuts-only"]
    assert completed(conda, "create", "--clo") == ["--clobber", "--clone"]
    assert completed(conda, "create", "--experimental") == []


def test_names_of_plugins_are_completed(conda: Conda) -> None:
    assert completed(conda, "install", "numpy", "--solver", "la") == ["lazy"]
    assert completed(conda, "list", "--console", "") == ["console", "json"]


def test_choices_are_completed(conda: Conda) -> None:
    assert completed(conda, "search", "--platform", "linux-a") == ["linux-aarch64", "linux-armv6l", "linux-armv7l"]
    assert completed(conda, "completion", "") == ["bash", "fish", "zsh"]
    assert completed(conda, "completion", "z") == ["zsh"]


def test_names_of_environments_are_completed(conda: Conda, tmp_path: Path) -> None:
    for name in ("science", "web"):
        (tmp_path / ".conda" / "envs" / name / "conda-meta").mkdir(parents=True)
    (tmp_path / ".conda" / "envs" / "no-environment").mkdir()
    assert completed(conda, "list", "-n", "") == ["base", "science", "web"]
    assert completed(conda, "install", "numpy", "--name", "sc") == ["science"]


def test_names_of_two_words_are_completed_word_by_word(tmp_path: Path) -> None:
    modules = {
        "pets": '"""Feeds pets."""\n\n\nclass Feed:\n    @staticmethod\n    def add_arguments(parser):\n        pass\n'
    }
    entry_points = {"conda.subcommands": {"pet feed": "pets:Feed", "pet wash": "pets:Feed"}}
    install(os.fspath(tmp_path / "site"), "conda-pets", modules=modules, entry_points=entry_points)
    conda = Conda(tmp_path, path=(os.fspath(tmp_path / "site"),))
    assert completed(conda, "pe") == ["pet"]
    assert completed(conda, "pet", "") == ["feed", "wash"]
    assert "--json" in completed(conda, "pet", "feed", "--")


def test_a_broken_command_has_no_options_and_harms_no_other(tmp_path: Path) -> None:
    entry_points = {"conda.subcommands": {"broken": "broken:Broken"}}
    modules = {"broken": "raise RuntimeError('it is broken')\n"}
    install(os.fspath(tmp_path / "site"), "conda-broken", modules=modules, entry_points=entry_points)
    conda = Conda(tmp_path, path=(os.fspath(tmp_path / "site"),))
    assert conda("__complete", "bash", "broken", "--").stdout == ""
    assert completed(conda, "brok") == ["broken"]


def test_all_commands_are_listed(conda: Conda) -> None:
    names = conda("commands").stdout.splitlines()
    assert names == sorted(names)
    assert {"completion", "create", "list"} <= set(names)
    assert json.loads(conda("commands", "--json").stdout) == names


def test_a_shell_that_nobody_knows_is_refused(conda: Conda) -> None:
    assert conda("completion", "csh").status == 2
    document = conda("completion", "fish", "--json").json()
    assert isinstance(document, dict)
    assert document["shell"] == "fish"


def ran(conda: Conda, shell: str, *words: str) -> str:
    """Run a real shell that has `conda` on its path, and return what it prints."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    environ = {**conda.environ, "PATH": os.path.dirname(conda.file) + os.pathsep + conda.environ["PATH"]}
    done = subprocess.run([program, *words], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_bash_completes(conda: Conda) -> None:
    told = 'eval "$(conda completion bash)"; COMP_WORDS=(conda list --exp); COMP_CWORD=2; _conda_complete;'
    assert ran(conda, "bash", "-c", told + ' printf "%s\\n" "${COMPREPLY[@]}"') == "--explicit\n--export\n"


def test_fish_completes(conda: Conda) -> None:
    told = (
        "mkdir -p ~/.config/fish/completions; conda completion fish > ~/.config/fish/completions/conda.fish; "
        "complete -C 'conda inst'"
    )
    assert ran(conda, "fish", "-c", told) == "install\tInstalls packages into an environment.\n"


def test_zsh_takes_its_code(conda: Conda) -> None:
    told = (
        'autoload -Uz compinit; compinit -u; eval "$(conda completion zsh)"; print $_comps[conda]; '
        "words=(conda inst); CURRENT=2; _describe() { print -l -- ${(P)2} }; _conda_complete"
    )
    assert ran(conda, "zsh", "-f", "-c", told) == ("_conda_complete\ninstall:Installs packages into an environment.\n")
