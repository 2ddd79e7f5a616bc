"""`conda create --clone` and `conda rename` in a real process."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from conda_commands_environments.copying import with_prefix
from conda_kernel.model.prefix import Prefix
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer
from conda_testing.packages import PLACEHOLDER, Entry, File


class House:
    """An environment `x` with packages, wishes, pins, variables, and files that no package owns."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        files: dict[str, Entry] = {"bin/word": File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER)}
        builder.add("word", "1.0", subdir="noarch", files=files)
        builder.add("word", "2.0", subdir="noarch", files=files)
        builder.add("speech", "1.0", depends=["word"], subdir="noarch", files={"share/speech": "speech\n"})
        self.channel = builder.write()
        self.conda = Conda(self.home, environ={"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1"}, server=server)
        self.envs = self.home / ".conda" / "envs"
        self.x = self.envs / "x"
        self.run("create", "-n", "x", "speech", "word=1")
        (self.x / "conda-meta" / "pinned").write_text("word <3\n", encoding="utf-8")
        (self.x / "conda-meta" / "state").write_text('{"env_vars": {"A": "1"}}', encoding="utf-8")
        (self.x / "etc").mkdir()
        (self.x / "etc" / "own").write_text(f"{self.x}/bin:{self.x}3/bin\n", encoding="utf-8")
        (self.x / "etc" / "binary").write_bytes(b"\xff" + os.fsencode(self.x))
        (self.x / "inside").symlink_to(self.x / "etc" / "own")
        (self.x / "relative").symlink_to("etc/own")
        (self.x / "bin" / "tool").write_text(f"#!{self.x}/bin/sh\n", encoding="utf-8")
        (self.x / "bin" / "tool").chmod(0o755)

    def run(self, *words: str, status: int = 0, yes: bool = True) -> Ended:
        ended = self.conda(*words, *(("-y",) if yes else ()))
        assert ended.status == status, ended.stdout + ended.stderr
        return ended

    def registry(self) -> list[str]:
        return (self.home / ".conda" / "environments.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def installed(prefix: Path) -> list[str]:
    return sorted(file.stem for file in (prefix / "conda-meta").glob("*.json"))


def check_like_the_source(prefix: Path) -> None:
    """Check that an environment is what `x` of a house was."""
    assert installed(prefix) == ["speech-1.0-0", "word-1.0-0"]
    assert (prefix / "bin" / "word").read_text(encoding="utf-8") == f"#!{prefix}/bin/sh\n"
    assert (prefix / "etc" / "own").read_text(encoding="utf-8").startswith(f"{prefix}/bin:")
    assert (prefix / "inside").readlink() == prefix / "etc" / "own"
    assert (prefix / "relative").readlink() == Path("etc/own")
    assert (prefix / "bin" / "tool").stat().st_mode & 0o777 == 0o755
    assert (prefix / "conda-meta" / "pinned").read_text(encoding="utf-8") == "word <3\n"
    assert "env_vars" in (prefix / "conda-meta" / "state").read_text(encoding="utf-8")
    requested = Prefix(str(prefix)).history().requested()
    assert {name: str(spec) for name, spec in requested.items()} == {"speech": "speech", "word": "word=1"}


def test_a_clone_has_packages_wishes_and_files_of_its_source(house: House) -> None:
    ended = house.run("create", "-n", "y", "--clone", "x", "--json")
    document = ended.json()
    assert isinstance(document, dict)
    assert document["src_prefix"] == str(house.x)
    assert document["dst_prefix"] == str(house.envs / "y")
    assert "etc/own" in document["untracked_files"]
    check_like_the_source(house.envs / "y")
    own = (house.envs / "y" / "etc" / "own").read_text(encoding="utf-8")
    assert own == f"{house.envs}/y/bin:{house.x}3/bin\n"
    assert (house.envs / "y" / "etc" / "binary").read_bytes() == b"\xff" + os.fsencode(house.x)
    check_like_the_source(house.x)
    assert str(house.envs / "y") in house.registry()


def test_a_clone_can_be_updated_as_its_source_can(house: House) -> None:
    house.run("create", "-n", "y", "--clone", str(house.x))
    house.run("install", "-n", "y", "word=2")
    assert installed(house.envs / "y") == ["speech-1.0-0", "word-2.0-0"]


def test_a_clone_needs_no_channel_when_its_packages_are_kept(house: House) -> None:
    shutil.rmtree(house.home.parent / "channel")
    shutil.rmtree(house.home / ".conda" / "pkgs" / "cache")
    house.run("create", "-n", "y", "--clone", "x")
    check_like_the_source(house.envs / "y")


def test_a_package_without_a_url_is_looked_up(house: House) -> None:
    file = house.x / "conda-meta" / "word-1.0-0.json"
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    document.pop("url")
    file.write_text(json.dumps(document), encoding="utf-8")
    house.run("create", "-n", "y", "--clone", "x")
    assert installed(house.envs / "y") == ["speech-1.0-0", "word-1.0-0"]


def test_what_cannot_be_cloned_is_refused_before_anything_is_made(house: House) -> None:
    assert "not an environment" in house.run("create", "-n", "y", "--clone", "nothing", status=1).stderr
    house.run("create", "-n", "y", "--clone", "x", "word", status=2)
    inner = str(house.x / "a" / "b")
    assert "lie in each other" in house.run("create", "-p", inner, "--clone", "x", status=1).stderr
    assert not (house.envs / "y").exists()


def test_a_clone_takes_the_place_of_another_environment_whole_or_not_at_all(house: House) -> None:
    house.run("create", "-n", "y", "speech", "word=2")
    house.run("create", "-n", "y", "--clone", "x")
    check_like_the_source(house.envs / "y")


def test_a_clone_that_is_killed_while_files_are_copied_is_undone(house: House) -> None:
    assert broken_off(house, "os._exit(9)", "create", "-n", "y", "--clone", "x").status == 9
    assert (house.envs / "y" / "etc" / "own").exists()
    ended = house.conda("doctor", "-n", "y", "--fix", "-y", "unfinished-change")
    assert not (house.envs / "y").exists(), ended.stderr
    house.run("create", "-n", "y", "--clone", "x")
    check_like_the_source(house.envs / "y")


@pytest.mark.skipif(os.name == "nt", reason="a process of Windows cannot be sent Ctrl-C alone")
def test_a_clone_that_is_interrupted_leaves_nothing(house: House) -> None:
    ended = broken_off(house, "os.kill(os.getpid(), signal.SIGINT)", "create", "-n", "y", "--clone", "x")
    assert ended.status == 130
    assert os.listdir(house.envs) == ["x"]
    check_like_the_source(house.x)
    assert house.registry() == [str(house.x)]


def test_a_disk_that_is_full_while_files_are_copied_leaves_nothing(house: House) -> None:
    ended = broken_off(house, "raise OSError(errno.ENOSPC, 'No space left on device')", "rename", "-n", "x", "y")
    assert ended.status == 1
    assert "No space left" in ended.stderr
    assert os.listdir(house.envs) == ["x"]
    check_like_the_source(house.x)


def test_an_environment_that_is_changed_while_it_is_renamed_is_not_lost(house: House) -> None:
    happens = f"open('{house.x}/conda-meta/history', 'a').close(); os.utime('{house.x}/conda-meta/history', (1, 1))"
    ended = broken_off(house, happens, "rename", "-n", "x", "y")
    assert ended.status == 1
    assert "changed meanwhile" in ended.stderr
    check_like_the_source(house.x)
    check_like_the_source(house.envs / "y")


def broken_off(house: House, what: str, *words: str) -> Ended:
    """Make `y` of `x` in a process to which something happens while a link that no package owns is copied."""
    hook = house.home / "dying"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import errno, os, signal, sys\n"
        "def die(event, arguments):\n"
        "    if event == 'os.symlink' and str(arguments[1]).endswith('/y/inside'):\n"
        f"        {what}\n"
        "sys.addaudithook(die)\n",
        encoding="utf-8",
    )
    conda = Conda(house.home, environ={**house.conda.environ, "PYTHONPATH": str(hook)})
    return conda(*words, "-y")


@pytest.mark.parametrize("destination", ["y", "path"])
def test_a_renamed_environment_is_whole_at_its_new_place_alone(house: House, destination: str) -> None:
    target = house.envs / "y" if destination == "y" else house.home / "else" / "where"
    house.run("rename", "-n", "x", "y" if destination == "y" else str(target))
    check_like_the_source(target)
    assert not house.x.exists()
    assert house.registry() == [str(target)]


def test_a_rename_onto_an_environment_needs_consent(house: House) -> None:
    house.run("create", "-n", "y", "word=2")
    assert "--yes" in house.run("rename", "-n", "x", "y", status=1, yes=False).stderr
    assert installed(house.envs / "y") == ["word-2.0-0"]
    house.run("rename", "-n", "x", "y")
    check_like_the_source(house.envs / "y")


def test_a_rename_that_fails_leaves_both_as_they_were(house: House) -> None:
    house.run("create", "-n", "y", "word=2")
    shutil.rmtree(house.home.parent / "channel")
    shutil.rmtree(house.home / ".conda" / "pkgs")
    house.run("rename", "-n", "x", "y", status=5)
    check_like_the_source(house.x)
    assert installed(house.envs / "y") == ["word-2.0-0"]
    assert sorted(os.listdir(house.envs)) == ["x", "y"]


def test_a_dry_rename_tells_its_steps(house: House) -> None:
    ended = house.run("rename", "-n", "x", "y", "--dry-run")
    assert f"Dry run action: clone {house.x},{house.envs / 'y'}" in ended.stdout
    assert f"Dry run action: rm_rf {house.x}" in ended.stdout
    assert house.x.exists()
    assert not (house.envs / "y").exists()


def test_the_active_and_the_frozen_environment_are_not_renamed(house: House) -> None:
    active = Conda(house.home, environ={**house.conda.environ, "CONDA_PREFIX": str(house.x)})
    assert "deactivate" in active("rename", "y").stderr
    (house.x / "conda-meta" / "frozen").touch()
    house.run("rename", "-n", "x", "y", status=1)
    assert house.x.exists()
    house.run("rename", "-n", "x", "y", "--override-frozen")


@pytest.mark.parametrize(("name", "status"), [("base", 1), ("a b", 2), ("a:b", 2), ("nothing", 1)])
def test_names_that_cannot_be_are_refused(house: House, name: str, status: int) -> None:
    words = ("rename", "-n", "nothing", "y") if name == "nothing" else ("rename", "-n", "x", name)
    house.run(*words, status=status)
    assert house.x.exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"/e/py/bin", b"/new/bin"),
        (b"/e/py3/bin", b"/e/py3/bin"),
        (b"/e/py-old", b"/e/py-old"),
        (b"/x/e/py", b"/x/e/py"),
        (b"a=/e/py:/e/py/lib", b"a=/new:/new/lib"),
        (b"'/e/py'", b"'/new'"),
        (b"/e/py\n", b"/new\n"),
        (b"/e/py", b"/new"),
    ],
)
def test_a_prefix_is_replaced_where_it_is_no_part_of_a_longer_name(content: bytes, expected: bytes) -> None:
    assert with_prefix(content, "/e/py", "/new") == expected
