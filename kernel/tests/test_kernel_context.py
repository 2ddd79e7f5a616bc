"""Settings and the context: typed, layered, each value with its source, validated when it is first read."""

from __future__ import annotations

import argparse
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from conda_kernel import options, settings
from conda_kernel.channels import chosen_channels, target_subdirs
from conda_kernel.context import Context
from conda_kernel.errors import NoChannels, SettingError, UsageError
from conda_kernel.model.channel import InvalidChannel
from conda_kernel.model.layer import UNMARKED, Entry, Layer, Marks, environment_layer
from conda_kernel.setting import (
    Setting,
    channel_priority,
    choice,
    concatenated,
    flag,
    lists,
    mapping,
    number,
    optional_text,
    text,
    texts,
    united,
    verification,
    whole,
)
from conda_kernel.settings import BACKOFF_FACTOR, READ_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEPTH = Setting("depth", whole, default=3, description="how deep", aliases=("level",))
NONE: tuple[str, ...] = ("none",)
NAMES = Setting("names", texts, default=NONE, merge=concatenated, description="names")
PLACES = Setting("places", mapping, default={"a": "1"}, merge=united, description="places")
AMPERSANDS = Setting("pins", texts, default=NONE, merge=concatenated, separator="&", description="pins")


def layer(source: str, **values: object) -> Layer:
    return Layer(source, {name: Entry(value, source, 7) for name, value in values.items()})


def context(*layers: Layer, **environ: str) -> Context:
    return Context((*layers, environment_layer(environ)), root_prefix="/nowhere", environ=environ)


def test_a_setting_that_nobody_gives_has_its_default() -> None:
    assert context()[DEPTH] == 3
    assert context()[NAMES] == ("none",)


def test_the_highest_layer_counts() -> None:
    assert context(layer("low.yml", depth=1), layer("high.yml", depth=2))[DEPTH] == 2


def test_the_environment_is_above_files() -> None:
    assert context(layer("low.yml", depth=1), CONDA_DEPTH="5")[DEPTH] == 5


def test_lists_of_all_layers_are_joined_the_highest_first() -> None:
    merged = context(layer("low.yml", names=["a", "b"]), layer("high.yml", names=["c", "a"]), CONDA_NAMES="d, ,e")
    assert merged[NAMES] == ("d", "e", "c", "a", "b")


def test_mappings_of_all_layers_are_joined() -> None:
    low, high = layer("low.yml", places={"a": "low", "b": "low"}), layer("high.yml", places={"a": "high"})
    assert context(low, high)[PLACES] == {"a": "high", "b": "low"}


def test_a_mapping_can_come_from_the_environment() -> None:
    assert context(CONDA_PLACES="x=1, y = 2")[PLACES] == {"x": "1", "y": "2"}


def test_an_empty_variable_gives_no_list() -> None:
    assert context(CONDA_NAMES="")[NAMES] == ("none",)


def test_a_list_in_the_environment_is_parted_as_the_setting_says() -> None:
    assert context(CONDA_PINS="python<3.12,>3.9&numpy")[AMPERSANDS] == ("python<3.12,>3.9", "numpy")


def test_null_in_a_file_gives_nothing() -> None:
    assert context(layer("low.yml", depth=1), layer("high.yml", depth=None))[DEPTH] == 1


def test_an_alias_gives_the_setting() -> None:
    assert context(layer("low.yml", level=9))[DEPTH] == 9
    assert context(CONDA_LEVEL="8")[DEPTH] == 8


def test_two_names_of_one_setting_in_one_source_are_refused() -> None:
    with pytest.raises(SettingError, match=r"low.yml gives `depth` and `level`, which are one setting"):
        context(layer("low.yml", depth=1, level=2))[DEPTH]


def test_a_wrong_value_is_named_with_file_and_line_when_it_is_read() -> None:
    wrong = context(layer("/etc/condarc", depth="deep"))
    assert wrong[NAMES] == ("none",)
    with pytest.raises(SettingError) as raised:
        wrong[DEPTH]
    assert str(raised.value) == "`depth` cannot be 'deep': expected a whole number (/etc/condarc, line 7)"


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(SettingError, match="the environment variable CONDA_DEPTH"):
        context(CONDA_DEPTH="x")[DEPTH]


def test_a_wrong_value_below_a_right_one_is_told_for_lists_alone() -> None:
    assert context(layer("low.yml", depth="x"), layer("high.yml", depth=1))[DEPTH] == 1
    with pytest.raises(SettingError, match="write each item on a line"):
        context(layer("low.yml", names="x"), layer("high.yml", names=["y"]))[NAMES]


def test_what_each_layer_gives_is_kept() -> None:
    entries = context(layer("low.yml", depth=1), layer("high.yml", depth=2)).entries(DEPTH)
    assert [(entry.value, entry.place) for entry in entries] == [(2, "high.yml, line 7"), (1, "low.yml, line 7")]


def test_the_names_that_are_given_are_known() -> None:
    given = context(layer("low.yml", channels=["a"]), layer("high.yml", channel=["b"], channels=["c"]))
    assert given.given == ("channel", "channels")


def test_a_value_is_read_once() -> None:
    asked: list[object] = []

    def read(value: object) -> str:
        asked.append(value)
        return text(value)

    setting = Setting("counted", read, default="", description="counted")
    once = context(layer("low.yml", counted="x"))
    assert (once[setting], once[setting], asked) == ("x", "x", ["x"])


@pytest.mark.parametrize(
    ("read", "given", "value"),
    [
        (flag, True, True),
        (flag, "Yes", True),
        (flag, "off", False),
        (flag, "", False),
        (flag, 2, True),
        (whole, " 7 ", 7),
        (number, 3, 3.0),
        (number, "0.5", 0.5),
        (text, 1.5, "1.5"),
        (text, False, "false"),
        (optional_text, "null", None),
        (optional_text, "x", "x"),
        (texts, ["a", 1], ("a", "1")),
        (mapping, {"a": 1}, {"a": "1"}),
        (lists, {"a": ["b", 1]}, {"a": ("b", "1")}),
        (choice("warn", "error_out"), "Error-Out", "error_out"),
        (channel_priority, True, "flexible"),
        (channel_priority, False, "disabled"),
        (channel_priority, "STRICT", "strict"),
        (verification, "no", False),
        (verification, "/etc/ca.pem", "/etc/ca.pem"),
    ],
)
def test_a_reader_accepts(read: Callable[[object], object], given: object, value: object) -> None:
    assert read(given) == value


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (flag, "perhaps"),
        (flag, []),
        (whole, True),
        (whole, "1.5"),
        (whole, None),
        (number, "x"),
        (number, False),
        (text, None),
        (text, {}),
        (texts, "a"),
        (texts, {"a": 1}),
        (texts, [["a"]]),
        (mapping, ["a"]),
        (lists, ["a"]),
        (lists, {"a": "b"}),
        (choice("a", "b"), "c"),
        (channel_priority, "sometimes"),
    ],
)
def test_a_reader_refuses(read: Callable[[object], object], given: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read(given)


def parsed(*words: str) -> Layer:
    parser = argparse.ArgumentParser()
    options.add_channels(parser)
    options.add_output(parser)
    options.add_prompt(parser)
    options.add_network(parser)
    options.add_solver(parser)
    return options.arguments_layer(parser.parse_args(words))


def test_what_is_typed_is_the_layer_of_the_command_line() -> None:
    typed = Context([parsed("-c", "one", "-c", "two", "-vv", "--json", "--offline", "-y", "-k")], root_prefix="/x")
    assert typed[settings.CHANNELS] == ("one", "two")
    assert typed[settings.VERBOSITY] == 2
    assert typed[settings.JSON]
    assert typed[settings.OFFLINE]
    assert typed[settings.ALWAYS_YES]
    assert typed[settings.SSL_VERIFY] is False


def test_what_is_not_typed_leaves_other_layers_alone() -> None:
    assert dict(parsed().entries) == {}


def test_channels_of_the_command_line_come_first() -> None:
    low = layer("low.yml", channels=["base"])
    both = Context([low, parsed("-c", "file:///typed")], root_prefix="/x")
    assert [channel.base_url for channel in chosen_channels(both)] == [
        "file:///typed",
        "https://conda.anaconda.org/base",
    ]


def test_channels_that_are_overridden_are_left_out() -> None:
    low = layer("low.yml", channels=["base"])
    both = Context([low, parsed("-O", "-c", "file:///typed")], root_prefix="/x")
    assert [channel.base_url for channel in chosen_channels(both)] == ["file:///typed"]


def test_overriding_with_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="needs at least one `--channel`"):
        chosen_channels(Context([layer("low.yml", channels=["base"]), parsed("-O")], root_prefix="/x"))


def test_no_channels_at_all_is_refused() -> None:
    with pytest.raises(NoChannels, match="no channels are configured"):
        chosen_channels(Context(root_prefix="/x"))


@pytest.mark.parametrize(
    ("given", "base_urls"),
    [
        ({"custom_multichannels": {"mine": ["a", "b"]}, "channels": ["mine"]}, ["alias/a", "alias/b"]),
        ({"channels": ["https://old/a"], "migrated_channel_aliases": ["https://old"]}, ["alias/a"]),
        ({"channels": ["https://old/a/x"], "migrated_custom_channels": {"x": "https://old/a"}}, ["alias/x"]),
    ],
)
def test_what_the_settings_say_of_channels_is_heeded(given: dict[str, object], base_urls: list[str]) -> None:
    chosen = chosen_channels(context(layer("a.yml", channel_alias="https://alias", **given)))
    assert [channel.base_url for channel in chosen] == [f"https://{url}" for url in base_urls]


@pytest.mark.parametrize("given", [{"denylist_channels": ["b"]}, {"whitelist_channels": ["a"]}])
def test_a_channel_that_may_not_be_used_is_refused(given: dict[str, object]) -> None:
    assert chosen_channels(context(layer("a.yml", channels=["a"], **given)))
    with pytest.raises(InvalidChannel, match="list_channels"):
        chosen_channels(context(layer("a.yml", channels=["a", "b"], **given)))


def test_another_platform_can_be_worked_for() -> None:
    assert target_subdirs(context(CONDA_SUBDIR="osx-arm64")) == ("osx-arm64", "noarch")


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_patience_has_an_end_that_is_not_now(value: str) -> None:
    with pytest.raises(SettingError, match="expected a number"):
        context(CONDA_REMOTE_READ_TIMEOUT_SECS=value)[READ_TIMEOUT]


@pytest.mark.parametrize("value", ["-1", "nan", "inf"])
def test_nobody_waits_for_ever_or_for_less_than_nothing(value: str) -> None:
    assert context(CONDA_REMOTE_BACKOFF_FACTOR="0")[BACKOFF_FACTOR] == 0
    with pytest.raises(SettingError, match="0 or more"):
        context(CONDA_REMOTE_BACKOFF_FACTOR=value)[BACKOFF_FACTOR]


@pytest.mark.parametrize("name", ["../../etc", "https://h/", "linux", "linux-64/x", "a" * 30 + "-64"])
def test_a_platform_cannot_have_any_name(name: str) -> None:
    with pytest.raises(SettingError, match="expected a platform like `linux-64`"):
        target_subdirs(context(CONDA_SUBDIR=name))


R = Entry(["r1", "r2", "r3"], "a.yml", 1, Marks(top=(1,), bottom=(2,)))
U = Entry(["u1", "u2", "u3"], "b.yml", 1, Marks(top=(1,), bottom=(2,)))


def names(*entries: Entry, **environ: str) -> tuple[str, ...]:
    return context(*(Layer(entry.source, {"names": entry}) for entry in entries), **environ)[NAMES]


def test_items_stand_before_or_behind_all_others_where_they_are_marked() -> None:
    assert names(R, U) == ("r2", "u2", "u1", "r1", "u3", "r3")
    assert names(R, U, CONDA_NAMES="e1,r1") == ("r2", "u2", "e1", "r1", "u1", "u3", "r3")


def test_an_item_that_is_marked_both_ways_stands_behind() -> None:
    assert names(Entry(["a", "b"], "a.yml", 1, Marks(top=(0,), bottom=(0,)))) == ("b", "a")


def test_what_is_final_is_not_changed_from_above() -> None:
    final = R._replace(marks=Marks(final=True))
    assert names(U._replace(marks=UNMARKED), final, Entry(["x"], "c.yml", 1)) == ("r1", "r2", "r3", "u1", "u2", "u3")
    assert context(Layer("a.yml", {"depth": Entry(1, "a.yml", 1, Marks(final=True))}), CONDA_DEPTH="5")[DEPTH] == 1


def test_the_lowest_of_several_that_are_final_counts() -> None:
    first, second = (Entry(depth, "a.yml", 1, Marks(final=True)) for depth in (1, 2))
    assert context(Layer("a.yml", {"depth": first}), Layer("b.yml", {"depth": second}))[DEPTH] == 1


def test_a_key_of_a_mapping_can_be_final() -> None:
    low = Layer("a.yml", {"places": Entry({"x": "low", "y": "low"}, "a.yml", 1, Marks(final_keys=("x",)))})
    high = Layer("b.yml", {"places": Entry({"x": "high", "y": "high"}, "b.yml", 1, Marks(final_keys=("x",)))})
    assert context(low, high)[PLACES] == {"x": "low", "y": "high"}


def test_a_variable_can_be_final() -> None:
    merged = Context(
        (environment_layer({"CONDA_DEPTH": "4 !important"}), layer("the command line", depth=5)), root_prefix="/"
    )
    assert merged[DEPTH] == 4


LINKS = Setting("links", texts, default=NONE, merge=concatenated, description="links", expands=True)


def test_variables_stand_for_their_values_where_the_setting_says_so() -> None:
    written = ["https://u:${WORD}@host", "$WORD/$WORD", "%WORD%", "${UNSET}", "$$", "%%", "plain"]
    merged = context(layer("a.yml", links=written, names=["$WORD"]), WORD="w")
    assert merged[LINKS] == ("https://u:w@host", "w/w", "w", "${UNSET}", "$$", "%%", "plain")
    assert merged[NAMES] == ("$WORD",)


def test_a_source_that_cannot_be_read_is_known() -> None:
    problem = SettingError("it is broken")
    assert context(Layer("a.yml", {}, problem), layer("b.yml", depth=2)).problem is problem
    assert context(layer("b.yml", depth=2)).problem is None


SEALED: Mapping[str, str] = MappingProxyType({})
SEALED_PLACES = Setting("sealed", mapping, default=SEALED, merge=lambda given: given[0], description="sealed")


def test_a_setting_is_of_the_kind_of_its_default() -> None:
    assert [one.kind for one in (DEPTH, NAMES, PLACES, SEALED_PLACES)] == ["primitive", "sequence", "map", "map"]


def test_a_mapping_that_does_not_change_comes_from_the_environment_too() -> None:
    assert context(CONDA_SEALED="a=1, b=2")[SEALED_PLACES] == {"a": "1", "b": "2"}
