"""Measures `conda create --dry-run --json` as a whole process against py-rattler, and compares the answers.

    python benchmarks/solving.py CHANNELS REQUESTS --peer PYTHON [--solvers lazy classic ...] [--runs N] [--only SET]
                                 [--changed]

CHANNELS is a folder of channels and REQUESTS a file of JSON: the name of a channel to a list of objects with `id` and
`specs`. `--peer` is a Python that has py-rattler. Small channels are read from their folder; one whose repodata.json
has more than a hundred megabytes is served on loopback, and read by its shards on both sides, which are kept from one
run to the next. Our process and the peer's take turns. For each request it prints the medians of CPU time (user and
system) in seconds and of peak memory, the ratios of ours to the peer's, and how the answers differ; then for each
solver the sum of the seconds, the largest of the memory, and their ratios.

With `--changed` it measures what the first command takes after an index has changed: channels are copied, and before
each run the copy has other sizes for all packages of every twentieth name. The server then tells both sides to ask for
the index each time, and sends it each time.

Run it with the Python of an environment into which wheels were installed: editable installs cost more. Wait two seconds
after the installation: until then each command looks for plugins anew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from typing import NamedTuple

from solving_answers import difference
from solving_served import served

PEER, CHANGED = (
    os.path.join(os.path.dirname(os.path.abspath(__file__)), name) for name in ("solving_peer.py", "solving_changed.py")
)
RUN = "import sys; sys.argv[0] = 'conda'; from conda_cli.main import main; main()"
LARGEST_FOLDER = 100_000_000
HEAD = "      solver       CPU s    peer  ratio     MB   peer  ratio  answer"


class Spent(NamedTuple):
    """What one process took: CPU seconds, megabytes at its peak, and what it printed."""

    seconds: float
    megabytes: float
    output: str


class Figures(NamedTuple):
    """Medians of CPU seconds and of megabytes, ours and the peer's."""

    seconds: float
    peer_seconds: float
    megabytes: float
    peer_megabytes: float

    def __str__(self) -> str:
        cpu = f"{self.seconds:7.3f} {self.peer_seconds:7.3f} {self.seconds / self.peer_seconds:6.2f}"
        return f"{cpu} {self.megabytes:6.0f} {self.peer_megabytes:6.0f} {self.megabytes / self.peer_megabytes:6.2f}"


class Side(NamedTuple):
    """A command to measure and its environment."""

    command: list[str]
    environ: dict[str, str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("channels")
    parser.add_argument("requests")
    parser.add_argument("--peer", required=True, metavar="PYTHON")
    parser.add_argument("--solvers", nargs="+", default=["lazy"])
    parser.add_argument("--runs", type=int, default=5, help="how often each request is made (%(default)s)")
    parser.add_argument("--only", action="append", metavar="SET", help="the name of a channel; can be repeated")
    parser.add_argument("--changed", action="store_true", help="change the index before each run")
    options = parser.parse_args()
    with open(options.requests, encoding="utf-8") as file:
        sets = json.load(file)
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        for name, requests in sets.items():
            if options.only and name not in options.only:
                continue
            folder = os.path.join(options.channels, name)
            is_large = os.path.getsize(os.path.join(folder, "linux-64", "repodata.json")) > LARGEST_FOLDER
            if options.changed:
                copy = os.path.join(home, "channels", name)
                change(folder, copy, is_large=is_large)
                folder = copy
            server = served(os.path.dirname(folder), keeps=not options.changed)
            url = stack.enter_context(server) + f"/{name}" if is_large else None
            report(name, requests, options, Place(folder, url, home))


class Place(NamedTuple):
    """Where a channel is, and the home that our processes have."""

    folder: str
    url: str | None
    home: str


def report(name: str, requests: list[dict[str, object]], options: argparse.Namespace, place: Place) -> None:
    """Print the table of one channel."""
    print(f"\n{name}\n{HEAD}")
    found: dict[str, list[Figures]] = {solver: [] for solver in options.solvers}
    for request in requests:
        specs = [str(spec) for spec in request["specs"]]  # type: ignore[attr-defined] # a list in the file
        for solver in options.solvers:
            sides = ours(specs, solver, place), peers(specs, options.peer, place)
            for side in sides:
                spent(side)
            runs = []
            for _ in range(options.runs):
                if options.changed:
                    change(place.folder, is_large=place.url is not None)
                runs.append(tuple(map(spent, sides)))
            told = difference(runs[-1][0].output, runs[-1][1].output, specs)
            found[solver].append(figures(runs))
            print(f"{request['id']:<5} {solver:<10} {found[solver][-1]}  {told}", flush=True)
    for solver, rows in found.items():
        seconds, peers_seconds, megabytes, peers_megabytes = zip(*rows, strict=True)
        total = Figures(sum(seconds), sum(peers_seconds), max(megabytes), max(peers_megabytes))
        print(f"{'all':<5} {solver:<10} {total}", flush=True)


def change(*folders: str, is_large: bool) -> None:
    """Copy a channel into another folder, or change it."""
    subprocess.run([sys.executable, CHANGED, "shards" if is_large else "flat", *folders], check=True)


def figures(runs: list[tuple[Spent, ...]]) -> Figures:
    """Return the medians of what the runs took."""
    mine, theirs = zip(*runs, strict=True)
    seconds, megabytes = (
        [statistics.median(getattr(run, field) for run in side) for side in (mine, theirs)]
        for field in ("seconds", "megabytes")
    )
    return Figures(*seconds, *megabytes)


def ours(specs: list[str], solver: str, place: Place) -> Side:
    """Return our side of a request."""
    channel = place.url or f"file://{os.path.abspath(place.folder)}"
    options = ["--dry-run", "--json", "--override-channels", "-c", channel, "-n", "new", "--solver", solver]
    environ = {"HOME": place.home, "PATH": os.defpath, "LANG": "C.UTF-8"}
    return Side([sys.executable, "-c", RUN, "create", *options, *specs], environ)


def peers(specs: list[str], python: str, place: Place) -> Side:
    """Return the peer's side of a request."""
    where = ["--url", place.url, "--cache", os.path.join(place.home, "peer")] if place.url else []
    return Side(
        [python, PEER, *(where or ["--folder", place.folder]), *specs], {"HOME": place.home, "PATH": os.defpath}
    )


def spent(side: Side) -> Spent:
    """Run a command."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = subprocess.Popen(
            side.command, env=side.environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read())


if __name__ == "__main__":
    main()
