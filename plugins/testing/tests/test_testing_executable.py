"""The executable under test: started or forked, it is the same; its plugin index is there before it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conda_testing.distributions import install
from conda_testing.executable import Conda, save_plugin_index
from conda_testing.fork_server import ForkServer

pytestmark = pytest.mark.skipif(not ForkServer.is_possible, reason="processes cannot fork here")


def _environment(folder: Path) -> str:
    (folder / "conda-meta").mkdir(parents=True)
    (folder / "conda-meta" / "history").touch()
    return str(folder)


@pytest.mark.parametrize(
    "words", [("--version",), ("list", "-p", "PREFIX", "--json"), ("list", "-p", "nowhere"), ("x",)]
)
def test_a_forked_command_ends_as_a_started_one(
    tmp_path: Path, fork_server: ForkServer, words: tuple[str, ...]
) -> None:
    prefix = _environment(tmp_path / "env")
    command = [prefix if word == "PREFIX" else word for word in words]
    assert Conda(tmp_path, server=fork_server)(*command) == Conda(tmp_path)(*command)


def test_a_forked_command_has_its_own_variables_and_folder(
    tmp_path: Path, fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _environment(tmp_path / "env")
    monkeypatch.chdir(tmp_path)
    conda = Conda(tmp_path, server=fork_server, environ={"CONDA_JSON": "1"})
    assert conda("list", "-p", "env").json() == []
    del conda.environ["CONDA_JSON"]
    assert conda("list", "-p", "env").stdout.startswith(f"# packages in environment at {tmp_path}/env")


def test_a_forked_command_that_takes_too_long_is_killed(tmp_path: Path, fork_server: ForkServer) -> None:
    conda = Conda(tmp_path, server=fork_server)
    assert conda("--help", timeout=1e-5).status == -signal.SIGALRM
    assert conda("--help").status == 0


def test_a_server_does_not_know_what_a_test_installs(tmp_path: Path, fork_server: ForkServer) -> None:
    with pytest.raises(ValueError, match="nothing else"):
        Conda(tmp_path, path=(str(tmp_path),), server=fork_server)


def test_a_command_finds_the_plugin_index_that_was_saved_for_it(tmp_path: Path) -> None:
    points = {"conda.fast_subcommands": {"quick": "quick:Quick"}}
    source = """
    class Quick:
        def run(self, argv, environ):
            import sys
            return f"{sorted({'importlib_metadata'} & set(sys.modules))}\\n"
    """
    path = (install(tmp_path / "site", "conda-quick", modules={"quick": source}, entry_points=points),)
    conda = Conda(tmp_path, path=path)
    assert conda("quick").stdout == "[]\n"


def test_a_distribution_that_is_installed_later_is_seen(tmp_path: Path) -> None:
    site = str(tmp_path / "site")
    points = {"conda.subcommands": {"late": "late:Late"}}
    install(site, "conda-early")
    conda = Conda(tmp_path, path=(site,))
    assert "\n  late" not in conda("--help").stdout
    install(site, "conda-late", modules={"late": "class Late: ..."}, entry_points=points)
    assert "\n  late" in conda("--help").stdout


def test_a_process_that_was_not_started_by_the_executable_finds_the_index_too(tmp_path: Path) -> None:
    conda = Conda(tmp_path)
    save_plugin_index(conda.environ)
    words = [sys.executable, "-X", "importtime", conda.file, "--version"]
    done = subprocess.run(words, env=conda.environ, capture_output=True, text=True, check=True)
    assert "importlib_metadata" not in done.stderr
    assert len(os.listdir(tmp_path / ".cache" / "conda")) == 1
