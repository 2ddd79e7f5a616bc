"""Plain command lines are read as argparse reads them, and all others are left to it."""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conda_cli.parsing import parsed
from conda_cli.plain_line import plain_arguments
from conda_cli.words import Below, HelpShown, Words
from conda_kernel import options
from conda_kernel.model.errors import CondaError, UsageError
from conda_kernel.plugin_index import PluginIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Declare = Callable[[argparse.ArgumentParser], None]

BELOW = Below("command", PluginIndex.of(()), 80)


def by_argparse(declare: Declare, words: Sequence[str]) -> dict[str, object] | None:
    """Return what argparse reads, or `None` where it shows help or says what is wrong."""
    try:
        return vars(parsed(Words((), "command", tuple(words)), "", declare, 80, BELOW))
    except (UsageError, HelpShown):
        return None


def plain(declare: Declare, words: Sequence[str]) -> dict[str, object] | None:
    """Return what is read without argparse, or `None` where it is needed, if only to say what is wrong with a value."""
    try:
        found = plain_arguments(declare, words)
    except (CondaError, ValueError):
        return None
    return None if found is None else vars(found)


def declared(command: str) -> Declare:
    (point,) = entry_points(group="conda.subcommands", name=command)
    target = point.load()

    def declare(parser: argparse.ArgumentParser) -> None:
        target.add_arguments(parser)
        options.add_output(parser)

    return declare


COMMANDS = sorted(point.name for point in entry_points(group="conda.subcommands"))
WORDS = [
    "python",
    "numpy>=1",
    "a=b",
    "",
    "-",
    "--",
    "-1",
    "7",
    "-x",
    "-yq",
    "--unknown-option",
    "strict",
    "--channel=x",
]


def flags(declare: Declare) -> list[str]:
    parser = argparse.ArgumentParser()
    declare(parser)
    return sorted(flag for action in parser._actions for flag in action.option_strings)


@pytest.mark.parametrize("command", COMMANDS)
@settings(max_examples=max(50, settings().max_examples // 8))
@given(data=st.data())
def test_what_is_read_of_a_line_of_a_command_is_what_argparse_reads(command: str, data: st.DataObject) -> None:
    declare = declared(command)
    words = data.draw(st.lists(st.sampled_from([*flags(declare), *WORDS, *WORDS]), max_size=6))
    found = plain(declare, words)
    assert found is None or found == by_argparse(declare, words)


PLACES: list[dict[str, Any]] = [
    {},
    {"type": int},
    {"choices": ("a", "b")},
    {"nargs": "?"},
    {"nargs": "*"},
    {"nargs": "+"},
    {"nargs": "*", "type": int},
    {"nargs": "*", "choices": ("a", "b")},
    {"nargs": 2},
    {"nargs": "*", "default": ("a",)},
    {"nargs": "?", "default": "9", "type": int},
    {"nargs": "?", "default": "usual"},
    {"nargs": "?", "default": "usual", "choices": ("a", "b")},
    {"nargs": "?", "default": argparse.SUPPRESS},
    {"default": "usual"},
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"type": int},
    {"type": int, "default": 3},
    {"type": int, "default": "3"},
    {"default": "usual"},
    {"default": argparse.SUPPRESS},
    {"choices": ("a", "b")},
    {"dest": "shared"},
    {"dest": "shared", "action": "append"},
    {"dest": "shared", "action": "append_const", "const": "a"},
    {"dest": "many", "action": "append", "default": ["first"]},
    {"action": "store_true"},
    {"action": "store_true", "default": None},
    {"action": "store_false"},
    {"action": "store_const", "const": "a"},
    {"action": "store_const", "const": "a", "default": "b"},
    {"action": "count"},
    {"action": "count", "default": 2},
    {"action": "extend", "nargs": "*"},
    {"nargs": "?"},
    {"nargs": "*"},
    {"nargs": 2},
    {"required": True},
    {"action": argparse.BooleanOptionalAction},
    {"action": "version", "version": "1"},
]


@st.composite
def declarations(draw: st.DrawFn) -> Declare:
    """Return what some command declares: words, options, and options that exclude each other."""
    places = draw(st.lists(st.sampled_from(PLACES), max_size=2))
    chosen = draw(st.lists(st.tuples(st.sampled_from(OPTIONS), st.sampled_from(["", "", "one", "two"])), max_size=5))
    is_required = draw(st.booleans())

    def declare(parser: argparse.ArgumentParser) -> None:
        group = parser.add_argument_group("a group", "and what it is for")
        rivals = {
            "one": group.add_mutually_exclusive_group(),
            "two": parser.add_mutually_exclusive_group(required=is_required),
        }
        for number, (keywords, of) in enumerate(chosen):
            names = (f"-{'abcde'[number]}", f"--option-{number}")
            rivals.get(of if not keywords.get("required") else "", parser).add_argument(*names, **keywords)
        for number, keywords in enumerate(places):
            parser.add_argument(f"place-{number}", **keywords)

    return declare


TYPED = [f"-{letter}" for letter in "abcde"] + [f"--option-{number}" for number in range(5)]


@given(
    declarations(), st.lists(st.sampled_from([*TYPED, *TYPED, "a", "b", "7", "", "--option-0=a", "-a=7"]), max_size=6)
)
def test_what_is_read_of_a_declaration_is_what_argparse_reads(declare: Declare, words: list[str]) -> None:
    found = plain(declare, words)
    assert found is None or found == by_argparse(declare, words)


def everything(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("word", type=int)
    parser.add_argument("words", nargs="*")
    group = parser.add_argument_group("group")
    group.add_argument("-n", "--name", metavar="NAME", help="a name")
    group.add_argument("--choice", choices=("a", "b"), default="b")
    rivals = group.add_mutually_exclusive_group()
    rivals.add_argument("--on", action="store_true", dest="switch")
    rivals.add_argument("--off", action="store_false", dest="switch")
    parser.add_argument("-c", "--some-channel", action="append")
    parser.add_argument("--local", action="append_const", const="local", dest="some_channel")
    parser.add_argument("-v", action="count", default=0)
    parser.add_argument("--mode", action="store_const", const="strict")


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("1", {"word": 1}),
        ("1 a b", {"word": 1, "words": ["a", "b"]}),
        ("-n x 1 a --on", {"word": 1, "words": ["a"], "name": "x", "switch": True}),
        ("1 --off --off", {"word": 1, "switch": False}),
        ("--name=x=y 1", {"word": 1, "name": "x=y"}),
        ("-c a --local -c b 1", {"word": 1, "some_channel": ["a", "local", "b"]}),
        ("-v 1 -v", {"word": 1, "v": 2}),
        ("--mode 1", {"word": 1, "mode": "strict"}),
        ("--choice a 1", {"word": 1, "choice": "a"}),
    ],
)
def test_a_plain_line_is_read(line: str, read: dict[str, object]) -> None:
    usual: dict[str, object] = {
        "words": [],
        "name": None,
        "choice": "b",
        "switch": False,
        "some_channel": None,
        "v": 0,
        "mode": None,
    }
    assert plain(everything, line.split()) == {**usual, **read} == by_argparse(everything, line.split())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--help",
        "1 -h",
        "1 --unknown",
        "1 --nam x",
        "1 -nx",
        "1 -vv",
        "1 -n",
        "1 -n -x",
        "1 --name=",
        "1 -n=x",
        "1 --on=x",
        "1 --on --off",
        "1 --choice c",
        "1 -- a",
        "1 -",
        "1 a --on b",
    ],
)
def test_a_line_that_is_not_plain_is_left_to_argparse(line: str) -> None:
    assert plain(everything, line.split()) is None


@pytest.mark.parametrize("command", ["create", "install", "list", "search", "info"])
def test_what_the_commands_declare_is_plain(command: str) -> None:
    assert plain(declared(command), ["--json", "-q"]) == by_argparse(declared(command), ["--json", "-q"])


def test_what_is_missing_is_for_argparse_to_tell() -> None:
    def declare(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--wanted", required=True)
        one = parser.add_mutually_exclusive_group(required=True)
        one.add_argument("--this", action="store_true")
        one.add_argument("--that", action="store_true")

    assert plain(declare, ["--this"]) is None
    assert plain(declare, ["--wanted", "x"]) is None
    assert plain(declare, ["--wanted", "x", "--that"]) == {"wanted": "x", "this": False, "that": True}


def test_what_is_declared_as_hidden_is_in_no_help() -> None:
    def declare(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--shown", action="store_true", help="what people see")
        parser.add_argument("--hidden", action="store_true", help=options.HIDDEN)

    assert options.HIDDEN == argparse.SUPPRESS
    with pytest.raises(HelpShown) as shown:
        parsed(Words((), "command", ("--help",)), "", declare, 80, BELOW)
    assert "--shown" in shown.value.text
    assert "hidden" not in shown.value.text


def test_a_namespace_knows_what_is_in_it() -> None:
    found = plain_arguments(everything, ["1"])
    assert found is not None
    assert "word" in found
    assert "other" not in found
