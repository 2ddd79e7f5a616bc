"""Makes a channel of a folder of packages."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from conda_commands_channel_index.archive import SUFFIXES, description
from conda_commands_channel_index.readings import Reading, mark_of
from conda_commands_channel_index.subdir_index import SubdirIndex
from conda_kernel.errors import CondaError, PackageCorrupt, UsageError
from conda_kernel.model.event import Advanced, Finished, Started, Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Result, Table
from conda_kernel.model.subdir import KNOWN_SUBDIRS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator, Sequence

    from conda_commands_channel_index.subdir_index import Archives
    from conda_kernel.kernel import Kernel

NOARCH = "noarch"
MOST_THREADS = 8
COLUMNS = ("Subdir", "Packages", "Read", "Skipped", "Gone", "Files written")
_TASK = "index the channel"


class Interrupted(Exception):
    """Nobody waits for the archive that is being read."""


class Skipped(NamedTuple):
    """An archive that is not in the index, and why."""

    subdir: str
    path: str
    reason: str


class ChannelIndex:
    """The command `conda channel-index`; `clock` gives the seconds since 1970."""

    def __init__(self, kernel: Kernel) -> None:
        self._tell = kernel.reporter.tell
        self._clock = time.time

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument(
            "folder", metavar="FOLDER", help="the channel: packages lie in folders as `linux-64`, `noarch`"
        )
        parser.add_argument(
            "--subdir",
            action="append",
            default=[],
            metavar="SUBDIR",
            help="index only this; can be given several times",
        )
        parser.add_argument(
            "--base-url", default="", metavar="URL", help="where the packages lie, if not beside the index"
        )
        parser.add_argument(
            "--rebuild", action="store_true", help="read every archive, as if none had been read before"
        )
        parser.add_argument(
            "-t",
            "--threads",
            type=int,
            default=0,
            metavar="N",
            help="how many archives are read at once; 0: as make sense",
        )

    def run(self, arguments: Namespace) -> Result:
        """Write the index and return what it holds; the exit status is 1 when a package had to be left out.

        Raises `UsageError` when there is nothing to index, and `CondaError` when the folder cannot be written to.
        """
        if not arguments.folder.strip():
            raise UsageError("the folder has no name", hint="`.` is the folder that you are in")
        channel = os.path.abspath(os.path.expanduser(arguments.folder))
        subdirs = _subdirs(channel, arguments.subdir)
        threads = arguments.threads if arguments.threads > 0 else min(MOST_THREADS, (os.cpu_count() or 1) + 1)
        try:
            os.makedirs(os.path.join(channel, NOARCH), exist_ok=True)
            indexes = [SubdirIndex(channel, subdir, base_url=arguments.base_url, threads=threads) for subdir in subdirs]
            found = [index.archives(reads_all=arguments.rebuild) for index in indexes]
            readings, skipped = self._read(indexes, found, threads)
            now = self._clock()
            written = [index.write(readings[index.subdir], now) for index in indexes]
        except OSError as error:
            place = printable(os.fsdecode(error.filename)) if error.filename else channel
            raise CondaError(f"cannot index `{channel}`: {error.strerror or error} (`{place}`)", path=place) from error
        return _result(channel, found, readings, skipped, written)

    def _read(
        self, indexes: Sequence[SubdirIndex], found: Sequence[Archives], threads: int
    ) -> tuple[dict[str, dict[str, Reading]], list[Skipped]]:
        readings = {each.subdir: dict(each.known) for each in found}
        skipped: list[Skipped] = []
        wanted = [(index, name) for index, each in zip(indexes, found, strict=True) for name in each.unread]
        self._tell(Started(_TASK, "Reading packages", len(wanted), "packages"))
        done = 0
        try:
            for index, name, outcome in _read_all(wanted, threads):
                done += 1
                self._tell(Advanced(_TASK, done))
                if isinstance(outcome, Reading):
                    readings[index.subdir][name] = outcome
                elif outcome is not None:
                    skipped.append(outcome)
        finally:
            self._tell(Finished(_TASK, failed=done < len(wanted)))
        skipped.sort()
        for each in skipped:
            self._tell(Warned(f"`{printable(each.path)}` is left out: {each.reason}"))
        return readings, skipped


def _read_all(
    wanted: Sequence[tuple[SubdirIndex, str]], threads: int
) -> Iterator[tuple[SubdirIndex, str, Reading | Skipped | None]]:
    """Yield what came of each archive, in the order in which they end; those that nobody waits for are given up."""
    interrupted = threading.Event()

    def check() -> None:
        if interrupted.is_set():
            raise Interrupted

    with ThreadPoolExecutor(threads) as pool:
        try:
            running = {pool.submit(_reading, index, name, check): (index, name) for index, name in wanted}
            for each in as_completed(running):
                yield (*running[each], each.result())
        finally:
            interrupted.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _reading(index: SubdirIndex, name: str, check: Callable[[], None]) -> Reading | Skipped | None:
    """Return what an archive says, or why it is left out; `None` when it was removed meanwhile."""
    path = index.path(name)
    try:
        if not os.path.isfile(path):
            return Skipped(index.subdir, path, "it is no file") if os.path.lexists(path) else None
        mark = mark_of(path)
        described = description(path, index.subdir, check)
        if mark_of(path) != mark:
            return Skipped(index.subdir, path, "it was changed while it was read")
    except PackageCorrupt as error:
        return Skipped(index.subdir, path, str(error.fields["reason"]))
    except OSError as error:
        return Skipped(index.subdir, path, f"it cannot be read ({error.strerror or error})")
    return Reading(mark, described)


def _subdirs(channel: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the subdirs to index, `noarch` always among them; raise `UsageError` for a folder that is no channel."""
    if not os.path.isdir(channel):
        raise UsageError(f"there is no folder `{printable(channel)}`")
    for subdir in wanted:
        if subdir not in KNOWN_SUBDIRS:
            raise UsageError(
                f"there is no subdir `{printable(subdir)}`", hint=f"there are {', '.join(sorted(KNOWN_SUBDIRS))}"
            )
    names = os.listdir(channel)
    if any(name.endswith(SUFFIXES) for name in names):
        is_subdir = os.path.basename(channel) in KNOWN_SUBDIRS
        raise UsageError(
            f"packages lie in `{printable(channel)}` itself",
            hint=f"index the folder above it: `{printable(os.path.dirname(channel))}`"
            if is_subdir
            else "put each into a folder named for its platform, as `linux-64`, and index the folder of these",
        )
    there = [name for name in names if name in KNOWN_SUBDIRS and os.path.isdir(os.path.join(channel, name))]
    if not there:
        raise UsageError(
            f"`{printable(channel)}` has no folder of packages",
            hint="packages lie in folders named for their platform, as `linux-64` or `noarch`",
        )
    return tuple(sorted({NOARCH, *(wanted or there)}))


def _result(
    channel: str,
    found: Sequence[Archives],
    readings: dict[str, dict[str, Reading]],
    skipped: Sequence[Skipped],
    written: Sequence[int],
) -> Result:
    subdirs: dict[str, dict[str, int]] = {}
    for each, files in zip(found, written, strict=True):
        lost = sum(one.subdir == each.subdir for one in skipped)
        subdirs[each.subdir] = {
            "packages": len(readings[each.subdir]),
            "read": len(readings[each.subdir]) - len(each.known),
            "skipped": lost,
            "gone": each.gone,
            "files_written": files,
        }
    document = {
        "success": not skipped,
        "channel": channel,
        "subdirs": subdirs,
        "skipped": [{"path": printable(each.path), "reason": each.reason} for each in skipped],
    }
    rows = tuple((subdir, *map(str, counts.values())) for subdir, counts in subdirs.items())
    return Result(document, (Table(COLUMNS, rows, right=frozenset(COLUMNS[1:])),), exit_status=1 if skipped else 0)
