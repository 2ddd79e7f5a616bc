"""`conda clean` in a real process, on caches that real commands have filled."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer


class House:
    """An executable, a channel, an environment with `speech` and `word`, and a cache that also has `alone`."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        builder.add("word", "1.0", subdir="noarch", files={"share/word": "word\n"})
        builder.add("speech", "1.0", depends=["word"], subdir="noarch", files={"share/speech": "speech\n"})
        builder.add("alone", "1.0", subdir="noarch", files={"share/alone": "a" * 1000})
        self.channel = builder.write()
        self.pkgs = self.home / "pkgs"
        environ = {"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1", "CONDA_PKGS_DIRS": str(self.pkgs)}
        self.conda = Conda(self.home, environ=environ, server=server)
        self.prefix = folder / "elsewhere" / "x"
        for words in (("create", "-p", str(self.prefix), "speech"), ("create", "-n", "y", "alone")):
            assert self.conda(*words, "-y").status == 0
        assert self.conda("remove", "-n", "y", "--all", "-y").status == 0

    def clean(self, *words: str, stdin: str | None = None, status: int = 0) -> Ended:
        ended = self.conda("clean", *words, stdin=stdin)
        assert ended.status == status, ended.stdout + ended.stderr
        return ended

    def document(self, *words: str, status: int = 0) -> dict[str, Any]:
        document = self.clean("--json", *words, status=status).json()
        assert isinstance(document, dict)
        assert document["success"] is (status == 0)
        return document

    def tree(self) -> list[str]:
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))

    def kept(self) -> list[str]:
        """Return the packages and archives in the cache."""
        return sorted(name for name in os.listdir(self.pkgs) if name.split("-")[0] in ("alone", "speech", "word"))


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_packages_go_that_no_environment_has_wherever_that_lies(house: House) -> None:
    document = house.document("--packages", "--dry-run")
    assert document["packages"]["pkgs_dirs"] == {str(house.pkgs): ["alone-1.0-0"]}
    assert (
        document["packages"]["total_size"] == document["packages"]["pkg_sizes"][str(house.pkgs)]["alone-1.0-0"] > 1000
    )
    assert "speech-1.0-0" in house.kept()

    house.clean("--packages", "-y")
    folders = [name for name in house.kept() if not name.endswith(".conda")]
    assert folders == ["speech-1.0-0", "word-1.0-0"]


def test_links_do_not_count(house: House, tmp_path: Path) -> None:
    """An environment of copies uses its packages too; a link from somewhere else is no use."""
    assert house.conda("create", "-n", "copied", "alone", "--copy", "-y").status == 0
    assert house.document("--packages", "--dry-run")["packages"]["pkgs_dirs"] == {}
    assert house.conda("remove", "-n", "copied", "--all", "-y").status == 0
    os.link(house.pkgs / "alone-1.0-0" / "share" / "alone", tmp_path / "linked")
    assert house.document("--packages", "--dry-run")["packages"]["total_size"] > 0


def test_a_package_of_the_same_name_from_another_channel_is_another(house: House, tmp_path: Path) -> None:
    other = ChannelBuilder(str(tmp_path / "other"))
    other.add("word", "1.0", subdir="noarch", files={"share/word": "another word\n"})
    assert house.conda("create", "-n", "z", "-O", "-c", other.write(), "word", "-y").status == 0
    house.clean("--packages", "-y")
    assert (house.pkgs / "word-1.0-0" / "share" / "word").read_text(encoding="utf-8") == "another word\n"

    assert house.conda("remove", "-n", "z", "--all", "-y").status == 0
    document = house.document("--packages", "-y")

    assert document["packages"]["pkgs_dirs"] == {str(house.pkgs): ["word-1.0-0"]}
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_what_an_environment_has_whose_records_cannot_be_read_stays(house: House) -> None:
    house.clean("--packages", "-y")
    before = house.kept()
    (house.prefix / "conda-meta" / "word-1.0-0.json").write_text("{", encoding="utf-8")

    house.clean("--packages", "-y")

    assert house.kept() == before


def test_archives_go_and_packages_stay_usable(house: House) -> None:
    house.clean("--tarballs", "-y")
    assert house.kept() == ["alone-1.0-0", "speech-1.0-0", "word-1.0-0"]
    shutil.rmtree(house.home.parent / "channel")
    house.clean("--index-cache", "--dry-run")
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_a_dry_run_tells_sizes_and_removes_nothing(house: House) -> None:
    before = house.tree()
    ended = house.clean("--all", "--dry-run", "-v", "-y")
    assert "alone-1.0-0" in ended.stdout
    assert "kB" in ended.stdout
    assert house.tree() == before
    document = house.document("--all", "--dry-run")
    assert document["dry_run"] is True
    assert document.keys() >= {"index_cache", "tarballs", "packages", "tempfiles", "logfiles"}
    assert len(document["tarballs"]["pkgs_dirs"][str(house.pkgs)]) == 3


def test_all_leaves_what_is_used_and_what_can_be_used_again(house: House) -> None:
    (house.pkgs / ".logs").mkdir()
    document = house.document("--all", "-y")
    assert document["logfiles"] == [str(house.pkgs / ".logs")]
    assert document["index_cache"]["files"] == [str(house.pkgs / "cache")]
    assert house.kept() == ["speech-1.0-0", "word-1.0-0"]
    assert not (house.pkgs / "cache").exists()
    assert house.conda("create", "-n", "z", "alone", "-y").status == 0


def test_temporary_files_go_but_for_those_of_packages(house: House) -> None:
    waiting = house.prefix / "lib" / "old.so.c~"
    waiting.parent.mkdir()
    waiting.write_text("old", encoding="utf-8")
    (house.prefix / ".trash").mkdir()
    document = house.document("--tempfiles", "-y")
    assert sorted(document["tempfiles"]) == [str(house.prefix / ".trash"), str(waiting)]
    assert not waiting.exists()
    waiting.write_text("old", encoding="utf-8")
    assert house.document("--tempfiles", str(house.home), "--dry-run")["tempfiles"] == []
    assert house.document("--tempfiles", str(house.prefix), "--dry-run")["tempfiles"] == [str(waiting)]


@pytest.mark.parametrize("stdin", ["n\n", ""])
def test_no_ends_the_command_before_the_next_kind(house: House, stdin: str) -> None:
    before = house.kept()
    house.clean("--tarballs", "--packages", stdin=stdin, status=1)
    assert house.kept() == before


def test_whole_caches_go_by_force_after_a_question_whose_default_is_no(house: House) -> None:
    house.clean("--force-pkgs-dirs", stdin="\n", status=1)
    house.clean("--force-pkgs-dirs", "--json", status=1)
    assert house.kept()
    assert house.document("--force-pkgs-dirs", "--all", "-y")["pkgs_dirs"] == [str(house.pkgs)]
    assert not house.pkgs.exists()
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_nothing_chosen_is_a_usage_error(house: House) -> None:
    assert "--all" in house.clean(status=2).stderr


def test_an_empty_cache_is_cleaned_too(tmp_path: Path, fork_server: ForkServer | None) -> None:
    conda = Conda(tmp_path, environ={"CONDA_PKGS_DIRS": str(tmp_path / "none")}, server=fork_server)
    ended = conda("clean", "--all", "-y")
    assert ended.status == 0, ended.stderr
    assert not (tmp_path / "none").exists()


HOLDER = """
import json, signal, sys
from conda_kernel.model.channel import ChannelNames, ChannelSettings
from conda_kernel.model.record import stored_record
from conda_kernel.hookspecs import PACKAGE_CACHES
from conda_testing.kernels import make_kernel

with open(sys.argv[2]) as file:
    record = stored_record(json.load(file), ChannelNames(ChannelSettings()))
kernel = make_kernel(sys.argv[3], settings={"pkgs_dirs": [sys.argv[1]]})
with kernel.driver(PACKAGE_CACHES).provide([record]):
    print("held", flush=True)
    signal.pause()
"""


@pytest.mark.skipif(not hasattr(signal, "pause"), reason="signals wake a process on Unix alone")
def test_what_another_process_uses_stays_until_that_has_ended(house: House, tmp_path: Path) -> None:
    record = house.pkgs / "alone-1.0-0" / "info" / "repodata_record.json"
    words = [sys.executable, "-c", HOLDER, str(house.pkgs), str(record), str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        watch = threading.Timer(60, holder.kill)
        watch.start()
        try:
            assert holder.stdout.readline() == "held\n"
            assert house.document("--packages", "-y")["packages"]["pkgs_dirs"] == {}
            assert house.document("--force-pkgs-dirs", "-y", status=1)["failed"] == [str(house.pkgs)]
            assert record.exists()
        finally:
            watch.cancel()
            holder.kill()
    house.clean("--packages", "-y")
    assert not record.exists()
