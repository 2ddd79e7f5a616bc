"""Environments that are changed while something goes wrong, and what may be found in them afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import sys
from typing import NamedTuple

from conda_kernel.model.prefix import Prefix
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.packages import PLACEHOLDER, File, Folder, Symlink
from faults_server import Fault, FaultServer

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
_TIME = re.compile(rb"^==> .* <==$", re.MULTILINE)
_LINK_TYPE = re.compile(rb'("link": \{.*"type": )[1-3]')


class Operation(NamedTuple):
    """One command that changes an environment; `before` makes the environment that it is run on."""

    name: str
    words: tuple[str, ...]
    before: tuple[str, ...] = ()


OPERATIONS = (
    Operation("create", ("create", "-y", "python", "plain", "alpha", "tool")),
    Operation("update", ("install", "-y", "alpha=2"), ("create", "-y", "python", "plain", "alpha=1", "tool")),
    Operation("remove", ("remove", "-y", "alpha", "tool"), ("create", "-y", "python", "plain", "alpha", "tool")),
    Operation("downgrade", ("install", "-y", "alpha=1"), ("create", "-y", "python", "plain", "alpha")),
)


class House:
    """A channel, a warm cache, and one environment at `prefix` that is made anew for each try."""

    def __init__(self, folder: str, server: FaultServer, operation: Operation) -> None:
        self.folder = os.path.realpath(folder)
        self.server = server
        self.operation = operation
        self.prefix = os.path.join(self.folder, "env")
        self.conda = Conda(
            os.path.join(self.folder, "home"),
            environ={"CONDA_CHANNELS": channel(os.path.join(self.folder, "channel")), "CONDA_NOTIFY_OUTDATED": "false"},
        )
        self._template = os.path.join(self.folder, "template")
        if operation.before:
            self._made(operation.before)
            self._disturb()
            shutil.copytree(self.prefix, self._template, symlinks=True)
        self.before = tree(self.prefix)
        self.log = os.path.join(self.folder, "log")
        watched = os.path.join(self.prefix, "conda-meta", "journal")
        fault = Fault(self.prefix, watched=watched, log=self.log)
        done = self.change(fault)
        if operation.name == "create":
            # The first change had a cold cache; the tries will have a warm one.
            self.reset()
            done = self.change(fault)
        assert done.status == 0, done.stderr
        self.after = tree(self.prefix)
        with open(self.log, encoding="utf-8") as file:
            counted = json.load(file)
        self.count: int = counted["count"]
        self.steps: list[int] = counted["steps"]

    def change(self, fault: Fault | None = None) -> Ended:
        """Run the operation."""
        return self.run(*self.operation.words, fault=fault)

    def run(self, *words: str, fault: Fault | None = None) -> Ended:
        """Run a command on the environment."""
        return self.server.run(self.conda, words[0], "-p", self.prefix, *words[1:], fault=fault)

    def fault(self, kind: str, at: int, later: int = 1) -> Fault:
        """Return what goes wrong at an operation on files of the environment."""
        return Fault(self.prefix, kind, at, later)

    def reset(self) -> None:
        """Make the environment as it was before the operation."""
        shutil.rmtree(self.prefix, ignore_errors=True)
        if self.operation.before:
            shutil.copytree(self._template, self.prefix, symlinks=True)

    def recover(self, *, by_doctor: bool = False) -> Ended:
        """Run the next command that could change the environment; it has nothing else to do than to recover it.

        An environment that was there before can be mended by the doctor, too.
        """
        if by_doctor and self.operation.before:
            return self.run("doctor", "--fix", "-y")
        if self.operation.before or os.path.lexists(os.path.join(self.prefix, "conda-meta", "history")):
            return self.run("install", "-y", "plain")
        return self.change()

    def faults(self) -> list[str]:
        """Return what is wrong with the environment, whichever state it is in."""
        prefix = Prefix(self.prefix)
        if not prefix.is_environment:
            return []
        found = list(prefix.problems())
        records = prefix.records()
        told, real = prefix.history().states()[-1], {str(each.record) for each in records}
        if told != real:
            found.append(f"the history tells of {sorted(told ^ real)}, which the records do not")
        owned = {path for each in records for path in each.files}
        found += [f"{path} is missing" for path in owned if not os.path.lexists(os.path.join(self.prefix, path))]
        there = {path for path, kind in tree(self.prefix).items() if kind != "folder"}
        there = {path for path in there if not path.startswith("conda-meta/")} - {"share/foreign"}
        found += [f"{path} belongs to nobody" for path in sorted(there - owned) if "runtime" not in path]
        meta = {f"{each.record.dist_name}.json" for each in records} | {"history", "created_at"}
        found += [f"conda-meta/{name} was left" for name in os.listdir(prefix.meta_folder) if name not in meta]
        return found

    def _made(self, words: tuple[str, ...]) -> None:
        done = self.run(*words)
        assert done.status == 0, done.stderr

    def _disturb(self) -> None:
        """Put files into the environment that belong to no package."""
        with open(os.path.join(self.prefix, "share", "foreign"), "w", encoding="utf-8") as file:
            file.write("nobody's")


def channel(folder: str) -> str:
    """Make a channel with a bit of everything, and return its URL."""
    made = ChannelBuilder(folder)
    made.add(
        "python",
        f"{PYTHON}.0",
        files={"bin/python": File(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', 0o755)},
    )
    made.add("plain", "1", files={"share/plain": "plain", "share/alpha/shared": "s"})
    made.add(
        "alpha",
        "1",
        files={
            "bin/alpha": File(f"#!{PLACEHOLDER}/bin/sh\necho 1\n", 0o755, PLACEHOLDER),
            "share/alpha/kept": "the same",
            "share/alpha/turns": "a file",
            "share/alpha/becomes/file": "below a folder",
            "share/alpha/gone/deep/down": "removed",
            "lib/alpha.py": "x = 1\n",
            "lib/link": Symlink("alpha.py"),
        },
        link_scripts={"pre-unlink": 'test -f "$PREFIX/bin/alpha"\n'},
    )
    made.add(
        "alpha",
        "2",
        depends=["plain"],
        files={
            "bin/alpha": File(f"#!{PLACEHOLDER}/bin/sh\necho 2\n", 0o755, PLACEHOLDER),
            "lib/alpha.bin": File(PLACEHOLDER.encode() + b"/x\0\0", placeholder=PLACEHOLDER, file_mode="binary"),
            "share/alpha/kept": "the same",
            "share/alpha/turns/now": "below a folder",
            "share/alpha/becomes": "a file",
            "share/alpha/new/deep/down": "added",
            "share/alpha/empty": Folder(),
            "lib/link": Symlink("alpha.bin"),
        },
        link_scripts={"post-link": 'echo "hello from $PKG_NAME" > "$PREFIX/.messages.txt"\n'},
    )
    made.add(
        "tool",
        "1",
        noarch="python",
        depends=["python"],
        files={"site-packages/tool/__init__.py": "def main():\n    return 0\n"},
        entry_points=["tool = tool:main"],
    )
    return made.write()


def tree(folder: str) -> dict[str, str]:
    """Return kind, permissions and content of everything in a folder.

    Left out are times, and how files were linked: where a hard link is refused, a copy does as well.
    """
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            found[os.path.relpath(path, folder)] = _described(path)
    return found


def _described(path: str) -> str:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return f"link {os.readlink(path)}"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    if path.endswith("conda-meta/created_at"):
        return "time"
    with open(path, "rb") as file:
        content = file.read()
    if path.endswith("conda-meta/history"):
        content = _TIME.sub(b"==> then <==", content)
    if path.endswith(".json"):
        content = _LINK_TYPE.sub(rb"\g<1>1", content)
    return f"file {stat.S_IMODE(status.st_mode):o} {hashlib.sha256(content).hexdigest()}"
