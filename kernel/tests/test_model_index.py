"""An index puts the records of a name in order, says what is rejected, and evaluates each requirement once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Barrier, Thread
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.candidates import STRICT_PRIORITY, Ordered
from conda_kernel.model.index import Outline, RecordIndex
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.policy import Policy
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import ChannelPriority, Freeze, Index, Install, Keep, Pin, Rejected, Remove
from conda_kernel.model.version import Version

CHANNELS = ("first", "second")
RANKS = {channel: rank for rank, channel in enumerate(CHANNELS)}


def record(name: str = "a", version: str = "1.0", build: str = "0", **fields: Any) -> PackageRecord:
    channel, subdir = fields.get("channel", "first"), fields.get("subdir", "linux-64")
    file_name = fields.get("file_name", f"{name}-{version}-{build}.conda")
    place = {"channel": channel, "subdir": subdir, "file_name": file_name}
    return PackageRecord(
        name, version, build, **{"url": f"https://h/{channel}/{subdir}/{file_name}", **fields, **place}
    )


class Shelf:
    """Records by name, and the names that were asked for."""

    def __init__(self, records: Iterable[PackageRecord]) -> None:
        self.records = tuple(records)
        self.asked: list[str] = []

    def load(self, name: str) -> list[PackageRecord]:
        self.asked.append(name)
        return [each for each in self.records if each.name == name]

    def names(self) -> set[str]:
        return {each.name for each in self.records}


def index_of(*records: PackageRecord, priority: ChannelPriority = ChannelPriority.FLEXIBLE) -> RecordIndex:
    shelf = Shelf(records)
    return RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, priority=priority)


def spec(text: str) -> MatchSpec:
    return MatchSpec.parse(text)


def matched(index: RecordIndex, text: str) -> list[str]:
    mask = index.matching(spec(text))
    candidates = index.candidates(spec(text).name)
    assert mask < 1 << len(candidates)
    return [str(each) for position, each in enumerate(candidates) if mask >> position & 1]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (record(version="1.0"), record(version="2.0", track_features=("slow",))),
        (record(track_features=("x",)), record(version="2.0", track_features=("x", "y"))),
        (record(version="1.0"), record(version="2.0", channel="second")),
        (record(version="1.0", channel="second"), record(version="2.0", channel="unheard-of")),
        (record(version="1.10"), record(version="1.9", build_number=7)),
        (record(build_number=2), record(build_number=1, build="1")),
        (record(build="a"), record(build="b", subdir="noarch", timestamp=9)),
        (record(build="b", timestamp=2), record(build="a", timestamp=1)),
        (record(build="a"), record(build="b")),
        (record(file_name="a-1.0-0.conda"), record(file_name="b.conda")),
    ],
)
def test_the_better_of_two_records_comes_first(better: PackageRecord, worse: PackageRecord) -> None:
    assert index_of(worse, better).candidates("a") == (better, worse)
    assert index_of(better, worse).candidates("a") == (better, worse)


def test_without_channel_priority_the_higher_version_comes_first() -> None:
    old, new, same = record(version="1.0"), record(version="2.0", channel="second"), record(version="2.0")

    index = index_of(old, new, same, priority=ChannelPriority.DISABLED)

    assert index.candidates("a") == (same, new, old)
    assert index.rejected("a") == ()


def test_strict_priority_leaves_the_first_channel_that_has_the_name() -> None:
    first, second, only = record(), record(version="2.0", channel="second"), record("b", channel="second")

    index = index_of(second, first, only, priority=ChannelPriority.STRICT)

    assert index.candidates("a") == (first,)
    assert [(each.record, each.reason) for each in index.rejected("a")] == [(second, STRICT_PRIORITY)]
    assert index.candidates("b") == (only,)
    assert index.rejected("b") == ()
    assert index.candidates("absent") == ()


@pytest.mark.parametrize("fields", [{"depends": ("[[",)}, {"constrains": ("b >=1,<",)}, {"version": "1.0 beta"}])
def test_a_record_that_cannot_be_read_is_rejected_with_the_reason(fields: dict[str, Any]) -> None:
    broken, sound = record(**fields), record(version="0.1")

    index = index_of(broken, sound)

    (rejected,) = index.rejected("a")
    assert index.candidates("a") == (sound,)
    assert rejected.record == broken
    assert rejected.reason.startswith("unreadable metadata: ")


NO_BETA = Policy("no beta", lambda each: "is a beta" if "b" in each.version else "")
NO_SECOND = Policy("no second", lambda each: "comes second" if each.channel == "second" else "")


def test_what_a_policy_is_against_is_rejected_with_the_first_reason() -> None:
    fine, beta, second, both = (
        record(),
        record(version="2.0b1"),
        record(version="3.0", channel="second"),
        record(version="4.0b1", channel="second"),
    )
    shelf = Shelf([fine, beta, second, both])

    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, policies=(NO_BETA, NO_SECOND))

    assert index.candidates("a") == (fine,)
    assert [(each.record, each.reason) for each in index.rejected("a")] == [
        (beta, "is a beta"),
        (second, "comes second"),
        (both, "is a beta"),
    ]


def test_a_channel_of_which_a_policy_leaves_nothing_hides_no_other() -> None:
    shelf = Shelf([record(version="2.0b1"), record(channel="second")])

    index = RecordIndex(
        shelf.load, ranks=RANKS, names=shelf.names, priority=ChannelPriority.STRICT, policies=(NO_BETA,)
    )

    assert [each.channel for each in index.candidates("a")] == ["second"]


@pytest.mark.parametrize("policies", [(), (NO_BETA,)])
def test_what_is_ordered_already_is_not_loaded(policies: tuple[Policy, ...]) -> None:
    fine, beta, broken = record(), record(version="2.0b1"), record(version="0.1", depends=("[[",))
    rejected = Rejected(broken, "unreadable metadata")
    ready = {"a": Ordered((beta, fine), (rejected,))}
    shelf = Shelf([record("b")])

    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, ordered=ready.get, policies=policies)

    assert index.candidates("a") == ((fine,) if policies else (beta, fine))
    assert index.rejected("a") == ((Rejected(beta, "is a beta"), rejected) if policies else (rejected,))
    assert index.candidates("b") == (record("b"),)
    assert shelf.asked == ["b"]


def test_of_one_build_in_both_formats_the_new_one_counts() -> None:
    new, old = record(), record(file_name="a-1.0-0.tar.bz2")
    alone = record(version="0.9", file_name="a-0.9-0.tar.bz2")
    elsewhere = record(channel="second", file_name="a-1.0-0.tar.bz2")

    index = index_of(old, alone, elsewhere, new)

    assert index.candidates("a") == (new, alone, elsewhere)
    assert index.rejected("a") == ()


def test_what_was_loaded_is_remembered() -> None:
    shelf = Shelf([record()])
    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names)

    assert index.candidates("a") is index.candidates("a")
    assert index.rejected("b") is index.rejected("b")
    assert shelf.asked == ["a", "b"]


def test_equal_dependencies_are_one_object() -> None:
    long = "https://h.example/channel/linux-64::c >=1"
    one = record(depends=("b >=1", long), constrains=("d",))
    other = record(version="2.0", depends=("b >=1", long), constrains=("d",))
    third = record(version="3.0", depends=("b  >=1", long, "d"))
    index = index_of(one, other, third)

    assert index.requirements(one) is index.requirements(other)
    assert index.constraints(one) is index.constraints(other)
    assert index.requirements(third)[0] is index.requirements(one)[0]
    assert index.requirements(third)[1] is index.requirements(one)[1]
    assert index.requirements(third)[2] is index.constraints(one)[0]
    assert [str(each) for each in index.requirements(one)] == [str(spec("b >=1")), str(spec(long))]


def test_the_bits_of_a_match_stand_for_candidates() -> None:
    index = index_of(*(record(version=f"{number}.0", build=build) for number in (1, 2, 3) for build in ("x", "y")))

    assert matched(index, "a >=2") == [
        "first/linux-64::a-3.0-x",
        "first/linux-64::a-3.0-y",
        "first/linux-64::a-2.0-x",
        "first/linux-64::a-2.0-y",
    ]
    assert matched(index, "a 1.0 y") == ["first/linux-64::a-1.0-y"]
    assert matched(index, "a") == [str(each) for each in index.candidates("a")]
    assert matched(index, "a >3") == []
    assert matched(index, "absent") == []


def test_names_are_sorted() -> None:
    assert index_of(record("b"), record("c"), record("a")).names() == ("a", "b", "c")


def test_what_will_be_needed_is_told_to_whoever_brings_it() -> None:
    told: list[Iterable[str]] = []

    index_of(record()).prepare(["a"])
    RecordIndex(Shelf(()).load, ranks={}, names=tuple, prepare=told.append).prepare(["a", "b"])

    assert told == [["a", "b"]]


def test_who_can_tell_what_mentions_a_name_is_asked() -> None:
    index = RecordIndex(Shelf(()).load, ranks={}, names=tuple, mentioning=lambda name: ["z", name])

    assert index.mentioning("a") == ("a", "z")
    assert index_of(record("b"), record("a")).mentioning("c") == ("a", "b")


def test_what_is_ordered_already_stays_so_when_no_policy_is_against_it() -> None:
    ordered = Ordered((record(version="1.0"), record(version="2.0")))

    index = RecordIndex(Shelf(()).load, ranks=RANKS, names=tuple, ordered=lambda name: ordered, policies=[NO_BETA])

    assert index.candidates("a") == ordered.records


def test_an_installed_record_that_cannot_be_read_leads_nowhere(chain: RecordIndex) -> None:
    assert chain.reachable((Keep(record("z", depends=("[[",))),), ()) == ()


def index_that_remembers(
    *records: PackageRecord, policies: Sequence[Policy] = ()
) -> tuple[RecordIndex, dict[str, Any]]:
    shelf, known = Shelf(records), {"a": {"a >=1": 0b10}}
    masks = lambda name: known.setdefault(name, {})  # noqa: E731 - it stands where it is used
    return RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, masks=masks, policies=policies), known


def test_what_was_evaluated_before_is_not_evaluated_again() -> None:
    index, known = index_that_remembers(record(version="2.0"), record(version="1.0"))
    (remembered,) = index.requirements(record("b", depends=("a >=1",)))

    assert index.matching(remembered) == 0b10
    assert index.matching(spec("a <2")) == 0b10
    assert index.matching(spec("a[version='>=2']")) == 0b01
    assert known["a"] == {"a >=1": 0b10, "a[version='<2']": 0b10, "a[version='>=2']": 0b01}


def test_what_a_policy_or_another_field_narrows_is_evaluated_anew() -> None:
    index, known = index_that_remembers(record(version="2.0b1"), record(version="1.0"), policies=[NO_BETA])
    other, _ = index_that_remembers(record(version="2.0"), record(version="1.0"))
    (requirement,) = index.requirements(record("b", depends=("a >=1",)))

    assert index.matching(requirement) == 0b01
    assert other.matching(spec("first::a >=1")) == 0b11
    assert known == {"a": {"a >=1": 0b10}}


def test_the_end_is_told_to_whoever_keeps_what_was_found_out() -> None:
    told: list[str] = []

    index_of(record()).keep()
    RecordIndex(Shelf(()).load, ranks={}, names=tuple, keep=lambda: told.append("the end")).keep()

    assert told == ["the end"]


def test_what_is_only_looked_at_is_told_apart_from_what_will_be_needed() -> None:
    told: list[Iterable[str]] = []

    index_of(record()).bring(["a"])
    RecordIndex(Shelf(()).load, ranks={}, names=tuple, bring=told.append).bring(["a", "b"])

    assert told == [["a", "b"]]


def test_what_was_let_go_of_is_loaded_again_when_it_is_asked_for() -> None:
    told: list[Iterable[str]] = []
    shelf = Shelf([record("a"), record("b")])
    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, forget=told.append)
    before = index.candidates("a")
    index.candidates("b")

    index.forget(name for name in ("a", "c"))

    assert index.candidates("a") == before
    index.candidates("b")
    assert shelf.asked == ["a", "b", "a"]
    assert told == [("a", "c")]
    index_of(record()).forget(["a"])


@pytest.fixture
def chain() -> RecordIndex:
    return index_of(
        record("a", depends=("b", "__glibc >=2.17")),
        record("b", "1.0", depends=("c",)),
        record("b", "2.0", depends=("d", "a")),
        record("c"),
        record("e", depends=("c",)),
    )


@pytest.mark.parametrize(
    ("jobs", "names"),
    [
        ((), ""),
        ((Install(spec("a >=1")),), "abbc"),
        ((Install(spec("*[license=MIT]")), Remove(spec("e"))), ""),
        ((Pin(spec("c")), Install(spec("absent"))), "c"),
        ((Keep(record("e")),), "ce"),
        ((Keep(record("x", depends=("c",))),), "c"),
        ((Freeze(record("x", depends=("e", "c"))), Remove(spec("a"))), "ce"),
        ((Install(spec("__glibc")),), ""),
    ],
)
def test_what_jobs_lead_to_is_reachable(chain: RecordIndex, jobs: Sequence[Any], names: str) -> None:
    assert "".join(each.name for each in chain.reachable(jobs, ())) == names


@pytest.mark.parametrize(
    "text",
    [
        "b",
        "B",
        "b 1.0",
        "b  >=1,<2 0",
        "b>=1",
        "b=1.0=0",
        "b[version=1.0]",
        "first::b",
        "https://h/first/linux-64/b-1.0-0.conda",
        "b-1.0-0.tar.bz2",
        'b[when="x"]',
        " b ",
    ],
)
def test_a_name_is_reached_however_the_requirement_is_spelled(text: str) -> None:
    assert MatchSpec.parse(text).name == "b"
    reached = index_of(record("a", depends=(text,)), record("b")).reachable((Install(spec("a")),), ())
    assert [each.name for each in reached] == ["a", "b"]


def test_groups_of_dependencies_are_reached_with_what_cannot_be_read_in_them() -> None:
    grouped = record("a", extra_depends=MappingProxyType({"test": ("b >=1", "[[", "__glibc"), "doc": ("c",)}))
    index = index_of(grouped, record("b", depends=("d",)), *map(record, "cde"))
    assert "".join(each.name for each in index.reachable((Install(spec("a")),), ())) == "abcd"


def test_what_is_outlined_is_not_looked_through_to_find_what_is_reachable() -> None:
    shelf = Shelf([record("a", depends=("b",)), record("b"), record("c")])
    outlines = {"a": Outline(("c", "__glibc"), tracks=False)}
    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, outline=outlines.get)

    assert "".join(each.name for each in index.reachable((Install(spec("a")),), ())) == "ac"


def test_what_is_reachable_is_sorted_by_name_and_best_first(chain: RecordIndex) -> None:
    assert [each.dist_name for each in chain.reachable((Install(spec("a")),), ())] == [
        "a-1.0-0",
        "b-2.0-0",
        "b-1.0-0",
        "c-1.0-0",
    ]


def tracking_chain() -> list[PackageRecord]:
    return [
        record("a", depends=("b",)),
        record("b", depends=("c", "e")),
        record("c", "2.0b1", depends=("d",)),
        record("c", "1.0", track_features=("slow",)),
        record("d", track_features=("slow", "old")),
        record("e"),
        record("f", track_features=("slow",)),
    ]


def test_of_what_can_be_reached_those_that_track_features_are_told() -> None:
    tracking = index_of(*tracking_chain()).tracking((Install(spec("a")),))

    assert [each.dist_name for each in tracking] == ["c-1.0-0", "d-1.0-0"]


def test_what_is_outlined_and_tracks_nothing_is_not_loaded_to_find_that_out() -> None:
    shelf = Shelf(tracking_chain())
    outlines = {
        "a": Outline(("b",), tracks=False),
        "b": Outline(("c", "e"), tracks=False),
        "d": Outline((), tracks=True),
        "e": Outline((), tracks=False),
    }
    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, outline=outlines.get)

    tracking = index.tracking((Install(spec("a")),))

    assert [each.dist_name for each in tracking] == ["c-1.0-0", "d-1.0-0"]
    assert shelf.asked == ["c", "d"]


def test_with_policies_only_candidates_tell_what_they_lead_to() -> None:
    shelf = Shelf(tracking_chain())
    outlines = {"c": Outline(("d",), tracks=True)}
    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, outline=outlines.get, policies=(NO_BETA,))

    assert [each.dist_name for each in index.tracking((Install(spec("a")),))] == ["c-1.0-0"]


def test_of_those_that_track_features_the_names_are_found_where_nobody_remembers_them() -> None:
    shelf = Shelf(tracking_chain())
    remembered: list[tuple[Sequence[str], Sequence[str]]] = []

    def trackers(names: Sequence[str], find: Callable[[], Sequence[str]]) -> Sequence[str]:
        remembered.append((names, find()) if not remembered else (names, ["f"]))
        return remembered[-1][1]

    index = RecordIndex(shelf.load, ranks=RANKS, names=shelf.names, trackers=trackers)
    jobs = (Install(spec("a")),)

    assert [each.dist_name for each in index.tracking(jobs)] == ["c-1.0-0", "d-1.0-0"]
    assert [each.dist_name for each in index.tracking(jobs)] == ["f-1.0-0"]
    assert remembered == [(["a"], ["c", "d"]), (["a"], ["f"])]


def test_names_are_asked_for_in_one_order_whatever_their_hashes_are() -> None:
    needs = ("__glibc", *"hgfedcb")
    shelf = Shelf([record("a", depends=needs), *(record(name) for name in "bcdefgh")])

    RecordIndex(shelf.load, ranks=RANKS, names=shelf.names).reachable((Install(spec("a")),), ())

    assert shelf.asked == list("ahgfedcb")


def test_threads_that_ask_at_once_get_the_same_objects() -> None:
    both = Barrier(2, timeout=10)

    def load(name: str) -> list[PackageRecord]:
        both.wait()
        return [record(), record(channel="second")]

    index = RecordIndex(load, ranks=RANKS, names=tuple, priority=ChannelPriority.STRICT)
    found: list[Any] = []
    threads = [Thread(target=lambda: found.append((index.candidates("a"), index.rejected("a")))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert found[0][0] is found[1][0]
    assert found[0][1] is found[1][1]
    assert len(found[0][1]) == 1


versions = st.sampled_from(["1.0", "1.1", "2.0", "2.0rc1", "1!0.5"])
records = st.lists(
    st.builds(
        record,
        version=versions,
        build=st.sampled_from(["0", "1"]),
        build_number=st.integers(0, 2),
        channel=st.sampled_from([*CHANNELS, "other"]),
        subdir=st.sampled_from(["noarch", "linux-64"]),
        timestamp=st.integers(0, 2),
        track_features=st.sampled_from([(), ("x",)]),
    ),
    max_size=8,
    unique_by=lambda each: (each.url, each.build_number, each.timestamp, each.track_features),
)


@given(records, st.randoms(use_true_random=False), st.sampled_from(ChannelPriority))
def test_the_order_of_candidates_is_total(
    given_records: list[PackageRecord], random: Any, priority: ChannelPriority
) -> None:
    shuffled = sorted(given_records, key=lambda each: random.random())
    one, other = index_of(*given_records, priority=priority), index_of(*shuffled, priority=priority)

    assert one.candidates("a") == other.candidates("a")
    assert {each.record for each in one.rejected("a")} == {each.record for each in other.rejected("a")}
    assert len(one.candidates("a")) + len(one.rejected("a")) == len(given_records)


@given(records, st.sampled_from(["a", "a >=1.1", "a 1.*", "a * 1", "a[build_number='>0']", "second::a", "a <1!0"]))
def test_matching_agrees_with_asking_each_record(given_records: list[PackageRecord], text: str) -> None:
    index = index_of(*given_records)

    for _ in range(2):
        assert matched(index, text) == [str(each) for each in index.candidates("a") if spec(text).matches(each)]


class Unfinished(Index):
    """An index that took over the contract and wrote nothing of its own."""


@pytest.mark.parametrize(
    "ask",
    [
        lambda index: index.candidates("a"),
        lambda index: index.rejected("a"),
        lambda index: index.requirements(record()),
        lambda index: index.constraints(record()),
        lambda index: index.matching(spec("a")),
        lambda index: index.having("a", spec("b")),
        lambda index: index.bit_of(record()),
        lambda index: index.alike("a", 0),
        lambda index: index.reachable((), ()),
        lambda index: index.tracking(()),
        lambda index: index.names(),
        lambda index: index.mentioning("a"),
    ],
)
def test_an_index_that_lacks_an_answer_says_so(ask: Any) -> None:
    index = Unfinished()  # type: ignore[abstract]  # what mypy refuses is what is tested
    index.prepare(["a"])

    with pytest.raises(NotImplementedError):
        ask(index)


SPELLINGS = (
    "b",
    "B",
    "b >=1",
    "b  >=1",
    "b>=1",
    "b >=1.0",
    "c",
    "c 1.*",
    "c=1",
    "__glibc >=2",
    'b[when="c"]',
    "first::b",
)


@given(st.lists(st.tuples(*[st.lists(st.sampled_from(SPELLINGS), max_size=4).map(tuple)] * 2), max_size=6))
def test_who_has_a_requirement_is_told_as_its_lists_say(asked: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    index = index_of(
        *(
            record("a", f"{number}", depends=depends, constrains=constrains)
            for number, (depends, constrains) in enumerate(asked)
        )
    )
    candidates = index.candidates("a")
    for constrains, lists in ((False, index.requirements), (True, index.constraints)):
        for each in {id(one): one for candidate in candidates for one in lists(candidate)}.values():
            holders = [any(one is each for one in lists(candidate)) for candidate in candidates]
            expected = sum(1 << place for place, holds in enumerate(holders) if holds)
            for _ in range(2):  # found out, and remembered
                assert index.having("a", each, constrains=constrains) == expected
    assert index.having("nobody", spec("b")) == 0


def test_who_has_a_requirement_is_found_out_anew_for_what_was_forgotten() -> None:
    records = {"a": [record("a", depends=("b",))]}
    index = RecordIndex(lambda name: records.get(name, []), ranks=RANKS, names=lambda: records)
    (needed,) = index.requirements(index.candidates("a")[0])
    assert index.having("a", needed) == 1
    records["a"].append(record("a", "2.0", depends=("b", "c")))
    index.forget(["a"])
    (needed, _) = index.requirements(index.candidates("a")[0])
    assert index.having("a", needed) == 3


BUILDS = st.builds(
    record,
    st.just("a"),
    st.sampled_from(["1.0", "1", "2"]),
    st.sampled_from(["0", "1_0"]),
    build_number=st.integers(0, 1),
    channel=st.sampled_from(CHANNELS),
    subdir=st.sampled_from(["linux-64", "noarch"]),
)


@given(st.lists(BUILDS, max_size=8), st.lists(BUILDS, max_size=4))
def test_a_candidate_is_found_by_its_identity(offered: list[PackageRecord], others: list[PackageRecord]) -> None:
    index = index_of(*offered)
    candidates = index.candidates("a")
    for each in (*others, *offered, record("nobody")):
        places = [place for place, one in enumerate(candidates) if one.identity == each.identity]
        assert index.bit_of(each) == (1 << places[0] if places else 0)


def merit(one: PackageRecord) -> tuple[object, ...]:
    """What stands before dependencies in the order of candidates."""
    version = Version.parse(one.version)
    return one.channel, len(one.track_features), version, one.build_number, one.subdir == "noarch"


NEEDS = st.lists(st.sampled_from(SPELLINGS), max_size=4).map(tuple)


@given(st.lists(st.tuples(BUILDS, NEEDS), min_size=1, max_size=6))
def test_alike_are_those_that_dependencies_time_and_build_tell_apart(
    offered: list[tuple[PackageRecord, tuple[str, ...]]],
) -> None:
    masks: dict[str, int] = {}
    records = [each._replace(depends=needs) for each, needs in offered]
    for _ in range(2):  # found out, and remembered for another index
        index = RecordIndex(lambda _: records, ranks=RANKS, names=lambda: ["a"], masks=lambda _: masks)
        candidates = index.candidates("a")
        for place, one in enumerate(candidates):
            found = index.alike("a", place)
            like = [each for each, other in enumerate(candidates) if merit(other) == merit(one)]
            assert found.mask == sum(1 << each for each in like)
            assert differing(index, [candidates[each] for each in like], like) == {
                str(requirement): holders for requirement, holders in found.differing
            }


def differing(index: RecordIndex, like: list[PackageRecord], places: list[int]) -> dict[str, int]:
    """Return who has which requirement, of the names that all need without conditions, but not all in the same way."""
    needs = [{one.name: one for one in index.requirements(each) if one.condition is None} for each in like]
    found: dict[str, int] = {}
    for name in needs[0]:
        if not name.startswith("__") and all(name in need for need in needs):
            said = [str(need[name]) for need in needs]
            for place, text in zip(places, said, strict=True):
                if len(set(said)) > 1:
                    found[text] = found.get(text, 0) | 1 << place
    return found
