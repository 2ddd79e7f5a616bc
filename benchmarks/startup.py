"""Measures what commands cost before they do anything, against bare Python in the same environment and the same run.

    python benchmarks/startup.py [--runs N]

Prints, for each command, the median CPU time (user and system) of the whole process in milliseconds, its ratio to bare
Python started in turn with it, and how many modules it imports over bare Python; then the same with 200 more plugins
installed, which fill every extension point.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

from conda_kernel.hookspecs import POINTS
from conda_kernel.points import Hook
from conda_testing.distributions import install

COMMANDS = (
    ("--version",),
    ("--help",),
    ("no-such-command",),
    ("list", "-p", "PREFIX"),
    ("config", "--show"),
    ("info",),
)
PACKAGES = 300
RUN = "import sys; sys.argv[0] = 'conda'; from conda_cli.main import main; main()"
END = "import os; os.write(2, b'\\nmodules %d' % len(sys.modules)); os._exit(0)"
COUNT = (
    "import sys, os; from conda_cli.main import ended; from conda_kernel.terminal import Terminal; "
    "ended(sys.argv[1:], os.environ, Terminal.guarded()); " + END
)
INDEX = (
    "import os, sys; from conda_kernel.model.plugin import Selection; "
    "from conda_kernel.plugin_index import installed_plugins; "
    "installed_plugins(sys.path[1:], os.environ, Selection(), now=4e9)"
)
CALLED_BY_ALL = frozenset({"context_sources"})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="how often each command is started (%(default)s)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, "env")
        make_environment(prefix)
        environ = {"HOME": folder, "PATH": os.defpath, "LANG": "C.UTF-8"}
        report("as installed", environ, prefix, runs)
        site = os.path.join(folder, "site")
        for number in range(200):
            fill(site, f"dummy{number}")
        report("with 200 plugins more", {**environ, "PYTHONPATH": site}, prefix, runs)


def make_environment(prefix: str) -> None:
    """Make an environment of so many packages as `list` is measured with, each with some files."""
    meta = os.path.join(prefix, "conda-meta")
    os.makedirs(meta)
    with open(os.path.join(meta, "history"), "w", encoding="utf-8"):
        pass
    for number in range(PACKAGES):
        name = f"package-{number}"
        paths = [{"_path": f"lib/{name}/module{place}.py", "path_type": "hardlink"} for place in range(50)]
        record = {
            "name": name,
            "version": f"1.{number}",
            "build": "h0_0",
            "build_number": 0,
            "channel": "https://example.invalid/channel/linux-64",
            "subdir": "linux-64",
            "fn": f"{name}-1.{number}-h0_0.conda",
            "url": f"https://example.invalid/channel/linux-64/{name}-1.{number}-h0_0.conda",
            "depends": ["python >=3.11"],
            "files": [entry["_path"] for entry in paths],
            "paths_data": {"paths": paths, "paths_version": 1},
        }
        with open(os.path.join(meta, f"{name}-1.{number}-h0_0.json"), "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)


def fill(site: str, name: str) -> None:
    """Install a distribution with a plugin at every point."""
    groups = [
        f"{point.group}.no_such_key" if isinstance(point, Hook) and point.keyed else point.group
        for point in POINTS
        if point.name not in CALLED_BY_ALL
    ]
    entry_points = {group: {name: f"{name}:Dummy"} for group in groups}
    install(site, f"conda-{name}", modules={name: '"""A dummy."""\n'}, entry_points=entry_points)


def report(title: str, environ: dict[str, str], prefix: str, runs: int) -> None:
    """Print one table."""
    subprocess.run([sys.executable, "-c", INDEX], env=environ, check=True)
    bare_modules = modules([sys.executable, "-c", "import sys; " + END], environ)
    print(f"\n{title}\n{'command':<18} {'ms':>6} {'ratio':>6} {'modules':>8}")
    for words in COMMANDS:
        arguments = [prefix if word == "PREFIX" else word for word in words]
        command = [sys.executable, "-c", RUN, *arguments]
        spent(command, environ)
        pairs = [(spent(command, environ), spent([sys.executable, "-c", "pass"], environ)) for _ in range(runs)]
        median = statistics.median(ours for ours, _ in pairs) * 1000
        ratio = statistics.median(ours / bare for ours, bare in pairs)
        imported = modules([sys.executable, "-c", COUNT, *arguments], environ) - bare_modules
        print(f"{words[0]:<18} {median:6.1f} {ratio:6.2f} {imported:8}")


def spent(command: list[str], environ: dict[str, str]) -> float:
    """Return the CPU seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def modules(command: list[str], environ: dict[str, str]) -> int:
    """Return how many modules a process has in the end."""
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return int(done.stderr.rpartition("modules ")[2])


if __name__ == "__main__":
    main()
