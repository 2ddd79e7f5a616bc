"""`conda update` in a real process: what moves, what stays, and what it does not take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer


class House:
    """An environment with old packages, and a channel that has newer ones."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        home = folder / "home"
        home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        for version in ("1.0", "2.0"):
            for name in ("ink", "word"):
                builder.add(name, version, subdir="noarch")
            builder.add("speech", version, depends=["word >=1"], subdir="noarch")
        self.conda = Conda(home, environ={"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1"}, server=server)
        self.prefix = home / ".conda" / "envs" / "x"
        self.run("create", "-n", "x", "speech=1", "word=1", "ink=1", "-y")
        self.run("remove", "-n", "x", "ink", "-y")
        self.run("install", "-n", "x", "ink=1", "-y")

    def run(self, *words: str, status: int = 0) -> Ended:
        ended = self.conda(*words)
        assert ended.status == status, ended.stderr
        return ended

    def document(self, *words: str, status: int = 0) -> dict[str, Any]:
        found = self.run(*words, "--json", status=status).json()
        assert isinstance(found, dict)
        return found

    def installed(self) -> list[str]:
        return sorted(file.stem for file in (self.prefix / "conda-meta").glob("*.json"))


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_what_is_named_moves_and_the_rest_stays(house: House) -> None:
    house.run("update", "-n", "x", "speech", "-y")
    assert house.installed() == ["ink-1.0-0", "speech-2.0-0", "word-1.0-0"]
    history = (house.prefix / "conda-meta" / "history").read_text(encoding="utf-8")
    assert "# cmd: conda update -n x speech" in history


def test_all_moves_everything_whatever_version_was_asked_for_before(house: House) -> None:
    house.run("update", "-n", "x", "--all", "-y")
    assert house.installed() == ["ink-2.0-0", "speech-2.0-0", "word-2.0-0"]


def test_with_dependencies_what_is_needed_moves_too(house: House) -> None:
    house.run("update", "-n", "x", "speech", "--update-deps", "-y")
    assert house.installed() == ["ink-1.0-0", "speech-2.0-0", "word-2.0-0"]


def test_upgrade_is_another_name_and_a_pin_holds(house: House) -> None:
    (house.prefix / "conda-meta" / "pinned").write_text("word 1.*\n", encoding="utf-8")
    house.run("upgrade", "-n", "x", "--all", "-y")
    assert house.installed() == ["ink-2.0-0", "speech-2.0-0", "word-1.0-0"]
    house.run("upgrade", "-n", "x", "--all", "--no-pin", "-y")
    assert house.installed() == ["ink-2.0-0", "speech-2.0-0", "word-2.0-0"]


def test_what_is_up_to_date_needs_nothing(house: House) -> None:
    house.run("update", "-n", "x", "--all", "-y")
    assert "already installed" in house.run("update", "-n", "x", "speech").stdout


@pytest.mark.parametrize(
    ("words", "name", "status", "told"),
    [
        (["speech=2"], "CondaUpdatePackageError", 1, "takes names alone"),
        (["speech>=1"], "CondaUpdatePackageError", 1, "conda install"),
        (["chan::speech"], "CondaUpdatePackageError", 1, "takes names alone"),
        (["spe*"], "CondaUpdatePackageError", 1, "takes names alone"),
        (["nothing", "speech", "nobody"], "PackageNotInstalledError", 4, "does not have `nothing`, `nobody`"),
        ([], "CondaValueError", 1, "--all"),
    ],
)
def test_what_cannot_be_updated_is_refused(house: House, words: list[str], name: str, status: int, told: str) -> None:
    before = house.installed()
    ended = house.run("update", "-n", "x", *words, "-y", status=status)
    assert told in ended.stderr
    assert house.document("update", "-n", "x", *words, status=status)["exception_name"] == name
    assert house.installed() == before


@pytest.mark.parametrize("command", ["update", "upgrade"])
def test_a_frozen_environment_is_left_alone(house: House, command: str) -> None:
    (house.prefix / "conda-meta" / "frozen").write_text('{"message": "keep off"}', encoding="utf-8")
    assert "keep off" in house.run(command, "-n", "x", "speech", "-y", status=1).stderr
    assert house.installed() == ["ink-1.0-0", "speech-1.0-0", "word-1.0-0"]
    house.run(command, "-n", "x", "speech", "-y", "--override-frozen")
    assert "speech-2.0-0" in house.installed()


def test_the_help_says_what_is_the_default(house: House) -> None:
    assert "change what has to change (the default)" in " ".join(house.run("update", "--help").stdout.split())
    told = " ".join(house.run("install", "--help").stdout.split())
    assert "change nothing else, if that is possible (the default)" in told
