"""Sharded channels: an index, and of the packages only what is needed; what is believed, and what else is done."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conda_channels.invalid import InvalidRepodata
from conda_channels.made_pack import MendingPack
from conda_channels.origin import Origin
from conda_channels.pack import Pack
from conda_channels.place import Place
from conda_channels.shard_making import shard_pack_made
from conda_channels.shard_reading import ShardReader
from conda_channels.shard_store import ShardStore
from conda_channels.shard_texts import LARGEST_SHARD, ShardTexts
from conda_channels.sharded import ShardedRepodata
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.errors import ChannelUnavailable, FetchError, HttpError
from conda_kernel.hookspecs import DOWNLOADERS, INDEXES
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.secret import Secret
from conda_kernel.model.solving import Index
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, First, RequireToken, Respond, Rule, Serve, Truncate, require_basic
from conda_testing.shards import packed

DAY = 86_400
SHARD = zstandard.compress(b"content" * 1000)
INDEX = "/linux-64/repodata_shards.msgpack.zst"
ZST = "/linux-64/repodata.json.zst"


class Bench:
    """A sharded channel in `served`, a kernel, and a clock that the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.served = folder / "served"
        self.now = 1_800_000_000.0
        self.kernel = make_kernel(folder)
        self.built = ChannelBuilder(str(self.served))
        self.built.add_record("a", "1", depends=["b >=1", "__glibc"], subdir="linux-64")
        self.built.add_record("b", "1", depends=["c"], subdir="linux-64")
        self.built.add_record("c", "1", subdir="linux-64")
        self.built.add_record("d", "1", subdir="linux-64")

    def serve(self, rules: dict[str, Rule] | None = None) -> ChannelServer:
        self.built.write_shards()
        return ChannelServer(str(self.served), rules)

    def opened(self, channel: Channel | str, names: Sequence[str] = ("a",), **settings: object) -> Index:
        self.kernel = make_kernel(self.folder, settings={"remote_max_retries": 0, **settings})
        known = Channel("c", channel) if isinstance(channel, str) else channel
        index = self.kernel.driver(INDEXES).open([known], ["linux-64"])
        index.prepare(names)
        return index

    def read(self, url: str, **settings: object) -> SubdirPackages | None:
        """Read the index alone, with the clock of the test."""
        self.kernel = make_kernel(self.folder, settings={"remote_max_retries": 0, **settings})
        source = ShardedRepodata(self.kernel, clock=lambda: self.now)
        return source.read(Channel("c", url), "linux-64", self.kernel.driver(DOWNLOADERS), str(self.folder / "kept"))

    def shard(self, name: str) -> Path:
        """Return the file of a name's shard in the channel."""
        content = (self.served / "linux-64" / "repodata_shards.msgpack.zst").read_bytes()
        digest = texts_of(content).digest(name).hex()
        return self.served / "linux-64" / "shards" / f"{digest}.msgpack.zst"

    def kept(self) -> set[str]:
        """Return the names that all shards in the cache have on the server."""
        packs = [Pack.at(str(path)) for path in self.packs()]
        return {f"{digest.hex()}.msgpack.zst" for pack in packs if pack is not None for digest in pack.digests()}

    def packs(self) -> list[Path]:
        """Return the files with shards that are in the cache."""
        return [*(self.folder / "pkgs" / "cache").glob("*/sharded/shards/*")]

    def forget_ready(self) -> None:
        """Remove what was made of shards."""
        for path in (self.folder / "pkgs" / "cache").glob("*/sharded/ready.pack"):
            path.unlink()


def texts_of(content: bytes) -> ShardTexts:
    """Return the texts that an index leads to."""
    memory = BytesIO()
    origin = Origin(f"{PLACE.url}/repodata_shards.msgpack.zst", "")
    origin = shard_pack_made(BytesIO(content), memory, origin, PLACE)
    return ShardTexts(MendingPack(Pack(memory), lambda: Pack(memory)), origin, PLACE, ShardStore(""))


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def told(kernel: Kernel, kind: type[Warned | Told]) -> list[str]:
    assert isinstance(kernel.reporter, RecordingReporter)
    return [event.text for event in kernel.reporter.events if isinstance(event, kind)]


def asked(server: ChannelServer) -> list[tuple[str, int]]:
    return [(request.path, request.status) for request in server.requests]


def path_of(shard: Path) -> str:
    return f"/linux-64/shards/{shard.name}"


def versions(index: Index, name: str) -> list[str]:
    return [record.version for record in index.candidates(name)]


def test_only_what_can_be_needed_is_brought(bench: Bench) -> None:
    with bench.serve() as server:
        index = bench.opened(server.url)

        assert [versions(index, name) for name in "abcd"] == [["1"], ["1"], ["1"], []]
        assert index.names() == ("a", "b", "c", "d")
    assert asked(server) == [(INDEX, 200), *((path_of(bench.shard(name)), 200) for name in "abc")]
    (record,) = index.candidates("a")
    assert record.url == f"{server.url}/linux-64/a-1-0.conda"
    assert record.sha256 == hashlib.sha256(b"a-1-0.conda").hexdigest()
    assert len(record.md5 or "") == 32


def test_what_is_here_is_not_asked_for_again(bench: Bench) -> None:
    with bench.serve({INDEX: Serve({"Cache-Control": "max-age=600"})}) as server:
        bench.opened(server.url)
        server.requests.clear()
        index = bench.opened(server.url, ["a", "d"])

    assert [versions(index, name) for name in "abcd"] == [["1"]] * 4
    assert asked(server) == [(path_of(bench.shard("d")), 200)]


def test_a_changed_channel_costs_the_shards_that_changed(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url)
        old = bench.shard("b").name
        bench.built.add_record("b", "2", subdir="linux-64")
        bench.built.write_shards()
        server.requests.clear()
        index = bench.opened(server.url)

    assert versions(index, "b") == ["2", "1"]
    assert asked(server) == [(INDEX, 200), (path_of(bench.shard("b")), 200)]
    assert old not in bench.kept()


def test_shards_that_killed_processes_had_begun_are_removed_after_a_day(bench: Bench) -> None:
    shards = bench.folder / "kept" / "shards"
    shards.mkdir(parents=True)
    for name, age in (("old", 2 * DAY), ("young", 60)):
        (shards / f"incoming-{name}").write_bytes(b"half")
        os.utime(shards / f"incoming-{name}", (bench.now - age, bench.now - age))
    with bench.serve() as server:
        for _ in range(2):
            assert bench.read(server.url) is not None

    assert [path.name for path in shards.iterdir()] == ["incoming-young"]


def test_the_index_is_asked_for_when_it_is_old(bench: Bench) -> None:
    with bench.serve({INDEX: Serve({"Cache-Control": "max-age=60"})}) as server:
        for _ in range(3):
            assert bench.read(server.url) is not None
            bench.now += 40

    assert asked(server) == [(INDEX, 200), (INDEX, 304)]


@pytest.mark.parametrize(("status", "times"), [(404, 1), (410, 1), (403, 1), (501, 1), (500, 3), (503, 3), (429, 3)])
def test_that_there_are_no_shards_is_remembered_for_a_week(bench: Bench, status: int, times: int) -> None:
    with bench.serve({INDEX: Respond(status)}) as server:
        for _ in range(3):
            assert bench.read(server.url) is None
            bench.now += 2 * DAY
        assert len(server.requests) == times
        bench.now += 2 * DAY
        server.rules.clear()
        assert bench.read(server.url) is not None


@pytest.mark.parametrize("rule", [Respond(404), Respond(500), Truncate(30), Respond(200, body=b"<html>log in</html>")])
def test_where_the_shards_cannot_be_had_the_flat_file_is_read(bench: Bench, rule: Rule) -> None:
    bench.built.write()
    with bench.serve({INDEX: rule}) as server:
        assert versions(bench.opened(server.url), "a") == ["1"]

    assert (ZST, 200) in asked(server)


def test_a_server_in_trouble_leaves_the_old_index_in_use(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url)
        server.rules[INDEX] = Respond(500)
        assert versions(bench.opened(server.url), "a") == ["1"]

    assert "old, since a new one cannot be had" in told(bench.kernel, Warned)[0]


def test_a_shard_that_is_not_what_the_index_says_is_refused_and_not_kept(bench: Bench) -> None:
    bench.built.write_shards()
    other = bench.shard("d").read_bytes()
    rules: dict[str, Rule] = {path_of(bench.shard("a")): Respond(200, body=other)}
    with ChannelServer(str(bench.served), rules) as server, pytest.raises(FetchError, match="has the sha256"):
        bench.opened(server.url)

    assert bench.shard("a").name not in bench.kept()


def test_shards_that_were_damaged_in_the_cache_are_brought_again(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url)
        for path in bench.packs():
            path.write_bytes(path.read_bytes()[:-1])
        bench.forget_ready()
        index = bench.opened(server.url)

    assert [versions(index, name) for name in "abc"] == [["1"]] * 3


def test_a_shard_that_was_exchanged_in_the_cache_is_brought_again(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url)
        digest = bytes.fromhex(bench.shard("a").name.partition(".")[0])
        (path,) = bench.packs()
        path.unlink()
        bench.forget_ready()
        store = ShardStore(str(path.parent))
        store.add("a", digest, bench.shard("d").read_bytes())
        store.save(lambda name, digest: True)
        index = bench.opened(server.url)
        assert versions(index, "a") == []
        index = bench.opened(server.url)

    assert [versions(index, name) for name in "abc"] == [["1"]] * 3


def test_shards_of_several_commands_are_kept_together(bench: Bench) -> None:
    with bench.serve() as server:
        for name in "cba":
            bench.opened(server.url, [name])
        bench.forget_ready()
        server.requests.clear()
        index = bench.opened(server.url)

    assert [versions(index, name) for name in "abc"] == [["1"]] * 3
    assert asked(server) == [(INDEX, 304)]
    assert (len(bench.packs()), bench.kept()) == (1, {bench.shard(name).name for name in "abc"})


def test_what_came_before_a_failure_is_kept(bench: Bench) -> None:
    bench.built.write_shards()
    rules: dict[str, Rule] = {path_of(bench.shard("c")): Respond(403)}
    with ChannelServer(str(bench.served), rules) as server, pytest.raises(HttpError):
        bench.opened(server.url)

    assert bench.kept() == {bench.shard(name).name for name in "ab"}


def test_where_shards_cannot_be_kept_they_are_used_all_the_same(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url, ["d"])
        (pack,) = bench.packs()
        pack.unlink()
        pack.parent.rmdir()
        pack.parent.write_bytes(b"no folder")
        index = bench.opened(server.url)

    assert [versions(index, name) for name in "abc"] == [["1"]] * 3


def test_a_shard_that_is_gone_is_looked_for_in_a_newer_index(bench: Bench) -> None:
    with bench.serve({INDEX: Serve({"Cache-Control": "max-age=600"})}) as server:
        bench.opened(server.url, ["c"])
        gone = bench.shard("b")
        bench.built.add_record("b", "2", subdir="linux-64")
        bench.built.write_shards()
        gone.unlink()
        index = bench.opened(server.url)

    assert versions(index, "b") == ["2", "1"]


def test_what_was_brought_before_is_brought_again_when_a_newer_index_has_other_shards(bench: Bench) -> None:
    with bench.serve({INDEX: Serve({"Cache-Control": "max-age=600"})}) as server:
        bench.opened(server.url, ["d"])
        gone = bench.shard("c")
        bench.built.add_record("a", "2", depends=["d"], subdir="linux-64")
        bench.built.add_record("c", "2", subdir="linux-64")
        bench.built.write_shards()
        gone.unlink()
        server.requests.clear()
        index = bench.opened(server.url)

    assert [versions(index, name) for name in "abcd"] == [["2", "1"], ["1"], ["2", "1"], ["1"]]
    assert asked(server).count((INDEX, 200)) == 1


def test_a_shard_that_stays_away_is_an_error_that_says_so(bench: Bench) -> None:
    bench.built.write_shards()
    bench.shard("b").unlink()
    with ChannelServer(str(bench.served)) as server, pytest.raises(ChannelUnavailable) as caught:
        bench.opened(server.url)

    assert "names files that are not there" in str(caught.value)
    assert "in the midst of a change" in caught.value.hint
    assert asked(server).count((INDEX, 200)) == 2


def test_a_server_that_refuses_a_shard_is_an_error(bench: Bench) -> None:
    bench.built.write_shards()
    rules: dict[str, Rule] = {path_of(bench.shard("b")): Respond(403)}
    with ChannelServer(str(bench.served), rules) as server, pytest.raises(HttpError):
        bench.opened(server.url)


def test_without_the_network_what_is_missing_is_left_out_with_a_warning(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url, ["c"])
        index = bench.opened(server.url, ["a", "c"], offline=True)

    assert (versions(index, "c"), versions(index, "a")) == (["1"], [])
    assert told(bench.kernel, Warned) == ["what `c/linux-64` has of 1 package is not in the cache; it is left out"]


def test_an_index_of_any_age_is_used_when_the_option_says_so(bench: Bench) -> None:
    with bench.serve() as server:
        bench.opened(server.url)
        server.requests.clear()
        assert versions(bench.opened(server.url, use_index_cache=True), "b") == ["1"]

    assert server.requests == []


def test_shards_are_not_read_when_the_setting_says_so(bench: Bench) -> None:
    bench.built.write()
    with bench.serve() as server:
        bench.opened(server.url, repodata_use_shards=False)

    assert asked(server) == [(ZST, 200)]


def test_a_channel_on_this_machine_is_read_where_it_is(bench: Bench) -> None:
    index = bench.opened(bench.built.write_shards())

    assert [versions(index, name) for name in "abcd"] == [["1"]] * 4
    assert bench.kept() == set()
    bench.shard("a").write_bytes(b"other")
    (bench.served / "linux-64" / "shards" / "b").write_bytes(b"")
    bench.forget_ready()
    assert versions(bench.opened(bench.built.url), "a") == []


def shard_index(**parts: Any) -> bytes:
    info = {"subdir": "linux-64", "base_url": "", "shards_base_url": "", **parts.pop("info", {})}
    return zstandard.compress(packed({"version": 1, "info": info, "shards": {"a": b"x" * 32}, **parts}))


PLACE = Place(Channel("c", "https://h/c"), "linux-64")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "holds no index"),
        (b"nonsense", "holds no index"),
        (shard_index()[:-5], "holds no index"),
        (zstandard.compress(b""), "holds no index"),
        (zstandard.compress(b"\xc0"), "holds no index"),
        (zstandard.compress(packed({"version": 1})), "holds no index"),
        (shard_index(shards=[]), "holds no index"),
        (shard_index(shards={"a": b"ab" * 31}), "has not 32 octets"),
        (shard_index(shards={"a": "zz"}), "holds no index"),
        (shard_index(shards={"a": 5}), "neither octets nor text"),
        (shard_index(shards={"a": "../../../etc/passwd"}), "holds no index"),
        (shard_index(shards={"a\nb": b"x" * 32}), "more than one line"),
        (shard_index(shards={"a": None}), "neither octets nor text"),
        (shard_index(shards={b"\xff": b"x" * 32}), "holds no index"),
        (shard_index(shards={5: b"x" * 32}), "holds no index"),
        (zstandard.compress(packed({"info": [], "shards": {}})), "holds no index"),
        (shard_index(info={"base_url": 5}), "holds no index"),
        (shard_index(info={"base_url": b"\xff"}), "holds no index"),
        (shard_index(version="2"), "holds no index"),
        (zstandard.compress(packed([])), "holds no index"),
        (zstandard.compress(packed({"shards": {}}) + b"x"), "holds no index"),
        (zstandard.compress(b"\x91" * 100_000), "holds no index"),
        (shard_index(info={"subdir": "osx-64"}), "instead of `linux-64`"),
        (shard_index(version=2), "too new"),
        (shard_index(repodata_version=2), "too new"),
        (shard_index(info={"shards_base_url": "file:///etc"}), "files of this machine"),
        (shard_index(info={"base_url": "file:///etc"}), "files of this machine"),
    ],
    ids=range(27),
)
def test_what_is_no_index_is_refused(content: bytes, fault: str) -> None:
    with pytest.raises(InvalidRepodata) as caught:
        texts_of(content)

    assert fault in str(caught.value)


def test_a_digest_may_be_text_and_virtual_packages_do_not_count() -> None:
    content = shard_index(shards={"a": "ab" * 32, "__glibc": b"x" * 32})

    texts = texts_of(content)
    assert {name: texts.digest(name) for name in texts.names()} == {"a": b"\xab" * 32}


@pytest.mark.parametrize(
    ("written", "prefix"),
    [
        ("", "https://h/c/linux-64"),
        ("./shards/", "https://h/c/linux-64/shards"),
        ("shards", "https://h/c/linux-64/shards"),
        ("../shards/", "https://h/c/shards"),
        ("https://cdn/x/", "https://cdn/x"),
        ("https://user:pass@cdn/x/", "https://cdn/x"),
    ],
)
def test_shards_lie_where_the_index_says(written: str, prefix: str) -> None:
    content = shard_index(info={"shards_base_url": written}, shards={"a": b"\xab" * 32})

    (request,) = texts_of(content).requests(["a"])
    assert request.is_small
    assert request.url == f"{prefix}/{'ab' * 32}.msgpack.zst"


SHARDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "removed": ({"removed": ["a-1-0.conda"]}, ["a-2-0.conda"]),
    "nothing": ({"packages": None, "packages.conda": None}, []),
    "newer": (
        {"v3": {"conda": {"a-1-0": {"name": "a", "version": "1", "build": "0", "build_number": 7}}}},
        ["a-1-0.conda", "a-2-0.conda"],
    ),
    "unknown": ({"v9": {"zip": 5}, "more": [1]}, ["a-1-0.conda", "a-2-0.conda"]),
    "another": (
        {"packages": {"z-1-0.tar.bz2": {"name": "z", "version": "1", "build": "0", "build_number": 0}}},
        ["a-1-0.conda", "a-2-0.conda"],
    ),
    "path": (
        {"packages": {"../a-1-0.tar.bz2": {"name": "a", "version": "1", "build": "0", "build_number": 0}}},
        ["a-1-0.conda", "a-2-0.conda"],
    ),
}


def write_shard(bench: Bench, content: bytes) -> None:
    """Make the shard of `a` have this content, and the index its digest."""
    digest = hashlib.sha256(content).digest()
    bench.built.write_shards()
    (bench.served / "linux-64" / "shards" / f"{digest.hex()}.msgpack.zst").write_bytes(content)
    index = shard_index(info={"shards_base_url": "shards"}, shards={"a": digest})
    (bench.served / "linux-64" / "repodata_shards.msgpack.zst").write_bytes(index)


@pytest.mark.parametrize(("more", "files"), SHARDS.values(), ids=SHARDS)
def test_of_a_shard_counts_what_is_right(bench: Bench, more: dict[str, Any], files: list[str]) -> None:
    entries: dict[str, Any] = {
        f"a-{version}-0.conda": {"name": "a", "version": version, "build": "0", "build_number": 0, "depends": []}
        for version in ("1", "2")
    }
    write_shard(bench, zstandard.compress(packed({"packages.conda": entries, **more})))
    with ChannelServer(str(bench.served)) as server:
        index = bench.opened(server.url)

    assert sorted(record.file_name for record in index.candidates("a")) == files
    assert {record.build_number for record in index.candidates("a")} <= ({0, 7} if "v3" in more else {0})


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", zstandard.compress(b"\xc1"), zstandard.compress(b"\x91" * 100_000), None],
    ids=("empty", "nonsense", "no MessagePack", "deep", "large"),
)
def test_a_bad_shard_is_told_and_harms_no_other(bench: Bench, content: bytes | None) -> None:
    write_shard(bench, zstandard.compress(b" " * (LARGEST_SHARD + 1)) if content is None else content)
    with ChannelServer(str(bench.served)) as server:
        index = bench.opened(server.url)

    assert versions(index, "a") == []
    assert told(bench.kernel, Warned) == [
        "the channel `c` has 1 record of `a` that cannot be read; such records are left out"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (SHARD, b"content" * 1000),
        (SHARD + SHARD, b"content" * 2000),
        (zstandard.ZstdCompressor(write_content_size=False).compress(b"content" * 1000), b"content" * 1000),
        (zstandard.compress(b""), b""),
        (SHARD[:-9], SHARD[:-9]),
        (SHARD + b"x", SHARD + b"x"),
        (zstandard.compress(b"x" * 70_001), zstandard.compress(b"x" * 70_001)),
    ],
    ids=("one frame", "two", "without its size", "nothing", "cut off", "followed by something", "too large"),
)
def test_a_shard_is_unpacked_or_comes_back_as_it_is(content: bytes, expected: bytes) -> None:
    reader = ShardReader()
    digest = hashlib.sha256(content).digest()

    assert reader.unpacked(content, digest, 70_000) == expected
    assert reader.unpacked(content, b"x" * 32, 70_000) is None
    # It unpacks the next one, whatever this one was.
    assert reader.unpacked(SHARD, hashlib.sha256(SHARD).digest(), 70_000) == b"content" * 1000


def test_credentials_go_to_the_host_of_the_channel_alone(bench: Bench, tmp_path: Path) -> None:
    """The shards lie on another host, to which neither the login nor the token may go."""
    bench.built.write_shards()
    with ChannelServer(str(bench.served)) as elsewhere:
        bench.built.write_shards(f"{elsewhere.url}/linux-64/shards/")
        with ChannelServer(str(bench.served), {"/": require_basic("me", "pw")}) as server:
            index = bench.opened(Channel("c", server.url, user=Secret("me"), password=Secret("pw")))

    assert versions(index, "b") == ["1"]
    assert [request.path for request in server.requests] == [INDEX]
    assert len(elsewhere.requests) == 3
    assert not [request for request in elsewhere.requests if "authorization" in request.headers]
    for folder, _, names in os.walk(tmp_path / "pkgs"):
        for name in names:
            content = (Path(folder) / name).read_bytes()
            assert b"bWU6cHc" not in content
            assert b"me:pw" not in content


def test_credentials_are_sent_for_shards_of_the_same_host(bench: Bench) -> None:
    rules: dict[str, Rule] = {"/": require_basic("me", "pw", First(1, Serve(), Serve()))}
    with bench.serve(rules) as server:
        index = bench.opened(Channel("c", server.url, user=Secret("me"), password=Secret("pw")))

    assert versions(index, "b") == ["1"]
    assert {request.status for request in server.requests} == {200}


def test_a_token_in_the_path_is_sent_for_shards(bench: Bench) -> None:
    with bench.serve({"/": RequireToken("tk-1")}) as server:
        channel = Channel("c", server.url, token=Secret("tk-1"))
        index = bench.opened(channel)

    assert versions(index, "b") == ["1"]
    assert "tk-1" not in repr(index.candidates("a"))
