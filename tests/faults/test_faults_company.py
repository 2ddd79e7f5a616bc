"""Many commands at the same time, on one cold cache and in one environment: all of them do what they were asked for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from conda_kernel.model.prefix import Prefix
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.packages import PLACEHOLDER, File
from conda_testing.server import ChannelServer
from faults_server import Fault, FaultServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")

SHARED = 5
"""How many packages every environment has."""


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def sizes(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Return how many commands run at once, and how often that is done."""
    return (24, 10) if request.config.getoption("--full") else (8, 2)


def make_channel(folder: Path, many: int) -> ChannelBuilder:
    """Make a channel of packages that all want, and of one for each command that changes the one environment."""
    channel = ChannelBuilder(str(folder))
    for number in range(SHARED):
        name = f"shared-{number}"
        files = {f"share/{name}/{each}": f"{name} {each}" * 50 for each in range(40)}
        script = File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER)
        suffix = ".tar.bz2" if number % 2 else ".conda"
        channel.add(name, "1", suffix=suffix, files={**files, f"bin/{name}": script})
    for number in range(many):
        channel.add(f"own-{number}", "1", depends=["shared-0"], files={f"share/own/{number}": str(number)})
    channel.write()
    return channel


@pytest.mark.parametrize("locks_fail", [False, True], ids=["with locks", "with locks that fail"])
def test_all_commands_succeed_or_wait(
    server: FaultServer, tmp_path: Path, sizes: tuple[int, int], *, locks_fail: bool
) -> None:
    many, rounds = sizes
    make_channel(tmp_path / "channel", many)
    for number in range(rounds):
        home = tmp_path / f"home-{number}"
        home.mkdir()
        with ChannelServer(str(tmp_path / "channel")) as channel:
            conda = Conda(home, environ={"CONDA_CHANNELS": channel.url, "CONDA_OFFLINE": "false"})
            one = str(home / "one")
            assert server.run(conda, "create", "-y", "-p", one).status == 0
            everything = [f"shared-{each}" for each in range(SHARED)]
            made = [str(home / f"env-{each}") for each in range(many)]
            creates = [(conda, ["create", "-y", "-p", prefix, *everything]) for prefix in made]
            installs = [(conda, ["install", "-y", "-p", one, f"own-{each}"]) for each in range(many)]
            log = str(home / "extracted")
            fault = Fault("", "company", at=int(locks_fail), log=log)

            ended = server.run_all([*creates, *installs], fault, timeout=300)

            assert [each for each in ended if each.status] == []
            for prefix in made:
                check(prefix, {f"shared-{each}" for each in range(SHARED)})
            check(one, {"shared-0", *(f"own-{each}" for each in range(many))})
            check_cache(home / ".conda" / "pkgs")
            if not locks_fail:
                archives = [f"shared-{each}-1-0" for each in range(SHARED)] + [
                    f"own-{each}-1-0" for each in range(many)
                ]
                fetched = Counter(
                    Path(request.path).name
                    for request in channel.requests
                    if request.path.endswith((".conda", ".tar.bz2"))
                )
                assert set(fetched.values()) == {1}
                assert len(fetched) == len(archives)
                assert sorted(Path(log).read_text(encoding="utf-8").split()) == sorted(archives)


def check(prefix: str, wanted: set[str]) -> None:
    """Check that an environment holds the packages, all their files, and a history that tells of them."""
    environment = Prefix(prefix)
    records = environment.records()
    assert {each.name for each in records} == wanted
    assert environment.problems() == ()
    assert environment.history().states()[-1] == {str(each.record) for each in records}
    owned = {path for each in records for path in each.files}
    there = {
        os.path.relpath(os.path.join(folder, name), prefix) for folder, _, files in os.walk(prefix) for name in files
    }
    assert {path for path in there if not path.startswith("conda-meta")} == owned
    kept = {path for path in there if path.startswith("conda-meta")}
    files = {f"conda-meta/{each.file_name}" for each in records}
    assert kept == files | {"conda-meta/history", "conda-meta/created_at"}


def check_cache(pkgs: Path) -> None:
    """Check that nothing was left behind that only work in progress needs."""
    assert sorted(str(path) for path in pkgs.glob(".*/*")) == []
    assert [str(path) for path in pkgs.glob("*.partial") if path.stat().st_size] == []


def test_cleaning_takes_nothing_from_commands_that_link_it(server: FaultServer, tmp_path: Path) -> None:
    channel = make_channel(tmp_path / "channel", 0)
    conda = Conda(tmp_path / "home", environ={"CONDA_CHANNELS": channel.url})
    everything = [f"shared-{each}" for each in range(SHARED)]
    made = [str(tmp_path / f"env-{each}") for each in range(6)]
    commands: list[tuple[Conda, list[str]]] = []
    for prefix in made:
        commands += [(conda, ["create", "-y", "-p", prefix, *everything]), (conda, ["clean", "-y", "--all"])]

    ended = server.run_all(commands)

    assert [each for each in ended if each.status] == []
    for prefix in made:
        check(prefix, set(everything))
    check_cache(tmp_path / "home" / ".conda" / "pkgs")
