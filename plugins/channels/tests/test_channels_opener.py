"""One index over channels: order, priority, what may be missing, what is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.errors import ChannelUnavailable, CondaError, FetchError, OfflineError
from conda_kernel.hookspecs import DOWNLOADERS, INDEXES, REPODATA_SOURCES
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Advanced, Finished, Started, Told, Warned
from conda_kernel.model.secret import Secret
from conda_kernel.model.solving import Index
from conda_kernel.plugin import Plugin
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, Hold, Respond

SUBDIRS = ("linux-64", "noarch")


def channel(folder: Path, name: str, *packages: tuple[str, str], subdir: str = "linux-64") -> Channel:
    """Write a channel with these packages and return it."""
    builder = ChannelBuilder(str(folder / name))
    for package, version in packages:
        builder.add_record(package, version, subdir=subdir)
    return Channel(name, builder.write())


def opened(kernel: Kernel, channels: Sequence[Channel], subdirs: Sequence[str] = SUBDIRS) -> Index:
    return kernel.driver(INDEXES).open(channels, subdirs)


def versions(index: Index, name: str) -> list[str]:
    return [f"{record.channel}/{record.version}" for record in index.candidates(name)]


def told(kernel: Kernel, kind: type[Warned | Told]) -> list[str]:
    assert isinstance(kernel.reporter, RecordingReporter)
    return [event.text for event in kernel.reporter.events if isinstance(event, kind)]


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        ("flexible", ["first/1", "second/3", "second/2"]),
        ("disabled", ["second/3", "second/2", "first/1"]),
        ("strict", ["first/1"]),
    ],
)
def test_channels_count_as_the_setting_says(tmp_path: Path, priority: str, expected: list[str]) -> None:
    channels = [channel(tmp_path, "first", ("a", "1")), channel(tmp_path, "second", ("a", "2"), ("a", "3"))]
    index = opened(make_kernel(tmp_path, settings={"channel_priority": priority}), channels)

    assert versions(index, "a") == expected
    assert [rejected.record.version for rejected in index.rejected("a")] == (["3", "2"] if priority == "strict" else [])


def test_platform_and_noarch_are_one_channel(tmp_path: Path) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    builder.add_record("a", "1", subdir="linux-64")
    builder.add_record("a", "2", noarch="generic")
    builder.add_record("b", "1", subdir="osx-64")
    index = opened(make_kernel(tmp_path), [Channel("c", builder.write())])

    assert [(record.version, record.subdir) for record in index.candidates("a")] == [("2", "noarch"), ("1", "linux-64")]
    assert index.names() == ("a",)
    assert index.candidates("b") == ()


def test_a_channel_that_names_its_platform_is_read_there(tmp_path: Path) -> None:
    found = channel(tmp_path, "c", ("a", "1"), subdir="osx-64")
    index = opened(make_kernel(tmp_path), [found._replace(platforms=("osx-64",))])

    assert [record.subdir for record in index.candidates("a")] == ["osx-64"]


def test_the_members_of_a_multichannel_have_ranks_of_their_own(tmp_path: Path) -> None:
    members = (channel(tmp_path, "first", ("a", "1")), channel(tmp_path, "second", ("a", "2")))
    index = opened(make_kernel(tmp_path), [Channel("both", members=members)])

    assert versions(index, "a") == ["first/1", "second/2"]


@pytest.mark.parametrize(("missing", "settings"), [("linux-64", {}), ("noarch", {"allow_non_channel_urls": True})])
def test_the_subdir_of_a_platform_may_be_missing_and_noarch_when_the_settings_say_so(
    tmp_path: Path, missing: str, settings: dict[str, object]
) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    builder.add_record("a", "1", subdir="linux-64")
    builder.add_record("a", "1", noarch="generic")
    url = builder.write()
    for name in os.listdir(tmp_path / "c" / missing):
        os.unlink(tmp_path / "c" / missing / name)
    kernel = make_kernel(tmp_path, settings=settings)

    assert versions(opened(kernel, [Channel("c", url)]), "a") == ["c/1"]
    assert told(kernel, Told) == [f"the channel `c` has no `{missing}`"]


def test_a_channel_without_noarch_is_an_error(tmp_path: Path) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    builder.add_record("a", "1", subdir="linux-64")
    url = builder.write()
    shutil.rmtree(tmp_path / "c" / "noarch")
    with pytest.raises(ChannelUnavailable, match="there is no `noarch` with") as caught:
        opened(make_kernel(tmp_path), [Channel("c", url)])
    assert "`allow_non_channel_urls`" in caught.value.hint


def test_a_place_that_is_no_channel_is_an_empty_one_when_the_settings_say_so(tmp_path: Path) -> None:
    places = [Channel("nowhere", (tmp_path / "nowhere").as_uri()), channel(tmp_path, "good", ("a", "1"))]
    index = opened(make_kernel(tmp_path, settings={"allow_non_channel_urls": True}), places)
    assert versions(index, "a") == ["good/1"]


def test_a_channel_without_any_of_them_is_an_error(tmp_path: Path) -> None:
    good = channel(tmp_path, "good", ("a", "1"))
    with ChannelServer(str(tmp_path)) as server, pytest.raises(ChannelUnavailable) as caught:
        opened(make_kernel(tmp_path), [good, Channel("nowhere", f"{server.url}/nowhere")])

    assert str(caught.value) == (
        "the channel `nowhere` has no index: there is no `linux-64` and `noarch` with a repodata.json "
        f"at `{server.url}/nowhere`"
    )
    assert "check its name" in caught.value.hint


def test_a_folder_that_is_no_channel_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ChannelUnavailable) as caught:
        opened(make_kernel(tmp_path), [Channel("c", f"file://{tmp_path}/missing")])

    assert "check that the folder is there" in caught.value.hint


def test_the_first_error_in_the_order_of_the_channels_is_told(tmp_path: Path) -> None:
    with ChannelServer(str(tmp_path), {"/b/": Respond(403), "/a/": Respond(401)}) as server:
        channels = [Channel(name, f"{server.url}/{name}") for name in ("b", "a")]
        with pytest.raises(FetchError) as caught:
            opened(make_kernel(tmp_path), channels)

    assert caught.value.fields["status"] == 403


def test_progress_is_told_in_indexes(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)
    opened(kernel, [channel(tmp_path, "c", ("a", "1"))])

    assert isinstance(kernel.reporter, RecordingReporter)
    assert kernel.reporter.events == [
        Started("read the channels", "Reading channels", 2, "indexes"),
        Advanced("read the channels", 1),
        Advanced("read the channels", 2),
        Finished("read the channels"),
    ]


def test_each_login_has_a_cache_of_its_own(tmp_path: Path) -> None:
    channel(tmp_path / "served", "c", ("a", "1"))
    with ChannelServer(str(tmp_path / "served" / "c")) as server:
        kernel = make_kernel(tmp_path)
        opened(kernel, [Channel("c", server.url)], ["noarch"])
        opened(kernel, [Channel("c", server.url, user=Secret("me"), password=Secret("pw"))], ["noarch"])

    folders = os.listdir(tmp_path / "pkgs" / "cache")
    assert len(folders) == 2
    kept = {name.rpartition("-")[2] for name in os.listdir(tmp_path / "pkgs" / "cache" / folders[0] / "flat")}
    assert kept == {"packages.pack", "repodata.json.zst", "state.json"}
    assert [("authorization" in request.headers) for request in server.requests] == [False, False, True, True]


@pytest.mark.parametrize("with_shards", [False, True])
def test_packages_in_the_new_format_are_left_out_when_the_setting_says_so(tmp_path: Path, *, with_shards: bool) -> None:
    builder = ChannelBuilder(str(tmp_path / "c"))
    for version, suffix in (("1", ".tar.bz2"), ("2", ".tar.bz2"), ("2", ".conda"), ("3", ".conda")):
        builder.add_record("a", version, subdir="linux-64", suffix=suffix)
    known = Channel("c", builder.write_shards() if with_shards else builder.write())
    for only_old, expected in ((False, ["3.conda", "2.conda", "1.tar.bz2"]), (True, ["2.tar.bz2", "1.tar.bz2"])) * 2:
        index = opened(make_kernel(tmp_path, settings={"use_only_tar_bz2": only_old}), [known])
        index.prepare(["a"])
        found = [f"{record.version}{record.file_name.partition('-0')[2]}" for record in index.candidates("a")]
        assert found == expected
        index.keep()


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    channel(tmp_path / "served", "c", ("a", "1"))
    (tmp_path / "file").write_bytes(b"")
    settings = {"pkgs_dirs": [str(tmp_path / "file" / "pkgs"), str(tmp_path / "usable")]}
    with ChannelServer(str(tmp_path / "served" / "c")) as server:
        opened(make_kernel(tmp_path, settings=settings), [Channel("c", server.url)])

    assert os.listdir(tmp_path / "usable") == ["cache"]


class Nothing:
    """A source that no channel offers."""

    def __init__(self, kernel: Kernel) -> None:
        pass

    def read(self, *arguments: object) -> None:
        return None


class Everything:
    """A source that has a package `z` everywhere."""

    def __init__(self, kernel: Kernel) -> None:
        pass

    def read(self, *arguments: object) -> Everything:
        return self

    def names(self) -> list[str]:
        return ["z"]

    def records(self, name: str) -> list[object]:
        return []


def test_sources_are_asked_in_the_order_of_their_names(tmp_path: Path) -> None:
    installed = make_kernel(tmp_path).index
    group = REPODATA_SOURCES.group
    others = {"a": Nothing, "z": Everything}
    plugins = [Plugin(group, name, f"nowhere:{name}", distribution="d") for name in others]
    for needed in (INDEXES.group, DOWNLOADERS.group, group):
        plugins += installed.group(needed)
    kernel = make_kernel(tmp_path, plugins=plugins)
    kernel._targets.update({f"nowhere:{name}": kind for name, kind in others.items()})

    assert opened(kernel, [channel(tmp_path, "c", ("a", "1"))]).names() == ("a",)
    assert opened(kernel, [Channel("d", f"file://{tmp_path}/missing")]).names() == ("z",)


@pytest.mark.parametrize("swallows", [False, True])
def test_a_thread_reads_only_what_a_server_has_to_be_asked_for(tmp_path: Path, *, swallows: bool) -> None:
    read: list[tuple[str, bool]] = []

    class Asking(Everything):
        def read(self, *arguments: Any) -> Any:
            _, subdir, downloader, _ = arguments
            read.append((subdir, threading.current_thread() is threading.main_thread()))
            try:
                return self if subdir == "linux-64" or list(downloader.fetch(())) == [] else None
            except CondaError:
                if swallows:
                    return None
                raise

    installed = make_kernel(tmp_path).index
    plugins = [Plugin(REPODATA_SOURCES.group, "a", "nowhere:a", distribution="d")]
    for needed in (INDEXES.group, DOWNLOADERS.group):
        plugins += installed.group(needed)
    kernel = make_kernel(tmp_path, plugins=plugins)
    kernel._targets["nowhere:a"] = Asking

    assert opened(kernel, [Channel("c", "http://127.0.0.1:9/c")]).names() == ("z",)
    assert read == [("linux-64", True), ("noarch", True), ("noarch", False)]


def test_without_the_network_what_is_cached_is_used(tmp_path: Path) -> None:
    channel(tmp_path / "served", "c", ("a", "1"))
    with ChannelServer(str(tmp_path / "served" / "c")) as server:
        known = Channel("c", server.url)
        opened(make_kernel(tmp_path), [known])
    offline = make_kernel(tmp_path, settings={"offline": True})

    assert versions(opened(offline, [known, Channel("other", "http://127.0.0.1:9/other")]), "a") == ["c/1"]
    assert [text.partition(" is not")[0] for text in told(offline, Warned)] == [
        "the index of `other/linux-64`",
        "the index of `other/noarch`",
    ]
    with pytest.raises(OfflineError, match="the index of `other/linux-64` is not in the cache"):
        opened(offline, [Channel("other", "http://127.0.0.1:9/other")])


PROGRAM = """
import sys
events = []
sys.addaudithook(lambda event, arguments: events.append(event) if event.startswith("socket.") else None)
from conda_kernel.hookspecs import INDEXES
from conda_kernel.model.channel import Channel
from conda_testing.kernels import make_kernel
folder, *urls = sys.argv[1:]
kernel = make_kernel(folder, settings={"offline": True})
index = kernel.driver(INDEXES).open([Channel(url, url) for url in urls], ("linux-64", "noarch"))
index.prepare(["a", "c"])
print(len(index.candidates("a")), events, "requests" in sys.modules)
"""


@pytest.mark.parametrize("with_shards", [False, True])
def test_without_the_network_no_socket_is_opened(tmp_path: Path, *, with_shards: bool) -> None:
    local = channel(tmp_path, "local", ("a", "2"))
    if with_shards:
        builder = ChannelBuilder(str(tmp_path / "local"))
        builder.add_record("a", "2", subdir="linux-64", depends=["b"])
        builder.write_shards()
    with ChannelServer(str(tmp_path / "local")) as server:
        opened(make_kernel(tmp_path), [Channel("c", server.url)]).prepare(["a"])
        urls = [server.url, local.base_url, "http://127.0.0.1:9/other"]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path), *urls],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    assert done.stdout == "2 [] False\n"


INTERRUPTED = """
import sys
from conda_kernel.hookspecs import INDEXES
from conda_kernel.model.channel import Channel
from conda_testing.kernels import make_kernel
folder, url = sys.argv[1:]
try:
    make_kernel(folder).driver(INDEXES).open([Channel("c", url)], ("linux-64", "noarch"))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupted_command_ends_at_once_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    channel(tmp_path / "served", "c", ("a", "1"))
    held = Hold(after=10)
    with ChannelServer(str(tmp_path / "served" / "c"), {"/": held}) as server:
        command = [sys.executable, "-c", INTERRUPTED, str(tmp_path), server.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert held.reached.wait(30)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=20)

    assert (printed, process.returncode) == ("interrupted\n", 0)
    left = {(os.path.basename(folder), name) for folder, _, names in os.walk(tmp_path / "pkgs") for name in names}
    # That there are no shards may have been learned, and noted; or the thread that notes it was cut off, too.
    assert {name for name in left if not name[1].startswith("incoming-")} <= {("sharded", "state.json")}
