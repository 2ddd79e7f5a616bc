"""Builds packages, environments and plans for the tests of linking, and changes environments in processes that fail.

As a program it applies the plan of a scenario while an audit hook counts what it does to files, and at the number
given kills the process or raises.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import signal
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from typing import Any, Unpack

import zstandard

from conda_kernel.model.event import Event, Told
from conda_kernel.model.file_table import FileTable
from conda_kernel.model.manifest import read_manifest
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.plan import Action, Applied, Change, ExtractedPackage, Plan
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.record import PackageRecord, package_record
from conda_kernel.plugin import Plugin
from conda_linking.linker import Linker
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.packages import PLACEHOLDER, Entry, File, Folder, PackageBuilder, PackageFields, Symlink

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
SITE_PACKAGES = f"lib/python{PYTHON}/site-packages"
NOW = 1_800_000_000.0
CHANNEL = "https://conda.anaconda.org/conda-forge"


class Workbench:
    """A folder with a cache of extracted packages and one environment."""

    def __init__(self, folder: str, prefix: str = "") -> None:
        self.folder = os.path.realpath(folder)
        self.prefix = prefix or os.path.join(self.folder, "env")
        self.packages = os.path.join(self.folder, "pkgs")
        os.makedirs(self.packages, exist_ok=True)
        self.settings: dict[str, object] = {"subdir": "linux-64"}
        self.events: list[Event] = []
        self.plugins: list[Plugin] = []

    def package(
        self, name: str, version: str = "1", build: str = "0", **fields: Unpack[PackageFields]
    ) -> ExtractedPackage:
        """Build an archive, extract it into the cache and return what the cache would."""
        return self.extracted(PackageBuilder(name, version, build, **fields))

    def extracted(self, builder: PackageBuilder) -> ExtractedPackage:
        archive = builder.write(self.packages)
        folder = os.path.join(self.packages, builder.stem)
        _extract(archive, folder)
        record = package_record(
            builder.index(),
            channel="conda-forge",
            subdir=builder.subdir,
            base_url=f"{CHANNEL}/{builder.subdir}",
            file_name=os.path.basename(archive),
        )
        with open(os.path.join(folder, "info", "repodata_record.json"), "w", encoding="utf-8") as file:
            json.dump(builder.index(), file)
        return ExtractedPackage(record, folder, FileTable.of(read_manifest(folder)), archive)

    def python(self) -> ExtractedPackage:
        """Return a package `python` that runs the python of the tests."""
        script = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
        return self.package("python", f"{PYTHON}.0", files={"bin/python": File(script, 0o755)})

    def plan(
        self,
        *link: ExtractedPackage | PackageRecord,
        unlink: Sequence[str] = (),
        requested: dict[str, tuple[str, ...]] | None = None,
        command: str = "conda install something",
    ) -> Plan:
        """Return the plan that links packages and unlinks those of the names, made for the environment as it is."""
        prefix = Prefix(self.prefix)
        records = tuple(each.record if isinstance(each, ExtractedPackage) else each for each in link)
        installed = {each.name: each for each in prefix.records()}
        return Plan(
            change=Change(
                prefix=self.prefix,
                install=tuple(MatchSpec.parse(name) for name in requested or {}),
                creates=not prefix.is_environment,
                command=command,
            ),
            base=prefix.fingerprint(),
            unlink=tuple(installed[name] for name in unlink),
            link=records,
            requested=requested or {},
            updated=tuple(spec for specs in (requested or {}).values() for spec in specs),
        )

    def linker(self, **environ: str) -> Linker:
        kernel = make_kernel(
            self.folder,
            settings=self.settings,
            environ={"PATH": os.environ.get("PATH", os.defpath), **environ},
            plugins=self.plugins,
        )
        assert isinstance(kernel.reporter, RecordingReporter)
        self.events = kernel.reporter.events
        return Linker(kernel, now=lambda: NOW)

    def apply(self, *link: ExtractedPackage, actions: Sequence[Action] = (), **plan: Any) -> Applied:
        return self.linker().apply(self.plan(*link, **plan), link, actions)

    def path(self, path: str) -> str:
        return os.path.join(self.prefix, path)

    def text(self, path: str) -> str:
        with open(self.path(path), encoding="utf-8") as file:
            return file.read()

    def told(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Told)]

    def tree(self) -> dict[str, str]:
        return tree(self.prefix)


def tree(folder: str) -> dict[str, str]:
    """Return kind, permissions and content of everything in a folder; nothing for one that does not exist."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            found[os.path.relpath(path, folder)] = _described(path)
    if os.path.isdir(folder):
        found["."] = "folder"
    return found


def _described(path: str) -> str:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return f"link {os.readlink(path)}"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    with open(path, "rb") as file:
        return f"file {stat.S_IMODE(status.st_mode):o} {hashlib.sha256(file.read()).hexdigest()}"


def _extract(archive: str, folder: str) -> None:
    with zipfile.ZipFile(archive) as outer:
        for name in outer.namelist():
            if name.endswith(".tar.zst"):
                data = zstandard.ZstdDecompressor().stream_reader(outer.read(name), read_across_frames=True).read()
                with tarfile.open(fileobj=io.BytesIO(data)) as inner:
                    inner.extraction_filter = lambda member, _: member  # not an argument before Python 3.11.4
                    inner.extractall(folder)  # noqa: S202 - the archive was built for this


def many(count: int, content: str = "x") -> dict[str, Entry]:
    """Return so many small files, a hundred in each folder."""
    return {f"share/many/{number // 100}/{number}": f"{content}{number}" for number in range(count)}


class Scenario:
    """A change with a bit of everything: rewritten files, kinds that change, bytecode, a script, an action."""

    def __init__(self, folder: str, *, creates: bool) -> None:
        for name in ("env", "pkgs", "template"):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        self.bench = Workbench(folder)
        self.creates = creates
        self.marker = os.path.join(self.bench.folder, "marker")
        self._template = os.path.join(self.bench.folder, "template")
        bench = self.bench
        self.python = bench.python()
        self.old = bench.package(
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
            link_scripts={"pre-unlink": "true\n"},
        )
        self.new = bench.package(
            "alpha",
            "2",
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
        self.tool = bench.package(
            "tool",
            "1",
            noarch="python",
            files={
                "site-packages/tool/__init__.py": "def main():\n    return 0\n",
                "site-packages/tool/broken.py": "def (\n",
                "python-scripts/tool-script": File("#!/bin/sh\n", 0o755),
            },
            entry_points=["tool = tool:main"],
        )
        self.plain = bench.package("plain", "1", files={"share/plain": "plain", "share/alpha/shared": "s"})
        if not creates:
            bench.apply(self.python, self.plain, self.old, requested={"alpha": ("alpha",)})
            with open(bench.path("share/foreign"), "w", encoding="utf-8") as file:
                file.write("nobody's")
            os.makedirs(bench.path("lib/__pycache__"))
            with open(bench.path("lib/__pycache__/alpha.cpython-311.pyc"), "wb") as compiled:
                compiled.write(b"compiled")
            shutil.copytree(bench.prefix, self._template, symlinks=True)
        self.reset()
        self.before = bench.tree()

    def reset(self) -> None:
        """Put everything back to how it was before the change."""
        shutil.rmtree(self.bench.prefix, ignore_errors=True)
        if not self.creates:
            shutil.copytree(self._template, self.bench.prefix, symlinks=True)
        if os.path.exists(self.marker):
            os.unlink(self.marker)

    def apply(self) -> Applied:
        link = (self.tool, self.new) if not self.creates else (self.python, self.plain, self.tool, self.new)
        unlink = () if self.creates else ("alpha",)
        plan = self.bench.plan(*link, unlink=unlink, requested={"alpha": ("alpha >=2",)})
        return self.bench.linker().apply(plan, link, [self.action()])

    def action(self) -> Action:
        def do() -> object:
            with open(self.marker, "w", encoding="utf-8") as file:
                file.write("done")
            return {"marker": self.marker}

        def undo(answer: object) -> None:
            if os.path.exists(self.marker):
                os.unlink(self.marker)

        return Action("marks", do, undo)


def marks(plan: Plan) -> Action:
    """Return the action of the scenario's plan: as a plugin would, knowing the plan alone."""
    marker = os.path.join(os.path.dirname(plan.prefix), "marker")

    def undo(answer: object) -> None:
        if os.path.exists(marker):
            os.unlink(marker)

    return Action("marks", lambda: None, undo)


_COUNTED = frozenset(
    (
        "os.rename",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.chmod",
        "os.utime",
        "subprocess.Popen",
    )
)


def interfering(at: int, interfere: Callable[[], None]) -> list[int]:
    """Count, from now on, what this process does to files, and interfere with the one of the number `at`."""
    count = [0]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        changes = event in _COUNTED or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if changes:
            count[0] += 1
            if count[0] == at:
                interfere()

    sys.addaudithook(hook)
    return count


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill_the_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "somewhere")


def interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    scenario = Scenario(sys.argv[1], creates=sys.argv[2] == "creates")
    counted = interfering(int(sys.argv[4]), {"kill": kill, "fill": fill_the_disk, "interrupt": interrupt}[sys.argv[3]])
    try:
        scenario.apply()
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001 - what it was is the result
        raised = type(failure).__name__
    else:
        raised = ""
    same = scenario.bench.tree() == scenario.before
    sys.stdout.write(json.dumps({"raised": raised, "count": counted[0], "same": same}))
