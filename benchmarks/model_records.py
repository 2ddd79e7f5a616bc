"""Measures what one package record costs, against py-rattler's record and against decoding the same bytes.

    python benchmarks/model_records.py [--runs N] [--shared FOLDER]

The entries come from the channels in `data/channels` of the folder `shared` beside the repository, else they are made
up. Prints, for each channel, µs of CPU time for one record and ratios, all measured in turn in one process:

- `record`: `record_reader` on entries that are decoded already, fifty different ones again and again (they stay in
  the processor's cache, as they do where an entry is decoded just before), the median over all such fifties
- `once through`: the same over all entries in turn, which mostly fetches them from memory
- `py-rattler`: `RepoDataRecord(PackageRecord(…))` from arguments made ready before, as `record`
- `json`, `msgspec`: decoding the bytes of the entries alone, as `record`
- `as a channel is read`: decoding with msgspec and making the record
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from typing import TYPE_CHECKING, Any

import msgspec
import rattler
import zstandard

from conda_kernel.model.record import record_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "shared")
CHANNEL = "https://channel.example/c"
BASE_URL = f"{CHANNEL}/linux-64"
TOGETHER = 50
TAKEN_OVER = (
    "name",
    "version",
    "build_number",
    "subdir",
    "arch",
    "platform",
    "noarch",
    "depends",
    "constrains",
    "size",
    "license",
    "license_family",
)

Entry = tuple[str, dict[str, Any]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="how often each group is measured (%(default)s)")
    parser.add_argument("--shared", default=SHARED, help="the folder that holds `data/channels`")
    arguments = parser.parse_args()
    for name, entries in channels(os.path.join(arguments.shared, "data", "channels")):
        report(name, entries, arguments.runs)


def channels(folder: str) -> Iterator[tuple[str, list[Entry]]]:
    """Give the entries of each channel, by its name."""
    if not os.path.isdir(folder):
        yield "made up", made_up(2000)
        return
    for name in sorted(os.listdir(folder)):
        entries: list[Entry] = []
        for subdir in sorted(os.listdir(os.path.join(folder, name))):
            with open(os.path.join(folder, name, subdir, "repodata.json.zst"), "rb") as file:
                document = json.loads(zstandard.ZstdDecompressor().stream_reader(file).read())
            for table in ("packages", "packages.conda"):
                entries += document.get(table, {}).items()
        yield name, entries


def made_up(number: int) -> list[Entry]:
    """Return entries as wide as those of a channel usually are."""
    entries = []
    for index in range(number):
        name, version, build = f"package-{index % 97}", f"1.{index % 31}.{index}", f"py312h{index:07x}_{index % 3}"
        entry = {
            "build": build,
            "build_number": index % 3,
            "depends": ["libgcc >=13", "libstdcxx >=13", "python >=3.12,<3.13.0a0", "python_abi 3.12.* *_cp312", name],
            "license": "BSD-3-Clause",
            "license_family": "BSD",
            "md5": f"{index:032x}",
            "name": name,
            "sha256": f"{index:064x}",
            "size": 100_000 + index,
            "subdir": "linux-64",
            "timestamp": 1_700_000_000_000 + index,
            "version": version,
        }
        entries.append((f"{name}-{version}-{build}.conda", entry))
    return entries


def report(name: str, entries: list[Entry], runs: int) -> None:
    """Print the table of one channel."""
    read = record_reader(channel="c", subdir="linux-64", base_url=BASE_URL)
    decode = msgspec.json.Decoder().decode
    encoded = [(file_name, json.dumps(entry).encode()) for file_name, entry in entries]
    texts = [(text, None) for _, text in encoded]
    arguments = [(file_name, rattler_arguments(entry)) for file_name, entry in entries]
    ways: dict[str, tuple[Callable[[Any, Any], object], Sequence[tuple[Any, Any]]]] = {
        "record": (read, entries),
        "py-rattler": (rattler_record, arguments),
        "json": (lambda text, _: json.loads(text), texts),
        "msgspec": (lambda text, _: decode(text), texts),
        "as a channel is read": (lambda file_name, text: read(file_name, decode(text)), encoded),
    }
    gc.disable()
    found = {way: statistics.median(grouped) for way, grouped in in_groups(ways, runs).items()}
    found["once through"] = min(spent(read, entries) for _ in range(runs))
    gc.enable()
    print(f"\n{name}: {len(entries)} entries\n{'':<22} {'µs':>6} {'record is … of it':>18}")
    for way, microseconds in found.items():
        print(f"{way:<22} {microseconds:6.2f} {found['record'] / microseconds:18.2f}")


def in_groups(ways: dict[str, Any], runs: int) -> dict[str, list[float]]:
    """Return the best time of each way for each group of entries, all ways in turn."""
    found: dict[str, list[float]] = {way: [] for way in ways}
    entries = min(len(data) for _, data in ways.values())
    for start in range(0, entries - TOGETHER + 1, TOGETHER):
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(runs):
            for way, (function, data) in ways.items():
                best[way] = min(best[way], spent(function, data[start : start + TOGETHER]))
        for way, microseconds in best.items():
            found[way].append(microseconds)
    return found


def spent(function: Callable[[Any, Any], object], data: Sequence[tuple[Any, Any]]) -> float:
    """Return the µs of one call, on average over the data."""
    before = time.process_time_ns()
    for one, other in data:
        function(one, other)
    return (time.process_time_ns() - before) / len(data) / 1000


def rattler_arguments(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as arguments of py-rattler's record."""
    arguments = {key: entry[key] for key in TAKEN_OVER if key in entry}
    for key in ("md5", "sha256"):
        arguments[key] = bytes.fromhex(entry[key]) if key in entry else None
    return {**arguments, "build": rattler.BuildString(entry["build"])}


def rattler_record(file_name: str, arguments: dict[str, Any]) -> rattler.RepoDataRecord:
    """Return py-rattler's record."""
    return rattler.RepoDataRecord(rattler.PackageRecord(**arguments), file_name, f"{BASE_URL}/{file_name}", CHANNEL)


if __name__ == "__main__":
    main()
