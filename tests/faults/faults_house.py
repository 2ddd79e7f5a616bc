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
ENVIRONMENTS = frozenset(("env", "source", "other"))
_TIME = re.compile(rb"^==> .* <==$", re.MULTILINE)
_LINK_TYPE = re.compile(rb'("link": \{.*"type": )[1-3]')


class Operation(NamedTuple):
    """One command that changes the environment `env`, or makes it.

    The commands of `before` make what it is run on. `prefix` is the environment that there is afterwards.
    """

    name: str
    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    prefix: str = "env"

    @property
    def makes(self) -> bool:
        """True when there is no environment before, and the same command makes it at the second try."""
        return self.prefix not in [words[2] for words in self.before]


_MADE = ("create", "-p", "env", "-y", "python", "plain", "alpha=1", "tool")
OPERATIONS = (
    Operation("create", ("create", "-p", "env", "-y", "python", "plain", "alpha", "tool")),
    Operation("update", ("install", "-p", "env", "-y", "alpha=2"), (_MADE,)),
    Operation(
        "remove",
        ("remove", "-p", "env", "-y", "alpha", "tool"),
        (("create", "-p", "env", "-y", "python", "plain", "alpha", "tool"),),
    ),
    Operation(
        "downgrade",
        ("install", "-p", "env", "-y", "alpha=1"),
        (("create", "-p", "env", "-y", "python", "plain", "alpha"),),
    ),
    Operation("clone", ("create", "-p", "env", "-y", "--clone", "source"), (("create", "-p", "source", *_MADE[3:]),)),
    Operation("rename", ("rename", "-p", "env", "-y", "other"), (_MADE,), "other"),
    Operation(
        "revision",
        ("install", "-p", "env", "-y", "--revision", "0"),
        (_MADE, ("install", "-p", "env", "-y", "alpha=2")),
    ),
)


class House:
    """A channel, a warm cache, and a place for environments that is made anew for each try."""

    def __init__(self, folder: str, server: FaultServer, operation: Operation) -> None:
        self.folder = os.path.realpath(folder)
        self.server = server
        self.operation = operation
        self.place = os.path.join(self.folder, "place")
        self.prefix = os.path.join(self.place, operation.prefix)
        self.conda = Conda(
            os.path.join(self.folder, "home"),
            environ={"CONDA_CHANNELS": channel(os.path.join(self.folder, "channel")), "CONDA_NOTIFY_OUTDATED": "false"},
        )
        self._template = os.path.join(self.folder, "template")
        os.mkdir(self.place)
        for words in operation.before:
            done = self.run(*words)
            assert done.status == 0, done.stderr
            self._disturb(words[2])
        shutil.copytree(self.place, self._template, symlinks=True)
        self.before = tree(self.place)
        self.log = os.path.join(self.folder, "log")
        watched = os.path.join(self.prefix, "conda-meta", "journal")
        fault = Fault(self.place, watched=watched, log=self.log)
        done = self.change(fault)
        if operation.name == "create":
            # The first change had a cold cache; the tries will have a warm one.
            self.reset()
            done = self.change(fault)
        assert done.status == 0, done.stderr
        self.after = tree(self.place)
        with open(self.log, encoding="utf-8") as file:
            counted = json.load(file)
        self.count: int = counted["count"]
        self.steps: list[int] = counted["steps"]

    def change(self, fault: Fault | None = None) -> Ended:
        """Run the operation."""
        return self.run(*self.operation.words, fault=fault)

    def run(self, *words: str, fault: Fault | None = None) -> Ended:
        """Run a command, in whose words the names of environments stand for their paths."""
        paths = [os.path.join(self.place, word) if word in ENVIRONMENTS else word for word in words]
        return self.server.run(self.conda, *paths, fault=fault)

    def fault(self, kind: str, at: int, later: int = 1) -> Fault:
        """Return what goes wrong at an operation on files of environments."""
        return Fault(self.place, kind, at, later)

    def reset(self) -> None:
        """Make the place as it was before the operation."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self._template, self.place, symlinks=True)

    def recover(self, *, by_doctor: bool = False) -> Ended:
        """Run the next command that could change the environment; it has nothing else to do than to recover it.

        An environment that was there before can be mended by the doctor, too.
        """
        if not self.operation.makes:
            return self.run(
                *(("doctor", "-p", "env", "--fix") if by_doctor else ("install", "-p", "env", "plain")), "-y"
            )
        if self.operation.name == "rename" and not os.path.lexists(os.path.join(self.place, "env")):
            # It was at its end but for the deletion of the old environment.
            return self.run("doctor", "-p", "other", "--fix", "-y")
        there = set(os.listdir(meta)) if os.path.isdir(meta := os.path.join(self.prefix, "conda-meta")) else set()
        if self.operation.name != "rename" and "history" in there and "journal" not in there:
            return self.run("install", "-p", "env", "-y", "plain")
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

    def _disturb(self, name: str) -> None:
        """Put a file into an environment that belongs to no package."""
        with open(os.path.join(self.place, name, "share", "foreign"), "w", encoding="utf-8") as file:
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
