"""Reads plain command lines without argparse, which would take 3 ms for them, a fourteenth of a dry run.

Plain are options by their full names, each alone or with one value, and words that stand together. What is read is what
argparse would read. All else is left to it: help, mistakes, several letters behind one dash, declarations of a kind
that is not known here.
"""

from __future__ import annotations

from types import SimpleNamespace

from conda_cli.words import HELP
from conda_kernel.model.typed import TYPE_CHECKING, TypeVar, cast
from conda_kernel.options import HIDDEN

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

T = TypeVar("T")

NOT_TYPED = {
    "store": None,
    "store_true": False,
    "store_false": True,
    "store_const": None,
    "append": None,
    "append_const": None,
    "count": None,
}
"""The actions that are known, and what each leaves when it is not typed and has no other default."""
PLACED = frozenset({"choices", "default", "help", "metavar", "nargs", "type"})
"""What is known of the declaration of an argument without a name."""
KNOWN = PLACED | {"action", "const", "dest", "required"}
"""What is known of the declaration of an option."""
WORDS = frozenset({None, "?", "*", "+"})
"""How many words an argument without a name may take."""


class NotPlain(Exception):
    """The line, or what its command declares, is for argparse."""


def plain_arguments(declare: Callable[[ArgumentParser], None], words: Sequence[str]) -> Namespace | None:
    """Return the arguments of a command; `None` when argparse has to read them, or to say what is wrong with them.

    Raises what the command raises when it declares them, or when it converts a value.
    """
    parser = PlainParser()
    try:
        declare(cast("ArgumentParser", parser))
        return cast("Namespace", parser.read(words))
    except NotPlain:
        return None


class PlainNamespace(SimpleNamespace):
    """The arguments of a command, with what an `argparse.Namespace` can do."""

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__


class PlainParser:
    """Takes the declarations of a command as an `argparse.ArgumentParser` does, and reads one line."""

    def __init__(self) -> None:
        self._options: dict[str, PlainArgument | None] = dict.fromkeys(HELP)
        self._places: list[PlainArgument] = []
        self._required: list[object] = []
        self._not_typed: dict[str, object] = {}

    def add_argument(self, *names: str, **keywords: Any) -> None:  # noqa: ANN401 - they are those of argparse
        """Declare an argument; raise `NotPlain` when it is of a kind that is not known here."""
        self.add(PlainArgument(names, keywords, None))

    def add_argument_group(self, title: str = "", description: str = "") -> PlainParser:
        """Return where the arguments of a group are declared, which are of a group in help alone."""
        return self

    def add_mutually_exclusive_group(self, *, required: bool = False) -> Rivals:
        """Return where arguments are declared of which one at most may be typed, or exactly one."""
        rivals = Rivals(self)
        if required:
            self._required.append(rivals)
        return rivals

    def add(self, argument: PlainArgument) -> None:
        """Take an argument that is declared."""
        if argument.is_option:
            if not self._options.keys().isdisjoint(argument.names):
                raise NotPlain
            self._options.update(dict.fromkeys(argument.names, argument))
        else:
            self._places.append(argument)
        if argument.is_required:
            self._required.append(argument)
        if argument.default != HIDDEN:
            self._not_typed.setdefault(argument.dest, argument.default)

    def read(self, words: Sequence[str]) -> PlainNamespace:
        """Return the arguments that the words of a line give; raise `NotPlain`."""
        values = dict(self._not_typed)
        typed: dict[object, PlainArgument] = {}
        standing: list[str] = []
        is_over = False
        left = iter(words)
        for word in left:
            if word.startswith("-"):
                is_over = bool(standing)
                argument = self._option(word, left, values)
                if typed.setdefault(argument.rivals or argument, argument) is not argument:
                    raise NotPlain
            elif is_over:
                raise NotPlain
            else:
                standing.append(word)
        if not all(required in typed for required in self._required):
            raise NotPlain
        self._put_in_places(standing, values)
        return PlainNamespace(**values)

    def _option(self, word: str, left: Iterator[str], values: dict[str, object]) -> PlainArgument:
        """Return the option that a word is, its value put among the others."""
        name, equals, value = word.partition("=")
        argument = self._options.get(name)
        if argument is None:
            raise NotPlain
        if not equals and argument.takes_value:
            value = next(left, "-")
        elif equals and not (argument.takes_value and value and name.startswith("--")):
            raise NotPlain
        if value.startswith("-"):
            raise NotPlain
        argument.put(value, values)
        return argument

    def _put_in_places(self, words: list[str], values: dict[str, object]) -> None:
        """Give each argument without a name a word, and the last one those that are left."""
        if words and not self._places:
            raise NotPlain
        for place, argument in enumerate(self._places, 1):
            is_last = place == len(self._places)
            if not is_last and argument.nargs is not None:
                raise NotPlain
            argument.put_words(words[place - 1 :] if is_last else words[place - 1 : place], values)


class Rivals:
    """Takes the declarations of arguments of which one may be typed."""

    def __init__(self, parser: PlainParser) -> None:
        self._parser = parser

    def add_argument(self, *names: str, **keywords: Any) -> None:  # noqa: ANN401 - they are those of argparse
        """Declare one of the arguments; raise `NotPlain` when it is of a kind that is not known here."""
        self._parser.add(PlainArgument(names, keywords, self))


class PlainArgument:
    """An argument as it is declared, in the words of argparse; `NotPlain` is raised when it is for argparse."""

    __slots__ = ("_keywords", "action", "default", "dest", "is_option", "names", "nargs", "rivals")

    def __init__(self, names: tuple[str, ...], keywords: dict[str, Any], rivals: Rivals | None) -> None:
        self.action = keywords.get("action", "store")
        if not names or self.action not in NOT_TYPED or not KNOWN.issuperset(keywords):
            raise NotPlain
        self.names = names
        self.is_option = names[0].startswith("-")
        if not self.is_option and (rivals is not None or len(names) > 1 or not _is_plain_place(keywords)):
            raise NotPlain
        self.nargs = keywords.get("nargs")
        self.dest = keywords.get("dest") or _destination(names)
        self.rivals = rivals
        self._keywords = keywords
        self.default = self._default()

    @property
    def is_required(self) -> bool:
        """True when a line without the option is wrong."""
        return bool(self._keywords.get("required"))

    @property
    def takes_value(self) -> bool:
        """True when a word belongs to the option."""
        if self.nargs is not None:
            raise NotPlain
        return self.action in {"store", "append"}

    def _default(self) -> Any:  # noqa: ANN401 - whatever a command declares
        """Return the value where nothing is typed, a text converted like one that is typed."""
        default = self._keywords.get("default", NOT_TYPED[self.action])
        convert = self._keywords.get("type")
        if convert is None or not isinstance(default, str) or default == HIDDEN:
            return default
        if self.action != "store":
            raise NotPlain
        return convert(default)

    def converted(self, word: str) -> object:
        """Return the value that a word stands for."""
        convert, choices = self._keywords.get("type"), self._keywords.get("choices")
        value: object = word if convert is None else convert(word)
        if choices is not None and value not in choices:
            raise NotPlain
        return value

    def put(self, word: str, values: dict[str, object]) -> None:
        """Put the value of an option that was typed among those of others."""
        value: object = self._keywords.get("const")
        if self.takes_value:
            value = self.converted(word)
        elif self.action in {"store_true", "store_false"}:
            value = self.action == "store_true"
        before = values.get(self.dest)
        if self.action == "count":
            value = 1 + _if_of(int, before, 0)
        elif self.action in {"append", "append_const"}:
            value = [*_if_of(list, before, []), value]
        values[self.dest] = value

    def put_words(self, words: list[str], values: dict[str, object]) -> None:
        """Put the words that an argument without a name takes among the values of others."""
        if self.nargs in {"*", "+"}:
            if not words and (self.nargs == "+" or "choices" in self._keywords):
                raise NotPlain
            values[self.dest] = [self.converted(word) for word in words]
        elif len(words) > 1 or (not words and self.nargs is None):
            raise NotPlain
        elif words:
            values[self.dest] = self.converted(words[0])


def _if_of(kind: type[T], value: object, otherwise: T) -> T:
    """Return a value of a kind, or what stands for it where there is none."""
    if value is None:
        return otherwise
    if not isinstance(value, kind):
        raise NotPlain
    return value


def _is_plain_place(keywords: dict[str, Any]) -> bool:
    """Tell whether an argument without a name takes words in a way that is known here."""
    has_usual = "default" in keywords
    nargs = keywords.get("nargs")
    return (
        PLACED.issuperset(keywords)
        and nargs in WORDS
        and (not has_usual or (nargs == "?" and "choices" not in keywords))
    )


def _destination(names: tuple[str, ...]) -> str:
    """Return the name of the attribute that holds the value, as argparse makes it from those of an argument."""
    if not names[0].startswith("-"):
        return names[0]
    name = next((name for name in names if name.startswith("--")), names[0])
    return name.lstrip("-").replace("-", "_")
