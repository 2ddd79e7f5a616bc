"""Commands that read change nothing, and need nothing that can be written."""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended

if TYPE_CHECKING:
    from pathlib import Path

READING = [
    "",
    "--help",
    "--version",
    "list --help",
    "list -p E",
    "list -p E --json",
    "list -p E --explicit --sha256",
    "list -p E --revisions",
    "compare -p E E",
    "info",
    "info --all --json",
    "info --envs --size",
    "info --system",
    "info --unsafe-channels",
    "env",
    "env list",
    "config --show",
    "config --show-sources",
    "config --describe",
    "config --get",
    "config --validate",
    "search -O -c C tool",
    "search --envs tool",
    "search -p E --outdated -O -c C",
    "why -p E tool",
    "why-not -p E -O -c C tool=9",
    "notices -O -c C",
    "doctor -p E",
    "check -p E",
    "package -p E --which E/share/tool",
    "package -p E --untracked",
    "clean --all --dry-run",
    "create -p NEW -O -c C tool --dry-run",
    "install -p E -O -c C tool=1 --dry-run",
    "update -p E -O -c C --all --dry-run",
    "remove -p E tool --dry-run",
    "uninstall -p E --all --dry-run",
    "upgrade -p E -O -c C tool --dry-run",
    "plugins",
    "plugins list",
    "plugins info conda-kernel-is-none",
    "plugins info conda-commands-info",
    "plugins check",
    "plugins profile info",
    "completion bash",
    "commands",
    "lits",
    "list --nonsense",
]
WRITING = {
    "channel-index",
    "env remove",
    "plugins disable",
    "plugins enable",
    "rename",
}
"""Commands that have no form that only reads."""

MEASURING = {"plugins profile info"}
"""What needs a folder for temporary files."""

CACHES = (os.path.join(".cache", "conda"), os.path.join(".conda", "pkgs", "cache"))
"""What can be made anew, and may be: what was read of channels, settings and plugins."""

WATCH = """
import errno, os, sys
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown",
           "os.utime", "os.truncate", "os.setxattr", "shutil.rmtree", "shutil.move", "shutil.copyfile"}

def watch(event, arguments):
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, (str, bytes)) and flags is not None and flags & WRITING:
            note("open", os.fsdecode(path))
    elif event in CHANGES:
        # Below a folder that is open, as `shutil.rmtree` goes; that the folder itself goes is seen, too.
        is_below = any(isinstance(each, int) and each >= 0 for each in arguments[1:]) and event == "os.remove"
        for path in () if is_below else arguments[:2]:
            if isinstance(path, (str, bytes)):
                note(event, os.fsdecode(path))

def note(event, path):
    path = os.path.abspath(path)
    if path not in {os.devnull, LOG}:
        if "WATCH_REFUSES" in os.environ:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, f"{event} {path}\\n".encode())
        os.close(descriptor)

LOG = os.environ.get("WATCH_LOG")
if LOG:
    sys.addaudithook(watch)
"""


class House:
    """A home with an environment that has a package, made before anybody looks at it."""

    def __init__(self, folder: Path, channel: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.places = {
            "E": os.fspath(self.home / ".conda" / "envs" / "work"),
            "C": channel,
            "NEW": os.fspath(folder / "new"),
        }
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
        self.log = folder / "log"
        self.log.touch()
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        environ = {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": os.fspath(self.temporary)}
        self.conda = Conda(self.home, path=(os.fspath(site),), environ=environ)
        made = self.run("create -y -q -n work -O -c C tool=2")
        assert made.status == 0, made.stderr
        self.conda.environ["WATCH_LOG"] = os.fspath(self.log)

    def run(self, line: str) -> Ended:
        words = []
        for word in line.split():
            first, slash, rest = word.partition("/")
            words.append(self.places.get(first, first) + slash + rest)
        return self.conda(*words)

    def refused(self, line: str) -> Ended:
        """Run a command while every attempt to write is answered as on a file system that is read only."""
        self.conda.environ["WATCH_REFUSES"] = "1"
        try:
            return self.run(line)
        finally:
            del self.conda.environ["WATCH_REFUSES"]

    def tree(self) -> dict[str, tuple[int, int, int]]:
        """Return every file and folder below the home with what changes when it does, but for caches."""
        found: dict[str, tuple[int, int, int]] = {}
        for place, folders, names in os.walk(self.home):
            if os.path.relpath(place, self.home) in CACHES:
                folders.clear()
                continue
            paths = (os.path.join(place, name) for name in (*folders, *names))
            for path in (path for path in paths if os.path.relpath(path, self.home) not in CACHES):
                status = os.lstat(path)
                found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return found


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    builder = ChannelBuilder(os.fspath(tmp_path_factory.mktemp("served") / "channel"))
    for version in ("1.0", "2.0"):
        builder.add("tool", version, noarch="generic", files={"share/tool": version})
    return builder.write()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, channel: str) -> House:
    return House(tmp_path_factory.mktemp("house"), channel)


@pytest.mark.parametrize("line", READING)
def test_a_command_that_reads_writes_nothing_but_caches_and_needs_nothing_that_can_be_written(
    house: House, line: str
) -> None:
    before = house.tree()
    house.log.write_text("")
    ended = house.run(line)
    assert "Traceback" not in ended.stderr
    allowed = (*(os.path.join(house.home, cache) for cache in CACHES), os.fspath(house.temporary))
    written = [entry for entry in house.log.read_text().splitlines() if not entry.partition(" ")[2].startswith(allowed)]
    assert written == []
    assert house.tree() == before
    assert not os.path.exists(house.places["NEW"])
    if line not in MEASURING:
        refused = house.refused(line)
        assert refused.status == ended.status, refused.stderr
        assert "Traceback" not in refused.stderr


def test_a_command_that_measures_says_what_it_needs(house: House) -> None:
    ended = house.refused("plugins profile info")
    assert ended.status == 1
    assert ended.stderr.startswith("error: there is no folder for temporary files: ")


def test_every_command_is_tried() -> None:
    tried = {" ".join(line.split()[:length]) for line in READING for length in (1, 2)}
    assert {point.name for point in entry_points(group="conda.subcommands")} - WRITING <= tried


def test_a_write_is_noticed(house: House) -> None:
    house.log.write_text("")
    house.run("config --set quiet true")
    assert f"open {house.home}/.condarc" in house.log.read_text()
    (house.home / ".condarc").unlink()
