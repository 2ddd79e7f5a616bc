"""Measures what a channel costs: whole processes that plan a new environment, in turn with py-rattler.

    python benchmarks/channels.py CHANNEL [--runs N] [--requests FILE] [--ids f2,f6]

Both, and `conda-testing` for what has no peer, are installed beside the Python that runs this.

CHANNEL is a folder with `linux-64` and `noarch` that have `repodata.json.zst` and shards (the channel `forge-scale` of
`../shared/bench`, of 1.08 million records). It is served over loopback by a process of its own. Ours is the command
`conda create --dry-run`; theirs is a program that asks py-rattler's gateway and solver for the same. Prints the medians
of CPU time (user and system, in seconds) and of peak memory, and their ratios. Everything is run once before it is
measured, with compiled modules, and each first use has a folder of its own: file systems are slow after deletions.

first use      the flat channel from `repodata.json.zst`, nothing in the cache
later use      the same again: the server is asked whether it has changed
sharded cold   from shards, nothing in the cache
sharded warm   the same again

Then, in processes of their own: how long it takes to read the reachable records of a request for the second time (all
at once, as for a solver that has to be fed; with garbage looked for as seldom as in a command), and how long the first
use of the flat channel on this machine takes, against msgspec decoding all of it into structs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = os.path.dirname(os.path.abspath(__file__))
REQUESTS = os.path.join(HERE, "..", "..", "shared", "bench", "requests.json")
SUBDIRS = ("linux-64", "noarch")

PEER = """
import asyncio, os, sys
import rattler
cache, shards, channel, *specs = sys.argv[1:]
gateway = rattler.Gateway(cache_dir=cache, default_config=rattler.SourceConfig(sharded_enabled=shards == "yes"))
found = asyncio.run(rattler.solve(
    [rattler.Channel(channel)], [rattler.MatchSpec(spec) for spec in specs], gateway=gateway,
    platforms=[rattler.Subdir("linux-64"), rattler.Subdir("noarch")],
    virtual_packages=[each.into_generic() for each in rattler.VirtualPackage.detect()],
))
print(len(found), flush=True)
os._exit(0)
"""

READER = """
import gc, sys, time
from conda_cli.main import COLLECTIONS
from conda_kernel.hookspecs import INDEXES
from conda_kernel.model.channel import Channel
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Install
from conda_testing.kernels import make_kernel
gc.set_threshold(*COLLECTIONS)
folder, channel, *specs = sys.argv[1:]
kernel = make_kernel(folder, settings={"repodata_use_shards": False})
index = kernel.driver(INDEXES).open([Channel("channel", channel)], ("linux-64", "noarch"))
jobs = [Install(MatchSpec.parse(spec)) for spec in specs]
begin = time.process_time()
index.prepare([job.spec.name for job in jobs])
records = index.reachable(jobs, ())
print(time.process_time() - begin, len(records))
index.keep()
"""

TYPED = """
import gc, sys
import msgspec
class Record(msgspec.Struct, gc=False):
    name: str
    version: str
    build: str
    build_number: int
    depends: list[str] = []
    constrains: list[str] = []
    md5: str | None = None
    sha256: str | None = None
    size: int | None = None
    timestamp: int | None = None
    subdir: str | None = None
    noarch: str | bool | None = None
    license: str | None = None
    license_family: str | None = None
class Document(msgspec.Struct):
    packages: dict[str, Record] = {}
    new: dict[str, Record] = msgspec.field(default={}, name="packages.conda")
gc.disable()
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        document = msgspec.json.decode(file.read(), type=Document)
    print(len(document.packages) + len(document.new))
"""

OPENER = """
import sys
from conda_kernel.hookspecs import INDEXES
from conda_kernel.model.channel import Channel
from conda_testing.kernels import make_kernel
folder, channel = sys.argv[1:]
kernel = make_kernel(folder, settings={"repodata_use_shards": False})
kernel.driver(INDEXES).open([Channel("channel", channel)], ("linux-64", "noarch"))
"""


class Used(NamedTuple):
    """What a process used: CPU seconds, memory in MB at most, and what it printed."""

    cpu: float
    memory: float
    printed: str


class Side(NamedTuple):
    """One of two programs that are compared: its command, its environment, and the folder of its cache."""

    command: Sequence[str]
    environ: dict[str, str]
    cache: str

    def run(self, *, fresh: bool) -> Used:
        """Run it once, without a cache when it is to be fresh."""
        if fresh and os.path.exists(self.cache):
            os.rename(self.cache, f"{self.cache}-{os.urandom(4).hex()}")
        return used(self.command, self.environ)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("channel", metavar="CHANNEL")
    parser.add_argument("--runs", type=int, default=5, help="how often each is done (%(default)s)")
    parser.add_argument("--requests", default=REQUESTS, metavar="FILE", help="requests, by the names of channels")
    parser.add_argument("--ids", default="f2,f4,f6", help="which of them (%(default)s)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.channel)
        return
    with open(arguments.requests, encoding="utf-8") as file:
        requests = json.load(file)[os.path.basename(os.path.abspath(arguments.channel))]
    chosen = [each for each in requests if each["id"] in arguments.ids.split(",")]
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", arguments.channel], stdout=subprocess.PIPE, text=True
    )
    with server, tempfile.TemporaryDirectory() as folder:
        try:
            url = server.stdout.readline().strip() if server.stdout is not None else ""
            measure(url, chosen, folder, arguments.runs)
            alone(arguments.channel, chosen[-1]["specs"], folder, arguments.runs)
        finally:
            server.terminate()


def measure(url: str, requests: Sequence[dict[str, object]], folder: str, runs: int) -> None:
    """Compare whole processes, each use in turn with the peer's."""
    print(f"{'':26} {'CPU s':>7} {'peer':>7} {'ratio':>6}   {'MB':>5} {'peer':>5} {'ratio':>6}")
    for number, request in enumerate(requests):
        specs = [str(spec) for spec in request["specs"]]  # type: ignore[attr-defined]  # JSON
        for shards in (False, True):
            sides = ours(url, specs, folder, shards=shards), theirs(url, specs, folder, shards=shards)
            # The first use of the flat channel costs the same for all requests.
            if shards or number == 0:
                use = "sharded cold" if shards else "first use"
                report(f"{request['id']} {use}", *in_turn(*(side_of(side, fresh=True) for side in sides), runs=runs))
            use = "sharded warm" if shards else "later use"
            report(f"{request['id']} {use}", *in_turn(*(side_of(side, fresh=False) for side in sides), runs=runs))


def alone(channel: str, specs: Sequence[str], folder: str, runs: int) -> None:
    """Measure what has no peer of the same kind."""
    local, home = f"file://{os.path.abspath(channel)}", os.path.join(folder, "local")
    environ = {**inherited(), "HOME": folder}
    read = [sys.executable, "-c", READER, home, local, *specs]
    used(read, environ)
    found = [used(read, environ).printed.split() for _ in range(runs)]
    seconds = statistics.median(float(each[0]) for each in found)
    print(f"\nthe {found[0][1]} reachable records of {' '.join(specs)}, second reading: {seconds * 1000:.0f} ms")
    files = [os.path.join(os.path.abspath(channel), subdir, "repodata.json") for subdir in SUBDIRS]
    if all(map(os.path.exists, files)):
        opening = Side([sys.executable, "-c", OPENER, home, local], environ, home)
        decoding = [sys.executable, "-c", TYPED, *files]
        report(
            "opened / typed decode", *in_turn(side_of(opening, fresh=True), lambda: used(decoding, environ), runs=runs)
        )


def ours(url: str, specs: Sequence[str], folder: str, *, shards: bool) -> Side:
    """Return our command."""
    cache = os.path.join(folder, f"ours-{shards}")
    command = [os.path.join(os.path.dirname(sys.executable), "conda"), "create", "-n", "new", "--dry-run", "--json"]
    environ = {
        "HOME": os.path.join(folder, "home"),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "CONDA_PKGS_DIRS": cache,
        "CONDA_ENVS_DIRS": os.path.join(folder, "envs"),
        "CONDA_REPODATA_USE_SHARDS": str(shards).lower(),
    }
    return Side([*command, "--override-channels", "-c", url, *specs], environ, cache)


def theirs(url: str, specs: Sequence[str], folder: str, *, shards: bool) -> Side:
    """Return the peer's program."""
    cache = os.path.join(folder, f"theirs-{shards}")
    command = [sys.executable, "-c", PEER, cache, "yes" if shards else "no", url, *specs]
    return Side(command, {**inherited(), "HOME": folder}, cache)


def inherited() -> dict[str, str]:
    """Return the environment without what keeps Python from keeping what it has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def side_of(side: Side, *, fresh: bool) -> Callable[[], Used]:
    """Return what runs a side."""
    return lambda: side.run(fresh=fresh)


def in_turn(*sides: Callable[[], Used], runs: int) -> list[list[Used]]:
    """Run each side so often, one after the other."""
    found: list[list[Used]] = [[] for _ in sides]
    for side in sides:
        side()
    for _ in range(runs):
        for side, results in zip(sides, found, strict=True):
            results.append(side())
    return found


def report(title: str, our_runs: Sequence[Used], their_runs: Sequence[Used]) -> None:
    """Print a line."""
    cpu, peer_cpu = (statistics.median(run.cpu for run in runs) for runs in (our_runs, their_runs))
    memory, peer_memory = (statistics.median(run.memory for run in runs) for runs in (our_runs, their_runs))
    print(
        f"{title:26} {cpu:7.3f} {peer_cpu:7.3f} {cpu / peer_cpu:6.2f}   "
        f"{memory:5.0f} {peer_memory:5.0f} {memory / peer_memory:6.2f}",
        flush=True,
    )


def used(command: Sequence[str], environ: dict[str, str]) -> Used:
    """Run a command and return what it used; end when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
    if process.returncode:
        sys.exit(f"{command[:3]} ended with {process.returncode}:\n{printed[-2000:]}")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed)


def serve(folder: str) -> None:
    """Serve a folder: with validators, kept connections, and no delay."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            path = os.path.join(folder, self.path.lstrip("/"))
            if ".." in self.path or not os.path.isfile(path):
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status = os.stat(path)
            etag = f'"{hashlib.sha256(f"{status.st_mtime_ns} {status.st_size}".encode()).hexdigest()[:16]}"'
            is_known = self.headers.get("If-None-Match") == etag
            self.send_response(304 if is_known else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", "0" if is_known else str(status.st_size))
            self.end_headers()
            if not is_known:
                with open(path, "rb") as file:
                    shutil.copyfileobj(file, self.wfile, 1 << 20)

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = socket.SOMAXCONN

    with Server(("127.0.0.1", 0), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
