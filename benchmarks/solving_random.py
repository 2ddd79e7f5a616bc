"""Solves random requests of 2 to 12 names in one process, and compares with py-rattler.

    python benchmarks/solving_random.py CHANNELS NAME --peer PYTHON [--solvers lazy ...] [--requests N] [--seed N]

The channel NAME in the folder CHANNELS is served on loopback and read by its shards. Some of the names ask for a
version. Our solver is measured from the index to the solution, the peer from the request to the solution; both keep
what they have read of the channel. Prints the sum and the slowest of both, and how they agree.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from typing import NamedTuple

from solving_served import served

from conda_kernel.channels import channel_settings
from conda_kernel.errors import Unsolvable
from conda_kernel.hookspecs import INDEXES, SOLVERS
from conda_kernel.machine import virtual_packages
from conda_kernel.model.channel import expand
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Install, SolveRequest
from conda_testing.kernels import make_kernel

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "solving_peer.py")
SUBDIRS = ("linux-64", "noarch")


class Answer(NamedTuple):
    """File names, None where there is no solution, and CPU seconds."""

    names: list[str] | None
    seconds: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("channels")
    parser.add_argument("name")
    parser.add_argument("--peer", required=True, metavar="PYTHON")
    parser.add_argument("--solvers", nargs="+", default=["lazy"])
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(options.channels) as base:
        url = f"{base}/{options.name}"
        kernel = make_kernel(folder)
        index = kernel.driver(INDEXES).open(expand([url], channel_settings(kernel.context)), SUBDIRS)
        requests = chosen(index.names(), options.requests, random.Random(options.seed))  # noqa: S311 - no secret
        theirs = peers(requests, options.peer, url, folder)
        machine = virtual_packages(kernel, SUBDIRS[0])
        print(f"{'':<10} {'sum s':>7} {'slowest':>8} {'unsat':>6}  agreement")
        print(f"{'peer':<10} {figures(theirs)}")
        for name in options.solvers:
            solver = kernel.driver(SOLVERS, name)
            mine = []
            for texts in requests:
                jobs = tuple(Install(MatchSpec.parse(text)) for text in texts)
                index.prepare([job.spec.name for job in jobs])
                mine.append(solved(solver, SolveRequest(jobs, index, machine=machine)))
            print(f"{name:<10} {figures(mine)}  {agreement(mine, theirs)}", flush=True)
            for texts, one, other in zip(requests, mine, theirs, strict=True):
                if (one.names is None) != (other.names is None):
                    print(f"    one of both has no solution: {' '.join(texts)}")


def chosen(names: tuple[str, ...], count: int, source: random.Random) -> list[list[str]]:
    """Return random requests; half of them ask for python."""
    requests = []
    for _ in range(count):
        request = source.sample(names, source.randint(2, 12))
        if source.random() < 0.5:
            request[0] = source.choice(["python", "python=3.11", "python=3.12", "python=3.10"])
        requests.append(request)
    return requests


def solved(solver: object, request: SolveRequest) -> Answer:
    """Return our answer."""
    begin = time.process_time()
    try:
        records = solver.solve(request).records  # type: ignore[attr-defined] # a driver of the point
    except Unsolvable:
        return Answer(None, time.process_time() - begin)
    return Answer(sorted(record.file_name for record in records), time.process_time() - begin)


def peers(requests: list[list[str]], python: str, url: str, folder: str) -> list[Answer]:
    """Return the peer's answers; it is asked twice, and the second time counts."""
    path = os.path.join(folder, "requests")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines("\t".join(request) + "\n" for request in requests)
    command = [python, PEER, "--url", url, "--cache", os.path.join(folder, "peer"), "--many", path]
    environ = {"HOME": folder, "PATH": os.defpath}
    output = ""
    for _ in range(2):
        output = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [Answer(line["names"], line["seconds"]) for line in map(json.loads, output.splitlines())]


def figures(answers: list[Answer]) -> str:
    """Return sum and maximum of the times, and how many requests have no solution."""
    seconds = [answer.seconds for answer in answers]
    return f"{sum(seconds):7.2f} {max(seconds):8.3f} {sum(answer.names is None for answer in answers):6}"


def agreement(mine: list[Answer], theirs: list[Answer]) -> str:
    """Return in how many cases there is a solution for both or for none, and in how many it is the same."""
    pairs = list(zip(mine, theirs, strict=True))
    agreeing = sum((one.names is None) == (other.names is None) for one, other in pairs)
    same = sum(one.names == other.names for one, other in pairs if one.names is not None)
    return f"solvable or not: {agreeing} of {len(pairs)}; the same packages: {same}"


if __name__ == "__main__":
    main()
