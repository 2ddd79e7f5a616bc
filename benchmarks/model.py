"""Measures the data model against py-rattler, used from Python in the same process and in turn.

    python benchmarks/model.py [--runs N] [--channels FOLDER]

The channels are real ones (`../shared/data/channels`). Prints CPU time in microseconds for each piece of work, the
median of the runs, and the median of the ratios to py-rattler, beside the aim where there is one. All caches of the
model are emptied before each run.

versions, as they occur    100,000 versions of records in their order, again from the start until there are enough,
                           parsed and sorted
versions, all different    100,000 versions: those of the records and, until there are enough, copies of them with every
                           number replaced by one of no more digits
specs, as they occur       every dependency of every record, as it is needed to read a channel
specs, all different       1,000 dependencies with a version, none twice
specs against records      those specs against every record of their name; prepared are the specs and, for our side,
                           `Candidates`, for rattler's, package records
parse and match            both
one by one                 as before, but `matches(record)` for each record on our side too
records                    `record_reader` on the decoded entries of repodata, every field that is used in a path
                           checked, against `RepoDataRecord` from arguments made ready before; fifty entries again and
                           again, since they stay in the processor's cache where an entry is decoded just before
records, once through      the same over all entries in turn, which mostly fetches them from memory
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import re
import statistics
import sys
import time
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import rattler
import zstandard
from rattler.exceptions import InvalidMatchSpecError

from conda_kernel.model.candidates import Candidates
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.record import PackageRecord, record_reader
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSIONS, SPECS = 100_000, 1_000
CHANNELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "shared", "data", "channels")
URL = "https://channel.example/c"
TOGETHER, TIMES = 50, 20
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

Entry = dict[str, Any]


class Work(NamedTuple):
    """One piece of work, done by both sides."""

    name: str
    pieces: int
    ours: Callable[[], object]
    theirs: Callable[[], object]
    aim: str = ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="how often each work is done (%(default)s)")
    parser.add_argument("--channels", default=CHANNELS, help="the folder of channels with repodata.json.zst")
    arguments = parser.parse_args()
    named_entries = list(entries_in(arguments.channels))
    entries = [entry for _, entry in named_entries]
    print(f"{len(entries)} records\n\n{'work':<24} {'pieces':>7} {'ours µs':>8} {'rattler µs':>11} {'ratio':>6}  aim")
    for work in (*of_versions(entries), *of_specs(entries), *of_records(named_entries)):
        report(work, arguments.runs)
    sys.stdout.flush()
    os._exit(0)  # py-rattler crashes at exit now and then


def entries_in(folder: str) -> Iterator[tuple[str, Entry]]:
    """Yield the file names and entries of all channels of a folder."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        if "repodata.json.zst" in names:
            with open(os.path.join(place, "repodata.json.zst"), "rb") as file:
                repodata = json.loads(zstandard.ZstdDecompressor().stream_reader(file).read())
            for group in ("packages", "packages.conda"):
                yield from repodata.get(group, {}).items()


def of_versions(entries: list[Entry]) -> Iterator[Work]:
    """Yield the work on versions."""
    texts = [entry["version"] for entry in entries]
    repeated = (texts * (VERSIONS // len(texts) + 1))[:VERSIONS]
    for name, chosen, aim in (("as they occur", repeated, "0.5"), ("all different", different(sorted(set(texts))), "")):
        yield Work(f"versions, {name}", len(chosen), sorter_of_ours(chosen), sorter_of_theirs(chosen), aim)


def sorter_of_ours(texts: list[str]) -> Callable[[], object]:
    """Return what parses and sorts the versions with the model."""
    return lambda: sorted(map(Version.parse, texts), key=attrgetter("key"))


def sorter_of_theirs(texts: list[str]) -> Callable[[], object]:
    """Return what parses and sorts the versions with py-rattler."""
    return lambda: sorted(map(rattler.Version, texts))


def different(texts: list[str]) -> list[str]:
    """Return as many different versions as are needed, made from these."""
    chance = random.Random(1)  # noqa: S311 - nothing secret is made
    found = dict.fromkeys(texts)
    while len(found) < VERSIONS:
        found[re.sub(r"\d+", lambda digits: str(chance.randrange(10 ** len(digits[0]))), chance.choice(texts))] = None
    made = list(found)
    chance.shuffle(made)
    return made


def of_specs(entries: list[Entry]) -> Iterator[Work]:
    """Yield the work on match specs."""
    depends = [text for entry in entries for text in (*entry["depends"], *entry.get("constrains", ()))]
    names = {entry["name"] for entry in entries}
    texts = sorted({text for text in depends if " " in text and text.partition(" ")[0] in names})
    random.Random(2).shuffle(texts)  # noqa: S311 - nothing secret is made
    texts = texts[:SPECS]
    ours: dict[str, list[PackageRecord]] = {}
    theirs: dict[str, list[rattler.PackageRecord]] = {}
    for entry in entries:
        facts = (entry["name"], entry["version"], entry["build"], entry["build_number"])
        ours.setdefault(entry["name"], []).append(PackageRecord(*facts))
        theirs.setdefault(entry["name"], []).append(rattler_record(*facts))
    candidates = {name: Candidates(records) for name, records in ours.items()}
    specs = [MatchSpec.parse(text) for text in texts]
    groups = [(rattler.MatchSpec(text), theirs[spec.name]) for text, spec in zip(texts, specs, strict=True)]
    pairs = sum(len(records) for _, records in groups)

    def parse_and_match() -> int:
        parsed = map(MatchSpec.parse, texts)
        return sum(candidates[spec.name].matching(spec).bit_count() for spec in parsed)

    def one_by_one() -> int:
        parsed = map(MatchSpec.parse, texts)
        return sum(spec.matches(record) for spec in parsed for record in ours[spec.name])

    def match() -> int:
        return sum(candidates[spec.name].matching(spec).bit_count() for spec in specs)

    def rattler_match() -> int:
        return sum(spec.matches(record) for spec, records in groups for record in records)

    def rattler_parse_and_match() -> int:
        parsed = map(rattler.MatchSpec, texts)
        return sum(
            spec.matches(record) for spec, (_, records) in zip(parsed, groups, strict=True) for record in records
        )

    if len({parse_and_match(), one_by_one(), match(), rattler_match(), rattler_parse_and_match()}) != 1:
        sys.exit("the two sides do not select the same records")
    yield Work("specs, as they occur", len(depends), parser_of(MatchSpec.parse, depends), parser_of(lenient, depends))
    yield Work("specs, all different", SPECS, parser_of(MatchSpec.parse, texts), parser_of(lenient, texts))
    yield Work("specs against records", pairs, match, rattler_match, "0.5")
    yield Work("parse and match", pairs, parse_and_match, rattler_parse_and_match)
    yield Work("one by one", pairs, one_by_one, rattler_parse_and_match)


def parser_of(parse: Callable[[str], object], texts: list[str]) -> Callable[[], object]:
    """Return what parses all texts and keeps the results."""
    return lambda: list(map(parse, texts))


def lenient(text: str) -> rattler.MatchSpec | None:
    """Return rattler's match spec, none for the few dependencies that it refuses."""
    try:
        return rattler.MatchSpec(text)
    except InvalidMatchSpecError:
        return None


def rattler_record(name: str, version: str, build: str, number: int) -> rattler.PackageRecord:
    """Return rattler's record with what the specs look at."""
    return rattler.PackageRecord(
        name, rattler.VersionWithSource(version), rattler.BuildString(build), number, rattler.Subdir("linux-64")
    )


def of_records(entries: list[tuple[str, Entry]]) -> Iterator[Work]:
    """Yield the making of records from decoded entries, in groups and all in turn."""
    read = record_reader(channel="c", subdir="linux-64", base_url=f"{URL}/linux-64")
    prepared = [(file_name, rattler_arguments(entry)) for file_name, entry in entries]
    for start in (0, len(entries) // 3, 2 * len(entries) // 3):
        group = slice(start, start + TOGETHER)
        ours, theirs = maker(read, entries[group] * TIMES), maker(rattler_package, prepared[group] * TIMES)
        yield Work(f"records, from the {start}th", TOGETHER * TIMES, ours, theirs, "1.5 µs")
    yield Work("records, once through", len(entries), maker(read, entries), maker(rattler_package, prepared))


def maker(make: Callable[[str, Entry], object], arguments: list[tuple[str, Entry]]) -> Callable[[], object]:
    """Return what makes a record of each, and keeps none."""

    def make_all() -> None:
        for file_name, entry in arguments:
            make(file_name, entry)

    return make_all


def rattler_arguments(entry: Entry) -> Entry:
    """Return the entry as arguments of py-rattler's record."""
    arguments = {key: entry[key] for key in TAKEN_OVER if key in entry}
    for key in ("md5", "sha256"):
        arguments[key] = bytes.fromhex(entry[key]) if key in entry else None
    return {**arguments, "build": rattler.BuildString(entry["build"])}


def rattler_package(file_name: str, arguments: Entry) -> rattler.RepoDataRecord:
    """Return py-rattler's record."""
    return rattler.RepoDataRecord(rattler.PackageRecord(**arguments), file_name, f"{URL}/linux-64/{file_name}", URL)


def report(work: Work, runs: int) -> None:
    """Measure one piece of work and print its line."""
    pairs = [(spent(work.ours), spent(work.theirs)) for _ in range(runs)]
    ours = statistics.median(one for one, _ in pairs) / work.pieces * 1e6
    theirs = statistics.median(other for _, other in pairs) / work.pieces * 1e6
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{work.name:<24} {work.pieces:7} {ours:8.2f} {theirs:11.2f} {ratio:6.2f}  {work.aim}", flush=True)


def spent(call: Callable[[], object]) -> float:
    """Return the CPU seconds of a call that finds all caches empty."""
    for name, module in list(sys.modules.items()):
        if name.startswith("conda_kernel.model"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
    gc.collect()
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
