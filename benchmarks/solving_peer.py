"""One request to py-rattler, as a whole process: prints a line of JSON with the file names of the solution.

    python benchmarks/solving_peer.py (--folder FOLDER | --url URL --cache FOLDER) SPEC...
    python benchmarks/solving_peer.py --url URL --cache FOLDER --many FILE

With `--folder` it reads repodata.json of a channel in that folder; with `--url` it reads shards, kept in the cache. A
file has one request a line, its specs separated by tabs; it gets a line of JSON for each. It needs py-rattler and
nothing of this repository. It ends without clean-up: py-rattler crashes now and then while the interpreter is taken
apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from typing import Any

SUBDIRS = ("linux-64", "noarch")


async def answer(options: argparse.Namespace, texts: list[str], gateway: Any) -> dict[str, object]:  # noqa: ANN401 - rattler is not installed where this is checked
    """Return the file names of a solution, None when there is none, and the CPU seconds it took."""
    import rattler  # noqa: PLC0415 - so that a help text needs no rattler
    from rattler.exceptions import GatewayError, SolverError  # noqa: PLC0415 - as above

    specs = [rattler.MatchSpec(text) for text in texts]
    machine = [package.into_generic() for package in rattler.VirtualPackage.detect()]
    begin = time.process_time()
    names = None
    try:
        if options.folder:
            channel = rattler.Channel(f"file://{options.folder}")
            files = [os.path.join(options.folder, subdir, "repodata.json") for subdir in SUBDIRS]
            sparse = [rattler.SparseRepoData(channel, *pair) for pair in zip(SUBDIRS, files, strict=True)]
            records = await rattler.solve_with_sparse_repodata(specs, sparse, virtual_packages=machine)
        else:
            channels, platforms = [rattler.Channel(options.url)], [rattler.Subdir(subdir) for subdir in SUBDIRS]
            records = await rattler.solve(
                channels, specs, gateway=gateway, platforms=platforms, virtual_packages=machine
            )
        names = sorted(record.file_name for record in records)
    except (SolverError, GatewayError):
        pass
    return {"names": names, "seconds": time.process_time() - begin}


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder")
    parser.add_argument("--url")
    parser.add_argument("--cache")
    parser.add_argument("--many", metavar="FILE")
    parser.add_argument("specs", nargs="*")
    options = parser.parse_args()
    if options.folder:
        options.folder = os.path.abspath(options.folder)
    requests = [options.specs]
    if options.many:
        with open(options.many, encoding="utf-8") as file:
            requests = [line.rstrip("\n").split("\t") for line in file]
    asyncio.run(answers(options, requests))


async def answers(options: argparse.Namespace, requests: list[list[str]]) -> None:
    """Print a line for each request."""
    import rattler  # noqa: PLC0415 - so that a help text needs no rattler

    gateway = rattler.Gateway(cache_dir=options.cache) if options.url else None
    for specs in requests:
        print(json.dumps(await answer(options, specs, gateway)), flush=True)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
