"""What solvers asked is remembered for the next command, as long as it is true."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from conda_channels.columns import Columns, written
from conda_channels.kept_file import KeptFile
from conda_channels.merger import KIND, Answers
from conda_channels.pack import Pack
from conda_channels.ready import KIND as READY
from conda_channels.ready import MD5, SHA256, TEXTS, TIMES
from conda_channels.trackers import PIECE, REACHED
from conda_kernel.errors import ChannelUnavailable
from conda_kernel.hookspecs import INDEXES
from conda_kernel.model.candidates import values_of
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Warned
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Index, Install
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, Serve

SUBDIRS = ("linux-64", "noarch")


def builder(folder: Path, *versions: str, noarch: tuple[str, ...] = ()) -> ChannelBuilder:
    made = ChannelBuilder(str(folder))
    for version in versions:
        made.add_record("a", version, depends=["b >=1"])
    for version in noarch:
        made.add_record("a", version, noarch="generic", depends=["b >=1"])
    made.add_record("b", "1", noarch="generic")
    return made


def opened(folder: Path, *channels: Channel, **settings: object) -> Index:
    index = make_kernel(folder, settings=settings).driver(INDEXES).open(channels, SUBDIRS)
    index.prepare(["a"])
    return index


def matched(index: Index, text: str) -> list[str]:
    mask = index.matching(MatchSpec.parse(text))
    records = index.candidates(MatchSpec.parse(text).name)
    return [f"{each.channel}/{each.version}" for place, each in enumerate(records) if mask >> place & 1]


def answers(folder: Path) -> list[str]:
    return os.listdir(folder / "pkgs" / "cache" / "answers")


def only_answers(folder: Path) -> KeptFile:
    """Return the only file of answers that is kept."""
    (name,) = answers(folder)
    return kept_at(folder / "pkgs" / "cache" / "answers" / name)


def kept_at(path: Path) -> KeptFile:
    pack = Pack.at(str(path))
    assert pack is not None
    kind = pack.about.decode().partition("\n")[0]
    assert kind.startswith(KIND)
    return KeptFile(str(path), kind)


def state_of_answers(folder: Path) -> str:
    """Return the state of the indexes that answers were found out from."""
    (name,) = answers(folder)
    pack = Pack.at(str(folder / "pkgs" / "cache" / "answers" / name))
    assert pack is not None
    return pack.about.decode().partition("\n")[2]


@pytest.mark.parametrize(("noarch", "best"), [((), "c/3"), (("0.5", "3.5"), "c/3.5")])
def test_what_matched_once_is_not_evaluated_again(tmp_path: Path, noarch: tuple[str, ...], best: str) -> None:
    channel = Channel("c", builder(tmp_path / "c", "1", "2", "3", noarch=noarch).write())
    index = opened(tmp_path, channel)
    assert matched(index, "a >=2")[0] == best
    index.keep()
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    # What is not evaluated again is what the file says, be it wrong.
    kept.masks = dict.fromkeys(kept.masks, 0b010)
    kept.order.reverse()
    file.save({"a": kept.written()}, lambda _: True)

    again = opened(tmp_path, channel)
    assert matched(again, "a >=2") == (["c/1"] if noarch else ["c/2"])
    assert [record.version for record in again.candidates("a")][:2] == (["0.5", "1"] if noarch else ["3", "2"])


def test_while_no_index_has_changed_nobody_asks_whether_packages_have(tmp_path: Path) -> None:
    made = builder(tmp_path / "c", "1", "2", noarch=("1.5",))
    channel = Channel("c", made.write())
    index = opened(tmp_path, channel)
    assert matched(index, "a >=1.5") == ["c/2", "c/1.5"]
    index.keep()
    state = state_of_answers(tmp_path)
    file = only_answers(tmp_path)
    kept = Answers.of(file.sure("a", state) or b"")
    # What was found out from something else is known by that alone.
    kept.origin = b"something else"
    kept.masks = dict.fromkeys(kept.masks, 0b001)
    file.save({"a": kept.written()}, lambda _: True, state)

    assert matched(opened(tmp_path, channel), "a >=1.5") == ["c/2"]
    made.add_record("b", "2", noarch="generic")
    made.write()
    assert matched(opened(tmp_path, channel), "a >=1.5") == ["c/2", "c/1.5"]


def test_what_still_holds_is_sure_again_when_something_is_found_out_from_a_newer_index(tmp_path: Path) -> None:
    made = builder(tmp_path / "c", "1", "2")
    channel = Channel("c", made.write())
    index = opened(tmp_path, channel)
    assert [matched(index, name) for name in ("a", "b")] == [["c/2", "c/1"], ["c/1"]]
    index.keep()
    made.add_record("b", "2", noarch="generic")
    made.write()

    def known() -> list[bool]:
        return [only_answers(tmp_path).sure(name, state_of_answers(tmp_path)) is not None for name in ("a", "b")]

    assert known() == [True, True]
    index = opened(tmp_path, channel)
    assert matched(index, "b") == ["c/2", "c/1"]
    index.keep()
    assert known() == [False, True]
    index = opened(tmp_path, channel)
    assert [matched(index, name) for name in ("a", "b >=2")] == [["c/2", "c/1"], ["c/2"]]
    index.keep()
    assert known() == [True, True]


def test_where_packages_have_changed_it_is_found_out_again(tmp_path: Path) -> None:
    made = builder(tmp_path / "c", "1", "2", noarch=("1.5",))
    channel = Channel("c", made.write())
    index = opened(tmp_path, channel)
    assert matched(index, "a >=1.5") == ["c/2", "c/1.5"]
    index.keep()
    made.add_record("a", "3")
    made.write()

    changed = opened(tmp_path, channel)
    assert matched(changed, "a >=1.5") == ["c/3", "c/2", "c/1.5"]
    changed.keep()
    assert matched(opened(tmp_path, channel), "a >=1.5") == ["c/3", "c/2", "c/1.5"]
    assert len(answers(tmp_path)) == 1


@pytest.mark.parametrize(
    ("priority", "expected"),
    [("flexible", ["first/1", "second/2"]), ("disabled", ["second/2", "first/1"]), ("strict", ["first/1"])],
)
def test_each_priority_has_answers_of_its_own(tmp_path: Path, priority: str, expected: list[str]) -> None:
    made = {"first": builder(tmp_path / "first", "1"), "second": builder(tmp_path / "second", "2")}
    channels = [Channel(name, each.write()) for name, each in made.items()]
    for each in ("flexible", "disabled", "strict"):
        index = opened(tmp_path, *channels, channel_priority=each)
        matched(index, "a")
        index.keep()
    index = opened(tmp_path, *channels, channel_priority=priority)

    assert matched(index, "a") == expected
    hidden = [rejected.record.version for rejected in index.rejected("a")]
    assert hidden == (["2"] if priority == "strict" else [])
    assert len(answers(tmp_path)) == 3


ODD: list[dict[str, object]] = [
    {"depends": ["b >=1", "__glibc >=2.17"], "constrains": ["c <2"], "track_features": "x y", "features": "mkl"},
    {"arch": "x86_64", "platform": "linux", "legacy_bz2_md5": "ab" * 16, "legacy_bz2_size": 5},
    {"flags": ["cuda"], "indexed_timestamp": 1_700_000_000_000, "python_site_packages_path": "lib/site-packages"},
    {"extra_depends": {"tests": ["b >=1"]}},
    {"purls": ["pkg:pypi/a"], "run_exports": {"weak": ["a >=1"]}},
    {"license": "MIT", "license_family": "MIT", "timestamp": 1_600_000_000_000, "md5": None, "size": None},
]


@pytest.mark.parametrize("suffix", [".conda", ".tar.bz2"])
@pytest.mark.parametrize("fields", ODD, ids=range(len(ODD)))
def test_a_record_that_was_asked_for_is_the_same_the_next_time(
    tmp_path: Path, fields: dict[str, object], suffix: str
) -> None:
    made = [ChannelBuilder(str(tmp_path / name)) for name in ("first", "second")]
    for version in ("1", "2"):
        made[0].add_record("a", version, subdir="linux-64")
        made[1].add_record("a", version, noarch="python", suffix=suffix, **fields)  # type: ignore[arg-type] # of many types
    channels = [Channel(each.folder.rpartition("/")[2], each.write()) for each in made]
    index = opened(tmp_path, *channels)
    expected = tuple(index.candidates("a"))
    for place, record in enumerate(index.candidates("a")):
        assert index.candidates("a")[place] is record
    index.keep()

    again = opened(tmp_path, *channels).candidates("a")
    assert [again[place] for place in (3, 2, 1, 0)] == [*reversed(expected)]
    assert [again[place] for place in range(-4, 4)] == [*expected, *expected]
    assert {type(getattr(again[0], field)) for field in ("depends", "flags")} == {tuple}
    assert tuple(again) == again[:] == expected
    assert all(one is other for one, other in zip(again, (again[place] for place in range(4)), strict=True))


def test_a_record_that_was_asked_for_is_found_without_reading_the_others(tmp_path: Path) -> None:
    channel = Channel("c", builder(tmp_path / "c", "1", "2", "3").write())
    index = opened(tmp_path, channel)
    assert index.candidates("a")[1].version == "2"
    index.keep()
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    assert list(kept.rows) == [1]
    # As above: what is found is what the file says.
    kept.rows = {1: kept.rows[1].replace('"2"', '"2.5"')}
    file.save({"a": kept.written()}, lambda _: True)

    candidates = opened(tmp_path, channel).candidates("a")
    assert (len(candidates), candidates[1].version, candidates[0].version) == (3, "2.5", "3")
    assert candidates[1] in candidates
    assert candidates[0]._replace(version="4") not in candidates
    with pytest.raises(IndexError):
        candidates[3]


def test_a_record_with_fields_that_nobody_knows_is_found_so_too(tmp_path: Path) -> None:
    made = builder(tmp_path / "c", "1")
    made.add_record("a", "2", purls=["pkg:pypi/a"], about={"home": [None, 1.5]})
    channel = Channel("c", made.write())
    index = opened(tmp_path, channel)
    expected = index.candidates("a")[0]
    index.keep()
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    kept.count = 9
    file.save({"a": kept.written()}, lambda _: True)

    again = opened(tmp_path, channel).candidates("a")
    assert (again[0], again[0].extra) == (expected, {"purls": ["pkg:pypi/a"], "about": {"home": [None, 1.5]}})
    # That there are not so many is told by whoever reads them.
    with pytest.raises(ChannelUnavailable):
        again[1]


@pytest.mark.parametrize(("texts", "told"), [(["b >=1", "2.5", "1"], ["2.5", "1"]), ([], ["2", "1"])])
def test_a_field_of_all_records_is_told_without_making_any(tmp_path: Path, texts: list[str], told: list[str]) -> None:
    channel = Channel("c", builder(tmp_path / "c", "1", "2").write())
    index = opened(tmp_path, channel)
    expected = tuple(index.candidates("a"))
    assert matched(index, "a >=2") == ["c/2"]
    index.keep()
    (path,) = [
        path for path in (tmp_path / "pkgs" / "cache").glob("*/flat/ready.pack") if b"b >=1" in path.read_bytes()
    ]
    file = KeptFile(str(path), READY)
    columns = Columns(file.content("a") or b"")
    assert columns.texts(TEXTS) == ["b >=1", "2", "1"]
    # As above: what is told is what the file says, where nobody makes records, which these columns are no good for.
    kept = [
        columns.octets(place) if place in (0, MD5, SHA256) else columns.values(place) for place in range(len(columns))
    ]
    kept[TEXTS], kept[TIMES] = texts, []
    file.save({"a": written(*kept)}, lambda _: True)

    candidates = opened(tmp_path, channel).candidates("a")
    assert values_of(candidates, "version") == told
    assert values_of(candidates, "channel") == ["c", "c"]
    assert values_of(candidates, "subdir") == ["linux-64", "linux-64"]
    assert tuple(candidates) == expected


@pytest.mark.parametrize("bad", ["[]", "{}", "[1]", "nonsense", "null"])
def test_a_record_that_is_kept_wrongly_is_read_from_the_channel(tmp_path: Path, bad: str) -> None:
    channel = Channel("c", builder(tmp_path / "c", "1").write())
    index = opened(tmp_path, channel)
    expected = index.candidates("a")[0]
    index.keep()
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    kept.rows = {0: bad}
    file.save({"a": kept.written()}, lambda _: True)

    assert opened(tmp_path, channel).candidates("a")[0] == expected


def asking(index: Index, *, constrains: bool) -> dict[str, int]:
    """Return which candidates ask what, by the texts of what the records of `a` ask."""
    found = {}
    for record in index.candidates("a"):
        for each in index.constraints(record) if constrains else index.requirements(record):
            found[str(each)] = index.having("a", each, constrains=constrains)
    return found


def test_who_asks_for_a_package_is_not_looked_for_again(tmp_path: Path) -> None:
    made = ChannelBuilder(str(tmp_path / "c"))
    made.add_record("a", "1", depends=["b >=1"], constrains=["b <9"])
    made.add_record("a", "2", depends=["b>=1"], constrains=["b >=1"])
    made.add_record("a", "3", depends=["b >=2"], constrains=["b <9"])
    made.add_record("b", "1")
    channel = Channel("c", made.write())
    index = opened(tmp_path, channel)
    # Who asks with a spec of their own gets no answer, and that is not kept.
    assert index.having("a", MatchSpec.parse("b >=1")) == 0
    expected = {"b[version='>=1']": 6, "b[version='>=2']": 1}, {"b[version='<9']": 5, "b[version='>=1']": 2}
    assert (asking(index, constrains=False), asking(index, constrains=True)) == expected
    assert matched(index, "b >=1") == ["c/1"]
    index.keep()

    again = opened(tmp_path, channel)
    assert (asking(again, constrains=False), asking(again, constrains=True)) == expected
    assert matched(again, "b >=1") == ["c/1"]
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    # As above: what is found is what the file says.
    kept.masks = dict.fromkeys(kept.masks, 0b111)
    file.save({"a": kept.written()}, lambda _: True)
    again = opened(tmp_path, channel)
    assert [{*asking(again, constrains=constrains).values()} for constrains in (False, True)] == [{7}, {7}]


def test_what_answers_are_about_and_is_not_here_is_told_when_it_is_needed(tmp_path: Path) -> None:
    builder(tmp_path / "served", "1", "2").write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        index = opened(tmp_path, channel)
        assert index.candidates("a")[0].version == "2"
        index.keep()
        for path in (tmp_path / "pkgs" / "cache").glob("*/sharded/ready.pack"):
            path.unlink()
            rmtree(path.with_name("shards"))

        without = opened(tmp_path, channel, offline=True)
        assert without.candidates("a")[0].version == "2"
        with pytest.raises(ChannelUnavailable, match="what was cached of `a` is gone"):
            without.candidates("a")[1]
        assert opened(tmp_path, channel).candidates("a")[1].version == "1"


def shards_asked_for(server: ChannelServer) -> int:
    asked = sum(request.path.endswith(".msgpack.zst") and "/shards/" in request.path for request in server.requests)
    server.requests.clear()
    return asked


def names_here(folder: Path) -> list[str]:
    """Return the names that are known to be on this machine with all that they lead to."""
    (name,) = answers(folder)
    content = kept_at(folder / "pkgs" / "cache" / "answers" / name).content("")
    return Columns(content).texts(1) if content is not None else []


def sharded(folder: Path) -> ChannelBuilder:
    """Return a channel in which `a` leads to `b` and that to `c`."""
    made = ChannelBuilder(str(folder))
    made.add_record("a", "1", depends=["b"])
    made.add_record("b", "1", depends=["c >=1"], noarch="generic")
    made.add_record("c", "1")
    made.add_record("d", "1", depends=["a"])
    return made


def used(folder: Path, channel: Channel, *names: str) -> Index:
    """Return an index of which something was asked, and which has kept what it found out."""
    index = make_kernel(folder).driver(INDEXES).open([channel], SUBDIRS)
    index.prepare(names)
    for name in names:
        assert matched(index, name)
    index.keep()
    return index


def test_what_is_here_with_all_that_it_leads_to_is_not_looked_through_again(tmp_path: Path) -> None:
    sharded(tmp_path / "served").write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        expected = [
            (["a"], 3, []),
            (["a"], 0, ["a", "b", "c"]),
            (["b"], 0, ["a", "b", "c"]),
            (["d"], 1, ["a", "b", "c"]),
        ]
        for names, asked, here in [*expected, (["d"], 0, ["a", "b", "c", "d"])]:
            used(tmp_path, channel, *names)
            assert (shards_asked_for(server), names_here(tmp_path)) == (asked, here)
        file = only_answers(tmp_path)
        columns = Columns(file.content("") or b"")
        # What is not looked through is here because the file says so.
        file.save({"": written(columns.octets(0), ["a"])}, lambda _: True)
        used(tmp_path, channel, "a")
        assert names_here(tmp_path) == ["a"]


@pytest.mark.parametrize("gone", ["shards", "shards/*.pack", "ready.pack", "shards ready.pack"])
def test_what_was_removed_from_the_cache_is_brought_again(tmp_path: Path, gone: str) -> None:
    sharded(tmp_path / "served").write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        for _ in range(2):
            used(tmp_path, channel, "a")
        for path in [path for each in gone.split() for path in (tmp_path / "pkgs" / "cache").glob(f"*/sharded/{each}")]:
            if path.is_dir():
                rmtree(path)
            else:
                path.unlink()
        shards_asked_for(server)
        index = used(tmp_path, channel, "a")
        assert [index.candidates(name)[-1].version for name in ("a", "b", "c")] == ["1", "1", "1"]
        assert bool(shards_asked_for(server)) == ("shards" in gone)


def test_what_another_index_leads_to_is_brought(tmp_path: Path) -> None:
    made = sharded(tmp_path / "served")
    made.write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        for _ in range(2):
            used(tmp_path, channel, "a")
        made.add_record("b", "2", depends=["d"], noarch="generic")
        made.write_shards()
        for path in (tmp_path / "pkgs" / "cache").glob("*/sharded/state.json"):
            path.unlink()
        index = used(tmp_path, channel, "a")
        assert [record.version for name in ("b", "d") for record in index.candidates(name)] == ["2", "1", "1"]


def test_what_is_found_out_from_an_index_that_was_replaced_meanwhile_is_not_kept_for_the_newer_one(
    tmp_path: Path,
) -> None:
    made = sharded(tmp_path / "served")
    made.write_shards()
    index_file = "/linux-64/repodata_shards.msgpack.zst"
    with ChannelServer(str(tmp_path / "served"), {index_file: Serve({"Cache-Control": "max-age=600"})}) as server:
        channel = Channel("c", server.url)
        used(tmp_path, channel, "c")
        index = make_kernel(tmp_path).driver(INDEXES).open([channel], SUBDIRS)
        assert matched(index, "c >=1") == ["c/1"]
        made.add_record("c", "2")
        made.add_record("d", "2", depends=["c"])
        for path in (tmp_path / "served" / "linux-64" / "shards").iterdir():
            path.unlink()
        made.write_shards()
        index.prepare(["d"])
        assert matched(index, "d") == ["c/2", "c/1"]
        index.keep()

        assert sha256((tmp_path / "served" / index_file[1:]).read_bytes()).hexdigest() in state_of_answers(tmp_path)
        assert only_answers(tmp_path).sure("c", state_of_answers(tmp_path)) is None
        assert matched(used(tmp_path, channel, "c"), "c >=1") == ["c/2", "c/1"]


def test_what_is_left_out_without_the_network_is_not_taken_for_here(tmp_path: Path) -> None:
    sharded(tmp_path / "served").write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        used(tmp_path, channel, "b")
        for _ in range(2):
            without = make_kernel(tmp_path, settings={"offline": True}).driver(INDEXES).open([channel], SUBDIRS)
            without.prepare(["a", "b"])
            assert (matched(without, "a"), matched(without, "b")) == ([], ["c/1"])
            without.keep()
            assert "a" not in names_here(tmp_path)
        assert matched(used(tmp_path, channel, "a"), "a") == ["c/1"]


def test_what_is_installed_is_found_again_without_reading_the_others(tmp_path: Path) -> None:
    made = {"first": builder(tmp_path / "first", "1", "2", "3"), "second": builder(tmp_path / "second", "2")}
    channels = [Channel(name, each.write()) for name, each in made.items()]
    index = opened(tmp_path, *channels)
    second = index.candidates("a")[1]
    other = index.candidates("a")[3]
    assert (second.channel, other.channel, index.bit_of(second), index.bit_of(other)) == ("first", "second", 2, 8)
    absent = second._replace(channel="third")
    assert index.bit_of(absent) == 0
    index.keep()
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    # That there are not so many would be told by whoever read them.
    kept.count = 9
    file.save({"a": kept.written()}, lambda _: True)

    again = opened(tmp_path, *channels)
    assert [again.bit_of(record) for record in (second, other, absent)] == [2, 8, 0]
    assert again.candidates("a")[1] == second
    with pytest.raises(ChannelUnavailable):
        again.candidates("a")[2]


def test_what_tells_builds_apart_is_known_again_without_reading_them(tmp_path: Path) -> None:
    made = builder(tmp_path / "c")
    for build, needs in (("x_0", "b 1.*"), ("y_0", "b 2.*"), ("z_0", "b 2.*")):
        made.add_record("a", "1", build=build, depends=[needs, "c"])
    channel = Channel("c", made.write())
    index = opened(tmp_path, channel)
    found = index.alike("a", 1)
    told = {str(requirement): holders.bit_count() for requirement, holders in found.differing}
    assert (found.mask, told) == (0b111, {"b=1": 1, "b=2": 2})
    index.keep()
    file = only_answers(tmp_path)
    kept = Answers.of(file.content("a") or b"")
    # That there are not so many would be told by whoever read them.
    kept.count, kept.rows = 9, {}
    file.save({"a": kept.written()}, lambda _: True)

    again = opened(tmp_path, channel)
    assert again.alike("a", 1) == found
    with pytest.raises(ChannelUnavailable):
        again.candidates("a")[1]


def test_entries_that_cannot_be_used_are_told_of_each_time(tmp_path: Path) -> None:
    made = builder(tmp_path / "c", "1", "2")
    made.add_record("a", "3", md5="no digest")
    channel = Channel("c", made.write())
    for _ in range(2):
        kernel = make_kernel(tmp_path)
        index = kernel.driver(INDEXES).open([channel], SUBDIRS)
        assert index.candidates("a")[0].version == "2"
        index.keep()
        reporter = kernel.reporter
        assert isinstance(reporter, RecordingReporter)
        assert len([event for event in reporter.events if isinstance(event, Warned)]) == 1


def tracking_builders(folder: Path) -> dict[str, ChannelBuilder]:
    """Return two channels, in the order of their priority, of which the first is said to be complete for `a`."""
    first, second = ChannelBuilder(str(folder / "first")), ChannelBuilder(str(folder / "second"))
    first.add_record("a", "1", depends=["b"])
    first.add_record("b", "1", noarch="generic")
    second.add_record("a", "2", depends=["b", "c"])
    second.add_record("b", "2", depends=["d"])
    second.add_record("c", "1", track_features="slow")
    second.add_record("d", "1", track_features="slow old")
    second.add_record("d", "2")
    second.add_record("e", "1", track_features="slow")
    return {"first": first, "second": second}


@pytest.mark.parametrize(("priority", "expected"), [("flexible", ["c-1-0", "d-1-0"]), ("strict", [])])
def test_who_tracks_features_is_told_alike_before_and_after_it_was_kept(
    tmp_path: Path, priority: str, expected: list[str]
) -> None:
    channels = [Channel(name, made.write()) for name, made in tracking_builders(tmp_path).items()]
    jobs = (Install(MatchSpec.parse("a")),)
    for _ in range(2):
        index = opened(tmp_path, *channels, channel_priority=priority)
        assert [each.dist_name for each in index.tracking(jobs)] == expected
        index.keep()


def test_what_is_kept_of_a_name_tells_where_it_leads_without_its_records(tmp_path: Path) -> None:
    channels = [Channel(name, made.write()) for name, made in tracking_builders(tmp_path).items()]
    jobs = (Install(MatchSpec.parse("a")),)
    index = opened(tmp_path, *channels)
    assert len(index.tracking(jobs)) == 2
    index.keep()
    (path,) = [path for path in (tmp_path / "pkgs" / "cache").glob("*/flat/ready.pack") if b"slow" in path.read_bytes()]
    file = KeptFile(str(path), READY)
    columns = Columns(file.content("b") or b"")
    # As above: what is read is what the file says.
    rest = [
        columns.octets(place) if place in (MD5, SHA256) else columns.values(place) for place in range(2, len(columns))
    ]
    needs_another = written(columns.octets(0), ["e"], *rest)
    file.save({"b": needs_another}, lambda _: True)

    # What was asked before has its answer; this is another question.
    others = (*jobs, Install(MatchSpec.parse("b")))
    assert [each.name for each in opened(tmp_path, *channels).tracking(others)] == ["c", "e"]


def trackers(index: Index, *names: str) -> list[str]:
    """Return the records that track features, of all that names lead to, and keep what was found out."""
    found = index.tracking([Install(MatchSpec.parse(name)) for name in names])
    index.keep()
    return [f"{each.channel}/{each.dist_name}" for each in found]


def kept_trackers(folder: Path) -> tuple[KeptFile, Columns]:
    """Return the file with who tracks features, and what it says of that."""
    file = only_answers(folder)
    return file, Columns(file.content(PIECE) or b"")


def test_who_tracks_features_is_not_looked_for_again(tmp_path: Path) -> None:
    channels = [Channel(name, made.write()) for name, made in tracking_builders(tmp_path).items()]
    assert trackers(opened(tmp_path, *channels), "b", "a") == ["second/c-1-0", "second/d-1-0"]
    file, columns = kept_trackers(tmp_path)
    assert columns.texts(1) == ["a b"]
    # As above: what is not looked for is what the file says.
    file.save({PIECE: written(columns.octets(0), ["a b"], [1], ["e"])}, lambda _: True)

    assert trackers(opened(tmp_path, *channels), "a", "b") == ["second/e-1-0"]
    assert trackers(opened(tmp_path, *channels), "b") == ["second/d-1-0"]
    assert trackers(opened(tmp_path, *channels), "a", "b") == ["second/e-1-0"]
    assert trackers(opened(tmp_path, *channels, exclude_newer="2021-01-01"), "a", "b") == []
    assert trackers(opened(tmp_path, *channels), "a", "b") == ["second/e-1-0"]
    assert kept_trackers(tmp_path)[1].texts(1) == ["a b", "b"]


def test_in_a_changed_channel_who_tracks_features_is_looked_for_again(tmp_path: Path) -> None:
    made = tracking_builders(tmp_path)
    channels = [Channel(name, each.write()) for name, each in made.items()]
    for _ in range(2):
        assert trackers(opened(tmp_path, *channels), "a") == ["second/c-1-0", "second/d-1-0"]
    made["first"].add_record("b", "3", depends=["e"])
    made["first"].write()
    for _ in range(2):
        assert trackers(opened(tmp_path, *channels), "a") == ["second/c-1-0", "second/d-1-0", "second/e-1-0"]


def test_where_changed_packages_need_the_same_only_they_are_looked_at_for_features(
    tmp_path: Path,
) -> None:
    made = tracking_builders(tmp_path)
    channels = [Channel(name, each.write()) for name, each in made.items()]
    assert trackers(opened(tmp_path, *channels), "a") == ["second/c-1-0", "second/d-1-0"]
    file, _ = kept_trackers(tmp_path)
    columns = Columns(file.content(REACHED) or b"")
    assert columns.texts(4) == ["a", "b", "c", "d"]
    # As above: what is not looked for is what the file says.
    rest = [columns.values(place) for place in range(3, len(columns))]
    file.save({REACHED: written(["a"], [1], ["e"], *rest)}, lambda _: True)

    def changed(channel: str, *record: str, **fields: Any) -> list[str]:
        made[channel].add_record(*record, **fields)
        made[channel].write()
        first, again = (trackers(opened(tmp_path, *channels), "a") for _ in range(2))
        assert first == again
        return first

    assert changed("second", "a", "3", depends=["c", "b"]) == ["second/e-1-0"]
    assert changed("second", "a", "4", depends=["b"]) == ["second/e-1-0"]
    assert changed("second", "c", "2", track_features="fast") == ["second/c-2-0", "second/c-1-0", "second/e-1-0"]
    assert changed("first", "b", "2", track_features="fast")[:1] == ["first/b-2-0"]
    assert "second/e-1-0" not in changed("first", "b", "3", depends=["f"])


@pytest.mark.parametrize("bad", [b"", b"nothing", written([1], [1], ["e"]), written(["a"], [2], ["e"], *([0], []) * 3)])
def test_who_tracks_features_is_looked_for_where_what_was_reached_is_kept_wrongly(tmp_path: Path, bad: bytes) -> None:
    made = tracking_builders(tmp_path)
    channels = [Channel(name, each.write()) for name, each in made.items()]
    trackers(opened(tmp_path, *channels), "a")
    kept_trackers(tmp_path)[0].save({REACHED: bad}, lambda _: True)
    made["second"].add_record("a", "3", depends=["b", "c"])
    made["second"].write()

    assert trackers(opened(tmp_path, *channels), "a") == ["second/c-1-0", "second/d-1-0"]


def test_in_changed_shards_who_tracks_features_is_looked_for_again(tmp_path: Path) -> None:
    made = sharded(tmp_path / "served")
    made.add_record("c", "2", track_features="slow")
    made.write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        for _ in range(3):
            assert trackers(opened(tmp_path, channel), "a") == ["c/c-2-0"]
        assert kept_trackers(tmp_path)[1].texts(1) == ["a"]
        made.add_record("b", "2", track_features="slow", noarch="generic")
        made.write_shards()
        for path in (tmp_path / "pkgs" / "cache").glob("*/sharded/state.json"):
            path.unlink()
        for _ in range(3):
            assert trackers(opened(tmp_path, channel), "a") == ["c/b-2-0", "c/c-2-0"]


def test_who_tracks_features_is_kept_for_the_last_requests_alone(tmp_path: Path) -> None:
    made = ChannelBuilder(str(tmp_path / "c"))
    names = [f"a{number:02}" for number in range(20)]
    for name in names:
        made.add_record(name, "1", track_features="slow")
    channel = Channel("c", made.write())
    for name in names:
        assert trackers(opened(tmp_path, channel), name) == [f"c/{name}-1-0"]

    assert kept_trackers(tmp_path)[1].texts(1) == names[4:]


@pytest.mark.parametrize("bad", [b"", b"nonsense", written(b""), written(b"", ["a"], [9], ["e"]), None])
def test_who_tracks_features_is_looked_for_where_it_is_kept_wrongly(tmp_path: Path, bad: bytes | None) -> None:
    channels = [Channel(name, made.write()) for name, made in tracking_builders(tmp_path).items()]
    assert len(trackers(opened(tmp_path, *channels), "a")) == 2
    file, columns = kept_trackers(tmp_path)
    file.save({PIECE: written(columns.octets(0), ["a"], [], ["e"]) if bad is None else bad}, lambda _: True)

    assert trackers(opened(tmp_path, *channels), "a") == ["second/c-1-0", "second/d-1-0"]


def test_what_a_cut_off_leaves_is_not_remembered(tmp_path: Path) -> None:
    made = ChannelBuilder(str(tmp_path / "c"))
    for version, timestamp in (("1", 1_600_000_000_000), ("2", 1_700_000_000_000)):
        made.add_record("a", version, timestamp=timestamp)
    channel = Channel("c", made.write())
    for settings, expected in (({"exclude_newer": "2021-01-01"}, ["c/1"]), ({}, ["c/2", "c/1"])):
        for _ in range(2):
            index = opened(tmp_path, channel, **settings)
            assert matched(index, "a >=1") == expected
            index.keep()


def test_a_channel_of_which_a_cut_off_leaves_nothing_hides_no_other(tmp_path: Path) -> None:
    channels = []
    for name, timestamp in (("first", 1_700_000_000_000), ("second", 1_600_000_000_000)):
        made = ChannelBuilder(str(tmp_path / name))
        made.add_record("a", "1", timestamp=timestamp)
        channels.append(Channel(name, made.write()))
    for _ in range(2):
        opened(tmp_path, *channels, channel_priority="strict").keep()
        index = opened(tmp_path, *channels, channel_priority="strict", exclude_newer="2021-01-01")
        assert matched(index, "a") == ["second/1"]
        index.keep()


def test_answers_about_channels_that_nobody_asks_any_more_are_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "pkgs" / "cache" / "answers"
    folder.mkdir(parents=True)
    for name, days in (("old.pack", 31), ("young.pack", 29)):
        (folder / name).write_bytes(b"")
        then = os.stat(folder / name).st_mtime - days * 86_400
        os.utime(folder / name, (then, then))
    index = opened(tmp_path, Channel("c", builder(tmp_path / "c", "1").write()))
    matched(index, "a >=1")
    index.keep()

    assert len(answers(tmp_path)) == 2
    assert "young.pack" in answers(tmp_path)


def test_answers_are_read_as_they_were_written() -> None:
    for rows, order, hidden in (
        ({}, [], []),
        ({7: "[]", 0: "line\nline"}, [], []),
        ({2: "[2]"}, [2, 0], [(1, "first"), (300, "second")]),
        ({}, [], [(0, "all are")]),
    ):
        one = Answers(b"digest")
        one.masks, one.rows = {"a >=1": 1 << 20_000, "> b": 0, "~3": 5}, rows
        one.order, one.hidden, one.count = order, hidden, 9
        again = Answers.of(one.written())
        assert [getattr(again, field) for field in Answers.__slots__] == [
            getattr(one, field) for field in Answers.__slots__
        ]


@pytest.mark.parametrize(
    "columns",
    [
        (),
        (b"",),
        (b"", [], []),
        (b"", [1, 1, 0], ["a"]),
        (b"", [1, 1, 0], ["a", "-1"]),
        (b"", [1, 1, 0], ["a", "g"]),
        (b"", [1, 1, 2, 0, 1], ["a", "1", "[]"]),
        (b"", [1, 0, 2, 0], ["[]", "[]"]),
        (b"", [1, 0, 0, 5], ["hidden", "hidden"]),
        (b"", ["1", 0, 0], []),
        ([1], [1, 0, 0], []),
    ],
)
def test_what_are_no_answers_is_refused(columns: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Answers.of(written(*columns) if columns else b"\0\0")


@pytest.mark.parametrize("damage", [b"", b"nonsense" * 20, None])
def test_answers_that_are_damaged_or_of_another_kind_are_found_out_again(tmp_path: Path, damage: bytes | None) -> None:
    channel = Channel("c", builder(tmp_path / "c", "1", "2").write())
    index = opened(tmp_path, channel)
    assert matched(index, "a >=2") == ["c/2"]
    index.keep()
    (name,) = answers(tmp_path)
    path = tmp_path / "pkgs" / "cache" / "answers" / name
    if damage is None:
        KeptFile(str(path), "another kind").save({"a": kept_at(path).content("a") or b""}, lambda _: True)
    else:
        path.write_bytes(damage)

    again = opened(tmp_path, channel)
    assert matched(again, "a >=2") == ["c/2"]
    again.keep()
    assert kept_at(path).content("a")


def test_a_folder_that_cannot_be_written_costs_no_more_than_the_memory(tmp_path: Path) -> None:
    channel = Channel("c", builder(tmp_path / "c", "1", "2").write())
    (tmp_path / "pkgs" / "cache").mkdir(parents=True)
    (tmp_path / "pkgs" / "cache" / "answers").write_bytes(b"")
    index = opened(tmp_path, channel)

    assert matched(index, "a >=2") == ["c/2"]
    index.keep()


def test_what_is_not_on_this_machine_is_not_remembered_as_no_match(tmp_path: Path) -> None:
    builder(tmp_path / "served", "1", "2").write_shards()
    with ChannelServer(str(tmp_path / "served")) as server:
        channel = Channel("c", server.url)
        make_kernel(tmp_path).driver(INDEXES).open([channel], SUBDIRS)
        without = opened(tmp_path, channel, offline=True)
        assert matched(without, "a >=2") == []
        without.keep()

        assert matched(opened(tmp_path, channel), "a >=2") == ["c/2"]
