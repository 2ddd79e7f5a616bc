"""Measures installing, whole processes, against py-rattler in the same run.

    python benchmarks/linking.py CHANNEL --peer PYTHON [--work FOLDER] [--runs N] [CASE ...]

CHANNEL is a folder of packages, PYTHON an interpreter that has py-rattler. Each case is measured in every FOLDER, which
may be given several times: file systems differ. `warm` means that the packages lie extracted in the cache, `cold` that
the cache is empty. Bytecode is off on both sides, for the peer compiles none; ours is shown with it too. Printed are
medians of wall-clock and CPU seconds (user and system, children included), and the medians of the ratios of runs that
followed each other.

Run it with an interpreter whose conda was installed from wheels and compiled, as users have it. The children get no
variables but those they need, so that a `PYTHONDONTWRITEBYTECODE` of the shell does not make them compile each import.

Every run has fresh folders, and nothing is deleted before the end: on ext4, files are made many times slower for some
minutes after a large deletion. With `--tidy` each run's folders are deleted after it, which a tmpfs needs and does not
mind.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from conda_testing.executable import Conda, save_plugin_index

SCIENCE = "python numpy pandas scipy matplotlib scikit-learn flask django requests sqlalchemy pytest rich"
NOTEBOOK = (
    "python jupyterlab numpy pandas scipy matplotlib scikit-learn pyarrow flask django boto3 sphinx celery sqlalchemy"
)

PEER = """
import asyncio, json, os, sys
import rattler
channel, prefix, cache, *specs = sys.argv[1:]
async def main():
    where = rattler.Channel("file://" + channel)
    tables = [rattler.SparseRepoData(where, subdir, f"{channel}/{subdir}/repodata.json") for subdir in SUBDIRS]
    machine = [rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version),
               rattler.BuildString("0")) for name, version in MACHINE]
    records = await rattler.solve_with_sparse_repodata([rattler.MatchSpec(spec) for spec in specs], tables,
                                                       virtual_packages=machine)
    await rattler.install(records, target_prefix=prefix, cache_dir=cache, show_progress=False)
    print(len(records))
SUBDIRS = ("linux-64", "noarch")
MACHINE = (("__unix", "0"), ("__linux", "6.1"), ("__glibc", "2.36"))
asyncio.run(main())
sys.stdout.flush()
os._exit(0)
"""
"""Like our own command: solves, installs, ends at once."""


class Case(NamedTuple):
    """One thing to measure."""

    name: str
    specs: str
    cold: bool = False
    again: bool = False


class Spent(NamedTuple):
    """What a process took, in seconds."""

    wall: float
    cpu: float


CASES = (
    Case("56-warm", SCIENCE),
    Case("56-cold", SCIENCE, cold=True),
    Case("146-warm", NOTEBOOK),
    Case("146-cold", NOTEBOOK, cold=True),
    Case("many-warm", "manyfiles"),
    Case("many-cold", "manyfiles", cold=True),
    Case("big-warm", "bigfile"),
    Case("big-cold", "bigfile", cold=True),
    Case("nothing", SCIENCE, again=True),
)


class Bench:
    """Runs both sides below one folder; `number` keeps every run in folders of its own."""

    def __init__(self, folder: str, channel: str, peer: str, *, tidy: bool) -> None:
        self.folder = folder
        self.tidy = tidy
        self.channel = os.path.realpath(channel)
        self.peer_python = peer
        self.number = 0
        self.conda = Conda(os.path.join(folder, "home"), environ={"PATH": os.defpath})
        os.makedirs(self.conda.home)

    def fresh(self, name: str) -> str:
        """Return a path where nothing ever was."""
        self.number += 1
        return os.path.join(self.folder, f"{name}-{self.number}")

    def ours(self, prefix: str, cache: str, specs: str, *, bytecode: bool) -> Spent:
        """Install with our command."""
        environ = {
            **self.conda.environ,
            "CONDA_PKGS_DIRS": cache,
            "CONDA_COMPILE_PYC": "true" if bytecode else "false",
        }
        save_plugin_index(environ)
        there = os.path.isdir(prefix)
        words = ["install" if there else "create", "--yes", "--quiet", "--prefix", prefix, "--override-channels"]
        program = [sys.executable, self.conda.file, *words, "--channel", f"file://{self.channel}", *specs.split()]
        return spent(program, environ)

    def peer(self, prefix: str, cache: str, specs: str) -> Spent:
        """Install with py-rattler."""
        program = [self.peer_python, "-c", PEER, self.channel, prefix, cache, *specs.split()]
        return spent(program, {"HOME": self.conda.home, "PATH": os.defpath})

    def measure(self, case: Case, runs: int) -> tuple[list[Spent], list[Spent], list[Spent]]:
        """Return what ours, ours with bytecode, and the peer took, in the order of the runs."""
        caches = [self.fresh("pkgs") for _ in range(2)]
        prefixes = [self.fresh("env") for _ in range(3)]
        self.ours(prefixes[0], caches[0], case.specs, bytecode=False)
        self.ours(prefixes[1], caches[0], case.specs, bytecode=True)
        self.peer(prefixes[2], caches[1], case.specs)
        found: tuple[list[Spent], list[Spent], list[Spent]] = ([], [], [])
        for _ in range(runs):
            for side, run in enumerate((self.plain, self.compiled, self.peer)):
                cache = self.fresh("pkgs") if case.cold else caches[side // 2]
                prefix = prefixes[side] if case.again else self.fresh("env")
                found[side].append(run(prefix, cache, case.specs))
                if self.tidy:
                    self.delete(*([cache] if case.cold else []), *([] if case.again else [prefix]))
        if self.tidy:
            self.delete(*caches, *prefixes)
        return found

    def plain(self, prefix: str, cache: str, specs: str) -> Spent:
        """Install with our command, without bytecode."""
        return self.ours(prefix, cache, specs, bytecode=False)

    def compiled(self, prefix: str, cache: str, specs: str) -> Spent:
        """Install with our command, with bytecode."""
        return self.ours(prefix, cache, specs, bytecode=True)

    def delete(self, *folders: str) -> None:
        """Delete folders."""
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def spent(program: list[str], environ: dict[str, str]) -> Spent:
    """Run a program to its end and return what it took; raise when it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(program, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"status {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def row(case: Case, found: tuple[list[Spent], list[Spent], list[Spent]]) -> dict[str, object]:
    """Return the figures of a case."""
    ours, compiled, peer = found
    return {
        "case": case.name,
        "wall": round(statistics.median(run.wall for run in ours), 3),
        "peer wall": round(statistics.median(run.wall for run in peer), 3),
        "wall ratio": round(statistics.median(a.wall / b.wall for a, b in zip(ours, peer, strict=True)), 2),
        "cpu": round(statistics.median(run.cpu for run in ours), 3),
        "peer cpu": round(statistics.median(run.cpu for run in peer), 3),
        "cpu ratio": round(statistics.median(a.cpu / b.cpu for a, b in zip(ours, peer, strict=True)), 2),
        "with bytecode: wall": round(statistics.median(run.wall for run in compiled), 3),
        "with bytecode: cpu": round(statistics.median(run.cpu for run in compiled), 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("channel", metavar="CHANNEL", help="a folder of packages, with repodata")
    parser.add_argument("cases", metavar="CASE", nargs="*", help=f"by default all: {' '.join(c.name for c in CASES)}")
    parser.add_argument("--peer", metavar="PYTHON", required=True, help="an interpreter that has py-rattler")
    parser.add_argument("--work", metavar="FOLDER", action="append", help="where to work (a temporary folder)")
    parser.add_argument("--runs", type=int, default=5, help="how often each case is run on each side (%(default)s)")
    parser.add_argument("--tidy", action="store_true", help="delete the folders of each run after it")
    parser.add_argument("--json", action="store_true", help="print a JSON document for each case")
    args = parser.parse_intermixed_args()
    chosen = [case for case in CASES if not args.cases or case.name in args.cases]
    for where in args.work or [tempfile.gettempdir()]:
        folder = tempfile.mkdtemp(prefix="linking-", dir=where)
        try:
            bench = Bench(folder, args.channel, args.peer, tidy=args.tidy)
            print(where)
            for number, case in enumerate(chosen):
                figures = row(case, bench.measure(case, args.runs))
                if args.json:
                    print(json.dumps({"where": where, **figures}))
                    continue
                if not number:
                    print("  ".join(figures))
                print("  ".join(f"{value:>{len(key)}}" for key, value in figures.items()), flush=True)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
