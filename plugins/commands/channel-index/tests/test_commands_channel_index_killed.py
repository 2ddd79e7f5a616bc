"""When `conda channel-index` is killed or interrupted, or runs more than once, each file is the old or the new one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
import zstandard

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, save_plugin_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNALLER = """
import os, signal, sys

event_wanted, part, number, name = os.environ["SIGNALLED_AT"].split("|")
left = int(number)

def count(event, arguments):
    global left
    if event == event_wanted and part in str(arguments[0]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), getattr(signal, name))

sys.addaudithook(count)
"""
"""Sends its own process a signal at the n-th event on a path, before that happens."""

MOST_FILES = 40


class Killed:
    """A channel that was indexed once, has changed since, and is indexed again by processes that get a signal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "channel"
        self.site = folder / "site"
        self.site.mkdir()
        (self.site / "sitecustomize.py").write_text(SIGNALLER)
        self.home = folder / "home"
        self.conda = Conda(self.home)
        builder = ChannelBuilder(os.fspath(self.folder))
        for name in ("a", "b"):
            builder.add(name, "1.0")
        self.index()
        builder.add("a", "2.0")
        builder.add("c", "1.0", noarch="generic")
        os.unlink(self.folder / "linux-64" / "b-1.0-0.conda")
        self.before = folder / "before"
        shutil.copytree(self.folder, self.before)
        self.old = self.content()
        self.index()
        self.new = self.content()

    def index(self) -> None:
        ended = self.conda("channel-index", os.fspath(self.folder))
        assert ended.status == 0, ended.stderr

    def reset(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.before, self.folder)

    def signalled(self, event: str, part: str, number: int, signal: str) -> int:
        """Index and return the exit status; the n-th event on a path with this part brings the signal."""
        at = f"{event}|{part}|{number}|{signal}"
        conda = Conda(self.home, path=(os.fspath(self.site),), environ={"SIGNALLED_AT": at})
        return conda("channel-index", os.fspath(self.folder)).status

    def files(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file() and ".cache" not in path.parts)

    def content(self) -> dict[str, bytes]:
        return {os.fspath(path.relative_to(self.folder)): path.read_bytes() for path in self.files()}

    def check_whole(self) -> None:
        """Check that each file that readers begin with is the old or the new one, and leads to what is there."""
        content = self.content()
        names = (name for name in self.new if "shards/" not in name)
        for name in names:
            assert content.get(name) in (self.old.get(name), self.new[name]), name
        for path in self.folder.glob("*/repodata_shards.msgpack.zst"):
            index = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(path.read_bytes()))
            for digest in index["shards"].values():
                shard = path.parent / "shards" / f"{digest.hex()}.msgpack.zst"
                assert hashlib.sha256(shard.read_bytes()).digest() == digest


@pytest.fixture
def killed(tmp_path: Path) -> Killed:
    return Killed(tmp_path)


def test_killed_before_any_file_takes_its_place_each_is_old_or_new(killed: Killed) -> None:
    for number in range(1, MOST_FILES):
        killed.reset()
        status = killed.signalled("os.rename", os.fspath(killed.folder), number, "SIGKILL")
        killed.check_whole()
        if status == 0:
            assert killed.content() == killed.new
            break
        killed.index()
        left = {name: content for name, content in killed.content().items() if not name.endswith(".part")}
        assert left == killed.new
    else:
        pytest.fail("the command never came to its end")
    assert number > 10


@pytest.mark.parametrize(
    ("event", "part"), [("open", "a-2.0-0.conda"), ("os.rename", ".repodata.json.zst"), ("os.listdir", "linux-64")]
)
def test_interrupted_it_ends_with_130_and_leaves_nothing_half_named(killed: Killed, event: str, part: str) -> None:
    killed.reset()

    assert killed.signalled(event, part, 1, "SIGINT") == 130
    killed.check_whole()
    assert not list(killed.folder.rglob("*.part"))


def test_several_at_once_do_the_same(killed: Killed) -> None:
    killed.reset()
    save_plugin_index(killed.conda.environ)
    words = [sys.executable, killed.conda.file, "channel-index", os.fspath(killed.folder)]
    running = [subprocess.Popen(words, env=killed.conda.environ, stdout=subprocess.DEVNULL) for _ in range(4)]

    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert killed.content() == killed.new
