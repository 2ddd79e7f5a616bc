"""Processes and threads that refresh the same cache at once never see half of anything."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

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
