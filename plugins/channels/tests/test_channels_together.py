"""Processes and threads that refresh the same cache at once never see half of anything."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conda_channels.flat import FlatRepodata
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Warned
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import Answer, Call, ChannelServer

ROUNDS = 12

PROGRAM = f"""
import sys
from conda_channels.flat import FlatRepodata
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.channel import Channel
from conda_testing.kernels import make_kernel
folder, url = sys.argv[1:]
kernel = make_kernel(folder, settings={{"remote_max_retries": 0}})
downloader = kernel.driver(DOWNLOADERS)
for _ in range({ROUNDS}):
    found = FlatRepodata(kernel).read(Channel("c", url), "noarch", downloader, folder + "/kept")
    assert len(found.records("a")) == 2, found.records("a")
assert kernel.reporter.events == [e for e in kernel.reporter.events if type(e).__name__ != "Warned"]
"""


class Changing:
    """Serves another index each time, packed or not, but always a whole one of two records."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def answer(self, call: Call) -> Answer:
        with_zst = call.seen % 3 != 0
        if call.path.endswith(".zst") and not with_zst:
            return Answer(404)
        name = f"{self.folder}/{call.seen % 7}/noarch/{call.path.rpartition('/')[2]}"
        return Answer(200, {"ETag": f'"{call.seen}"'}, Path(name).read_bytes())


def variants(folder: Path) -> str:
    for number in range(7):
        builder = ChannelBuilder(str(folder / str(number)))
        builder.add_record("a", str(number), noarch="generic")
        builder.add_record("a", str(number), "1", noarch="generic", summary="x" * 5000 * number)
        builder.write()
    return str(folder)


def test_processes_that_refresh_one_cache_all_see_whole_files(tmp_path: Path) -> None:
    with ChannelServer(str(tmp_path), {"/": Changing(variants(tmp_path / "variants"))}) as server:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path), server.url]
        running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        errors = [process.communicate(timeout=120)[1] for process in running]

    assert errors == [""] * 3


VICTIM = """
import os, signal, sys
number, folder = int(sys.argv[1]), sys.argv[2]
seen = 0

def watch(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.remove", "os.listdir") and folder + "/kept" in str(arguments[0]):
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

sys.argv[1:2] = []
sys.addaudithook(watch)
"""


def started(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_of_eight_processes_some_are_killed_and_the_others_see_whole_indexes(tmp_path: Path) -> None:
    """Victims kill themselves at one of the steps by which they change the cache, each at another."""
    with ChannelServer(str(tmp_path), {"/": Changing(variants(tmp_path / "variants"))}) as server:
        readers = [started(PROGRAM, tmp_path, server.url) for _ in range(4)]
        victims = [started(VICTIM + PROGRAM, number, tmp_path, server.url) for number in (7, 19, 31, 43)]
        errors = [process.communicate(timeout=120)[1] for process in readers]
        for victim in victims:
            victim.communicate(timeout=120)

    assert errors == [""] * 4
    assert [process.returncode for process in readers] == [0] * 4
    assert [process.returncode for process in victims] == [-signal.SIGKILL] * 4


ONE = """
import sys
from conda_channels.flat import FlatRepodata
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.channel import Channel
from conda_testing.kernels import make_kernel
folder, url, offline = sys.argv[1:]
kernel = make_kernel(folder, settings={"remote_max_retries": 0, "offline": offline == "yes"})
found = FlatRepodata(kernel).read(Channel("c", url), "noarch", kernel.driver(DOWNLOADERS), folder + "/kept")
print(*sorted(record.version for record in found.records("a")))
found.save()
"""
BEFORE_NAMES = """
import os, signal, sys
name = sys.argv[1]

def watch(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith(name):
        os.kill(os.getpid(), signal.SIGKILL)

sys.argv[1:2] = []
sys.addaudithook(watch)
"""


def refreshed(folder: Path, victim: str, where: object) -> tuple[int, list[str]]:
    """Refresh an index in a process that may be killed; return its status and what is read without and with a server.

    Fail when anybody sees anything but the old index or the new one.
    """
    indexes = variants(folder / "variants")
    with ChannelServer(str(folder / "served")) as server:
        shutil.copytree(f"{indexes}/1", folder / "served")
        assert started(ONE, folder, server.url, "no").communicate(timeout=60) == ("1 1\n", "")
        shutil.copytree(f"{indexes}/2", folder / "served", dirs_exist_ok=True)
        process = started(victim + ONE, where, folder, server.url, "no")
        told = process.communicate(timeout=60)
        assert told == ("2 2\n", "") or (process.returncode and told == ("", ""))
        left = started(ONE, folder, server.url, "yes").communicate(timeout=60)
        after = started(ONE, folder, server.url, "no").communicate(timeout=60)

    assert (left[1], *after) == ("", "2 2\n", "")
    return process.returncode, [left[0].strip(), after[0].strip()]


@pytest.mark.parametrize(
    ("name", "left"),
    [("packages.pack", "1 1"), ("-repodata.json.zst", "1 1"), ("state.json", "1 1"), ("ready.pack", "2 2")],
)
def test_whoever_is_killed_before_a_file_gets_its_name_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, name: str, left: str
) -> None:
    assert refreshed(tmp_path, BEFORE_NAMES, name) == (-signal.SIGKILL, [left, "2 2"])


@pytest.mark.full
def test_whoever_is_killed_at_any_step_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    for step in itertools.count(1):
        status, (left, _) = refreshed(tmp_path / str(step), VICTIM, step)
        assert left in ("1 1", "2 2")
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert step > 12


def test_threads_that_refresh_one_cache_all_see_whole_files(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, settings={"remote_max_retries": 0})
    downloader = kernel.driver(DOWNLOADERS)
    found: list[int] = []

    def read() -> None:
        for _ in range(ROUNDS):
            subdir = FlatRepodata(kernel).read(Channel("c", server.url), "noarch", downloader, str(tmp_path / "kept"))
            found.append(len(subdir.records("a")) if subdir else 0)

    with ChannelServer(str(tmp_path), {"/": Changing(variants(tmp_path / "variants"))}) as server:
        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert found == [2] * ROUNDS * 4
    assert isinstance(kernel.reporter, RecordingReporter)
    assert not [event for event in kernel.reporter.events if isinstance(event, Warned)]
