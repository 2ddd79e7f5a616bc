"""The index that tests make of records they name."""

from __future__ import annotations

from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import ChannelPriority, Index, Install
from conda_testing.memory_index import MemoryIndex, record_of


def test_what_is_added_is_a_candidate_the_best_first() -> None:
    index = MemoryIndex()
    old = index.add("a", "1.0")
    new = index.add("a", "2.0", depends=["b"])

    assert index.candidates("a") == (new, old)
    assert [str(spec) for spec in index.requirements(new)] == ["b"]


def test_what_is_added_after_reading_is_seen() -> None:
    index = MemoryIndex([{"name": "a"}])
    assert index.candidates("b") == ()

    index.add("b")

    assert [record.name for record in index.candidates("b")] == ["b"]
    assert index.names() == ("a", "b")


def test_entries_and_records_may_be_given() -> None:
    record = record_of({"name": "a", "version": "2.0", "build": "py_3"})

    index = MemoryIndex([record, {"name": "a", "version": "1.0"}])

    assert [one.version for one in index.candidates("a")] == ["2.0", "1.0"]
    assert record.build_number == 3


def test_the_channels_are_in_order_of_priority() -> None:
    index = MemoryIndex(channels=("first", "second"), priority=ChannelPriority.STRICT)
    index.add("a", "2.0", channel="second")
    first = index.add("a", "1.0", channel="first")

    assert index.candidates("a") == (first,)
    assert [rejected.record.channel for rejected in index.rejected("a")] == ["second"]


def test_it_is_an_index() -> None:
    index: Index = MemoryIndex([{"name": "a", "depends": ["b"]}, {"name": "b"}, {"name": "c"}])

    reached = index.reachable((Install(MatchSpec.parse("a")),), ())

    assert [record.name for record in reached] == ["a", "b"]
