"""Channels that name related channels are put into an order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.channel_relations import InvalidChannelRelations, related_url, with_related_channels

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "channel_relations.json"
ALIAS = "https://conda.anaconda.org"


def relation_cases() -> Any:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    rows = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    return [pytest.param(row, id=f"{','.join(row['user'])}-{json.dumps(row['relations'])}") for row in rows]


def ordered(user: list[str], relations: Any, depth: int = 10) -> Any:
    found = with_related_channels(
        [f"{ALIAS}/{name}" for name in user], lambda url: relations.get(url.removeprefix(f"{ALIAS}/"), {}), depth
    )
    return [url.removeprefix(f"{ALIAS}/") for url in found]


@pytest.mark.parametrize("row", relation_cases())
def test_the_order_is_that_of_the_table(row: dict[str, Any]) -> None:
    if row["expected"] == "error":
        with pytest.raises(InvalidChannelRelations):
            ordered(row["user"], row["relations"])
    else:
        assert ordered(row["user"], row["relations"]) == row["expected"]


def test_a_related_channel_stands_next_to_the_one_that_named_it() -> None:
    relations = {"a": {"overrides": "../low"}, "b": {"base": "../high"}}

    assert ordered(["a", "b", "c"], relations) == ["a", "low", "high", "b", "c"]


def test_a_channel_that_two_name_is_there_once() -> None:
    relations = {"a": {"base": "../forge"}, "b": {"base": "../forge"}}

    assert ordered(["a", "b"], relations) == ["forge", "a", "b"]


def test_an_overridden_channel_waits_for_its_own_base() -> None:
    relations = {"a": {"overrides": "../low"}, "low": {"base": "../mid"}}

    assert ordered(["a"], relations) == ["a", "mid", "low"]


def test_too_long_a_chain_is_refused_and_zero_turns_relations_off() -> None:
    relations = {str(number): {"base": f"../{number + 1}"} for number in range(5)}

    assert len(ordered(["0"], relations, 5)) == 6
    with pytest.raises(InvalidChannelRelations, match="more than 4"):
        ordered(["0"], relations, 4)
    assert ordered(["0"], relations, 0) == ["0"]


@pytest.mark.parametrize(
    "reference",
    ["", "x", "./x", "..", "/x", "https://x/y", "../../../x", "../x?y", "../x#y", "../a\\b", "../\x1b", "../u:p@h"],
)
def test_other_references_are_refused(reference: str) -> None:
    with pytest.raises(InvalidChannelRelations):
        related_url("https://h/a/b", reference)


def test_a_reference_counts_from_the_channel_as_a_folder() -> None:
    assert related_url("https://h/a/b", "../c") == "https://h/a/c"
    assert related_url("https://h/a/b/", "../../c/label/x") == "https://h/c/label/x"


def test_empty_parts_and_dots_of_a_reference_do_not_count() -> None:
    assert related_url("https://h/a/b", "..//./c/") == "https://h/a/c"


def test_no_channels_have_no_order() -> None:
    assert ordered([], {}) == []


@pytest.mark.parametrize("value", [1, ["../x"], {"x": "y"}])
def test_a_relation_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(InvalidChannelRelations, match="no text"):
        ordered(["a"], {"a": {"base": value}})


@given(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True),
    st.dictionaries(
        st.sampled_from("abcde"),
        st.dictionaries(st.sampled_from(["base", "overrides"]), st.sampled_from("abcde").map("../{}".format)),
    ),
)
def test_every_order_keeps_the_user_and_the_relations(user: list[str], relations: Any) -> None:
    try:
        order = ordered(user, relations)
    except InvalidChannelRelations:
        return
    assert [name for name in order if name in user] == user
    assert len(order) == len(set(order))
    for name, named in relations.items():
        for key, reference in named.items():
            other = reference.removeprefix("../")
            if name in order and other in order and not (name in user and other in user):
                higher, lower = (other, name) if key == "base" else (name, other)
                assert order.index(higher) < order.index(lower)
