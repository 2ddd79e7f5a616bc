"""The flat index of a subdir from a real server: what is asked, what is kept, what is believed."""

from __future__ import annotations

import bz2
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conda_channels.flat import FlatRepodata
from conda_channels.invalid import InvalidRepodata
from conda_kernel.errors import ChannelUnavailable, FetchError, HttpError, OfflineError
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.secret import Secret
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, Drop, RequireToken, Respond, Rule, Serve, require_basic

ZST, JSON = "/linux-64/repodata.json.zst", "/linux-64/repodata.json"
DAY = 86_400


class Bench:
    """A channel with one package in `linux-64`, a cache, and a clock that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "kept"
        self.now = 1_800_000_000.0
        self.channel_folder = str(folder / "channel")
        self.publish("1")
        self.settings: dict[str, object] = {"remote_backoff_factor": 0, "remote_max_retries": 1}
        self.kernel: Kernel = make_kernel(folder)

    def publish(self, *versions: str) -> None:
        builder = ChannelBuilder(self.channel_folder)
        for version in versions:
            builder.add_record("a", version, subdir="linux-64")
        builder.write()

    def without(self, *names: str) -> None:
        for name in names:
            os.unlink(os.path.join(self.channel_folder, "linux-64", name))

    def read(self, url: str, channel: Channel | None = None, **settings: object) -> list[str] | None:
        """Return the versions that the channel has."""
        self.kernel = make_kernel(self.folder, settings=self.settings | settings)
        source = FlatRepodata(self.kernel, clock=lambda: self.now)
        downloader = self.kernel.driver(DOWNLOADERS)
        found = source.read(channel or Channel("c", url), "linux-64", downloader, str(self.cache))
        return None if found is None else sorted(record.version for record in found.records("a"))

    @property
    def warnings(self) -> list[str]:
        assert isinstance(self.kernel.reporter, RecordingReporter)
        return [event.text for event in self.kernel.reporter.events if isinstance(event, Warned)]

    @property
    def kept(self) -> list[str]:
        """The names of what is in the cache, without the digests before them."""
        found = os.listdir(self.cache) if self.cache.exists() else []
        return sorted(re.sub("^[0-9a-f]{16}-", "", name) for name in found)

    @property
    def content(self) -> Path:
        """The file of the index in the cache."""
        return index_in(self.cache)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.cache / "state.json").read_text(encoding="utf-8"))
        return found


def index_in(cache: Path) -> Path:
    return next(cache.glob("*-repodata.json.zst"))


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def serve(bench: Bench, rules: Mapping[str, Rule] | None = None) -> ChannelServer:
    return ChannelServer(bench.channel_folder, rules)


def asked(server: ChannelServer) -> list[tuple[str, int]]:
    return [(request.path, request.status) for request in server.requests]


def test_the_compressed_index_is_preferred_and_kept_as_it_came(bench: Bench) -> None:
    with serve(bench, {"/": Serve({"Cache-Control": "max-age=60"})}) as server:
        assert bench.read(server.url) == ["1"]

    sent = Path(f"{bench.channel_folder}{ZST}").read_bytes()
    assert asked(server) == [(ZST, 200)]
    assert bench.kept == ["packages.pack", "repodata.json.zst", "state.json"]
    assert bench.content.read_bytes() == sent
    state = bench.state
    assert (state["url"], state["cache_control"]) == (f"{server.url}{ZST}", "max-age=60")
    assert (state["size"], state["sha256"]) == (len(sent), hashlib.sha256(sent).hexdigest())
    assert state["etag"]
    assert state["mod"]
    assert state["refresh_ns"] == 1_800_000_000 * 10**9


def test_a_fresh_index_is_not_asked_for_again(bench: Bench) -> None:
    with serve(bench, {"/": Serve({"Cache-Control": "max-age=60"})}) as server:
        bench.read(server.url)
        bench.publish("1", "2")
        bench.now += 60
        assert bench.read(server.url) == ["1"]
        bench.now += 1
        assert bench.read(server.url) == ["1", "2"]

    assert asked(server) == [(ZST, 200), (ZST, 200)]


def test_an_index_that_has_not_changed_is_not_sent_again(bench: Bench) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        bench.now += 10
        server.rules["/"] = Serve({"Cache-Control": "max-age=60"})
        assert bench.read(server.url) == ["1"]
        bench.now += 10
        assert bench.read(server.url) == ["1"]

    assert asked(server) == [(ZST, 200), (ZST, 304)]
    assert (bench.state["refresh_ns"], bench.state["cache_control"]) == (1_800_000_010 * 10**9, "max-age=60")


@pytest.mark.parametrize(("ttl", "times"), [(0, 3), (False, 3), (1, 1), (True, 1), (30, 2), (3600, 1)])
def test_the_setting_says_when_to_ask_again(bench: Bench, ttl: object, times: int) -> None:
    with serve(bench, {"/": Serve({"Cache-Control": "max-age=600"})}) as server:
        for _ in range(3):
            bench.read(server.url, local_repodata_ttl=ttl)
            bench.now += 20

    assert len(server.requests) == times


def test_a_channel_without_the_compressed_index_is_asked_for_the_other(bench: Bench) -> None:
    bench.without("repodata.json.zst")
    with serve(bench) as server:
        assert bench.read(server.url) == ["1"]
        assert bench.read(server.url) == ["1"]
        bench.now += 8 * DAY
        assert bench.read(server.url) == ["1"]
        assert bench.read(server.url) == ["1"]

    assert asked(server) == [(ZST, 404), (JSON, 200), (JSON, 304), (ZST, 404), (JSON, 304), (JSON, 304)]
    assert bench.kept == ["packages.pack", "repodata.json", "state.json"]


def test_the_compressed_index_is_not_asked_for_when_the_setting_says_so(bench: Bench) -> None:
    with serve(bench) as server:
        assert bench.read(server.url, repodata_use_zst=False) == ["1"]
        assert bench.read(server.url, repodata_use_zst=False) == ["1"]
        assert bench.read(server.url) == ["1"]

    assert asked(server) == [(JSON, 200), (JSON, 304), (ZST, 200)]


def test_a_channel_that_has_no_more_than_the_old_compression_is_read(bench: Bench) -> None:
    Path(f"{bench.channel_folder}{JSON}.bz2").write_bytes(
        bz2.compress(Path(f"{bench.channel_folder}{JSON}").read_bytes())
    )
    bench.without("repodata.json.zst", "repodata.json")
    with serve(bench) as server:
        assert bench.read(server.url) == ["1"]
        assert bench.read(server.url) == ["1"]

    assert asked(server)[-1] == (f"{JSON}.bz2", 304)
    assert bench.kept == ["packages.pack", "repodata.json.bz2", "state.json"]


def test_a_channel_that_begins_to_compress_is_noticed(bench: Bench) -> None:
    with serve(bench, {ZST: Respond(403)}) as server:
        assert bench.read(server.url) == ["1"]
        server.rules.clear()
        bench.now += 8 * DAY
        assert bench.read(server.url) == ["1"]

    assert asked(server) == [(ZST, 403), (JSON, 200), (ZST, 200)]
    assert "if-none-match" not in server.requests[-1].headers
    assert bench.kept == ["packages.pack", "repodata.json.zst", "state.json"]


def test_a_subdir_that_is_not_there_is_nothing(bench: Bench) -> None:
    bench.without("repodata.json.zst", "repodata.json")
    with serve(bench) as server:
        assert bench.read(server.url) is None

    assert bench.kept == []


@pytest.mark.parametrize(("status", "times"), [(401, 1), (403, 2)])
def test_a_refusal_is_an_error_even_when_something_is_cached(bench: Bench, status: int, times: int) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        server.rules["/"] = Respond(status)
        server.requests.clear()
        with pytest.raises(HttpError) as caught:
            bench.read(server.url)

    assert (caught.value.fields["status"], len(server.requests)) == (status, times)


@pytest.mark.parametrize("rule", [Respond(503), Respond(429), Drop()])
def test_a_server_in_trouble_leaves_the_old_index_with_a_warning(bench: Bench, rule: Rule) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        bench.now += 3 * 3600
        server.rules["/"] = rule
        assert bench.read(server.url) == ["1"]

    (warning,) = bench.warnings
    assert warning.startswith("the index of `c/linux-64` is 3 hours old, since a new one cannot be had: ")
    assert bench.kept == ["packages.pack", "repodata.json.zst", "state.json"]


@pytest.mark.parametrize("rule", [Respond(503), Drop()])
def test_a_server_in_trouble_is_an_error_when_nothing_is_cached(bench: Bench, rule: Rule) -> None:
    with serve(bench, {"/": rule}) as server, pytest.raises(FetchError):
        bench.read(server.url)

    assert bench.kept == []


def test_a_login_page_in_the_place_of_the_index_is_an_error(bench: Bench) -> None:
    with serve(bench, {"/": Respond(200, {}, b"<html>")}) as server, pytest.raises(InvalidRepodata) as caught:
        bench.read(server.url)

    assert str(caught.value).startswith(f"the file `{server.url}{ZST}` holds no index: ")
    assert bench.kept == []


def test_a_login_page_does_not_replace_what_is_cached(bench: Bench) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        server.rules["/"] = Respond(200, {}, b"<html>")
        assert bench.read(server.url) == ["1"]
        server.rules.clear()
        assert bench.read(server.url) == ["1"]

    assert asked(server)[-1] == (ZST, 304)


def damage_content(cache: Path) -> None:
    (cache / "packages.pack").unlink()
    content = bytearray(index_in(cache).read_bytes())
    content[len(content) // 2] ^= 1
    index_in(cache).write_bytes(content)


def truncate_content(cache: Path) -> None:
    (cache / "packages.pack").unlink()
    index_in(cache).write_bytes(index_in(cache).read_bytes()[:-1])


def remove_content(cache: Path) -> None:
    (cache / "packages.pack").unlink()
    index_in(cache).unlink()


def damage_state(cache: Path) -> None:
    (cache / "state.json").write_bytes(b'{"url": 5')


def empty_state(cache: Path) -> None:
    (cache / "state.json").write_bytes(b"")


def nest_state(cache: Path) -> None:
    (cache / "state.json").write_bytes(b"[" * 100_000)


def replace_content_and_digest(cache: Path) -> None:
    content = b"no index"
    state = json.loads((cache / "state.json").read_bytes())
    state |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    index_in(cache).write_bytes(content)
    (cache / "state.json").write_bytes(msgspec.json.encode(state))


def state_of_another_channel(cache: Path) -> None:
    state = json.loads((cache / "state.json").read_bytes())
    (cache / "state.json").write_bytes(msgspec.json.encode(state | {"url": "https://other/repodata.json.zst"}))


DAMAGES = [
    damage_content,
    truncate_content,
    remove_content,
    damage_state,
    empty_state,
    nest_state,
    replace_content_and_digest,
    state_of_another_channel,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_made_anew(bench: Bench, damage: Any) -> None:
    with serve(bench, {"/": Serve({"Cache-Control": "max-age=600"})}) as server:
        bench.read(server.url)
        damage(bench.cache)
        assert bench.read(server.url) == ["1"]
        assert bench.read(server.url) == ["1"]

    assert asked(server) == [(ZST, 200), (ZST, 200)]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_nothing_without_the_network(bench: Bench, damage: Any) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        damage(bench.cache)
        with pytest.raises(OfflineError):
            bench.read(server.url, offline=True)


def test_a_confirmed_index_that_cannot_be_read_is_asked_for_again(bench: Bench) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        replace_content_and_digest(bench.cache)
        assert bench.read(server.url) == ["1"]

    assert asked(server) == [(ZST, 200), (ZST, 304), (ZST, 200)]


def test_without_the_network_any_age_will_do(bench: Bench) -> None:
    with serve(bench) as server:
        bench.read(server.url)
        bench.now += 1000 * DAY
        server.requests.clear()
        assert bench.read(server.url, offline=True) == ["1"]

    assert server.requests == []


def test_without_the_network_and_the_cache_there_is_an_error(bench: Bench) -> None:
    with pytest.raises(OfflineError) as caught:
        bench.read("https://h/c", offline=True)

    assert str(caught.value) == "the index of `c/linux-64` is not in the cache, and `--offline` rules out the network"
    assert caught.value.hint


def test_credentials_are_sent_and_not_kept(bench: Bench) -> None:
    with serve(bench, {"/": require_basic("me", "pa55word", then=RequireToken("tk-1"))}) as server:
        channel = Channel(
            "c", server.url, user=Secret("me"), password=Secret("pa55word"), token=Secret("tk-1"), token_place=0
        )
        assert bench.read(server.url, channel) == ["1"]
        with pytest.raises(HttpError) as caught:
            bench.read(server.url, local_repodata_ttl=0)

    assert server.requests[0].path == f"/t/tk-1{ZST}"
    assert "tk-1" not in (bench.cache / "state.json").read_text(encoding="utf-8")
    assert caught.value.fields["status"] == 401


def test_a_local_channel_is_read_where_it_is(bench: Bench) -> None:
    url = f"file://{bench.channel_folder}"
    assert bench.read(url, offline=True) == ["1"]
    bench.publish("1", "2")
    assert bench.read(url) == ["1", "2"]
    bench.without("repodata.json.zst")
    assert bench.read(url) == ["1", "2"]
    bench.without("repodata.json")
    assert bench.read(url) is None

    assert bench.kept == ["packages.pack"]


def test_a_local_index_that_cannot_be_read_is_an_error(bench: Bench) -> None:
    bench.without("repodata.json.zst")
    os.mkdir(f"{bench.channel_folder}{ZST}")

    with pytest.raises(ChannelUnavailable, match="cannot read"):
        bench.read(f"file://{bench.channel_folder}")


def test_a_cache_that_cannot_be_written_is_an_error_that_names_it(bench: Bench) -> None:
    bench.cache.write_bytes(b"a file in the place of the folder")
    with serve(bench) as server, pytest.raises(FetchError, match="cannot write"):
        bench.read(server.url)


def test_a_cache_that_cannot_keep_is_a_warning(bench: Bench) -> None:
    (bench.cache / "state.json").mkdir(parents=True)
    with serve(bench) as server:
        assert bench.read(server.url) == ["1"]

    assert bench.warnings == ["the index of `c/linux-64` cannot be kept for the next time: is a directory"]
    assert bench.kept == ["packages.pack", "repodata.json.zst", "state.json"]


def test_what_killed_processes_left_is_removed_after_a_day(bench: Bench) -> None:
    bench.cache.mkdir()
    for name, age in (("incoming-1-old", 2 * DAY), ("incoming-2-new", 60)):
        (bench.cache / name).write_bytes(b"half")
        os.utime(bench.cache / name, (bench.now - age, bench.now - age))
    with serve(bench) as server:
        bench.read(server.url)

    assert bench.kept == ["incoming-2-new", "packages.pack", "repodata.json.zst", "state.json"]


def test_bad_records_are_told_once_for_a_channel(bench: Bench) -> None:
    builder = ChannelBuilder(bench.channel_folder)
    builder.add_record("a", "1", subdir="linux-64")
    for name in ("a", "b"):
        builder.add_record(name, "2", subdir="linux-64", depends=["c"], license=5)
        builder.add_record(name, "3", subdir="linux-64", size="big")
    url = builder.write()
    source = FlatRepodata(bench.kernel)
    subdir = source.read(Channel("c", url), "linux-64", bench.kernel.driver(DOWNLOADERS), str(bench.cache))
    assert subdir is not None

    assert [record.version for record in (*subdir.records("a"), *subdir.records("b"))] == ["1"]
    assert bench.warnings == ["the channel `c` has 2 records of `a` that cannot be read; such records are left out"]
    assert isinstance(bench.kernel.reporter, RecordingReporter)
    assert sum(isinstance(event, Told) for event in bench.kernel.reporter.events) == 4
