"""Reads regular expressions of the supported subset; `regular_expression` says which that is."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final, NoReturn

LARGEST: Final = 256
_LONGEST: Final = 4096
_DEEPEST: Final = 50
_DIGITS: Final = frozenset("0123456789")
_SPACES: Final = frozenset(" \t\n\r\f\v")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_ESCAPES: Final = {"d": _DIGITS, "w": _DIGITS | _LETTERS | {"_"}, "s": _SPACES}


class UnsupportedExpression(ValueError):
    """A regular expression that is wrong or not in the supported subset; `position` says where."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.position = position


class Symbols(NamedTuple):
    """A set of characters: those listed, or all but those listed."""

    characters: frozenset[str]
    negated: bool = False


class Repeat(NamedTuple):
    """A node so many times; `most` None is without limit."""

    node: Node
    least: int
    most: int | None


class Sequence(NamedTuple):
    """Nodes one after the other."""

    nodes: tuple[Node, ...]


class Choice(NamedTuple):
    """One of the nodes."""

    nodes: tuple[Node, ...]


Node = Symbols | Repeat | Sequence | Choice
_ANY: Final = Symbols(frozenset(), negated=True)
_ANYTHING: Final = Repeat(_ANY, 0, None)


def read_expression(pattern: str) -> Node:
    """Return the tree of an expression, open at the ends that no anchor closes; raise UnsupportedExpression."""
    return _Parser(pattern).parse()


class _Parser:
    """Reads a pattern by recursive descent."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.depth = 0

    def parse(self) -> Node:
        if len(self.pattern) > _LONGEST:
            self._fail(f"more than {_LONGEST} characters")
        alternatives = [self._anchored()]
        while self._take("|"):
            alternatives.append(self._anchored())
        if self.position < len(self.pattern):
            self._fail("unbalanced `)`")
        whole = Choice(tuple(alternatives))
        if _size(whole) > LARGEST:
            self._fail(f"more than {LARGEST} symbols")
        return whole

    def _anchored(self) -> Node:
        """Read one alternative of the outermost level, open at the ends that no anchor closes."""
        nodes: list[Node] = [] if self._take("^") else [_ANYTHING]
        nodes.append(self._sequence())
        if not self._take("$"):
            nodes.append(_ANYTHING)
        return Sequence(tuple(nodes))

    def _sequence(self) -> Node:
        nodes = []
        while self.position < len(self.pattern) and self._peek() not in "|)":
            if (
                self._peek() == "$"
                and not self.depth
                and self.pattern[self.position + 1 : self.position + 2] in ("", "|")
            ):
                break
            nodes.append(self._repeated())
        return Sequence(tuple(nodes))

    def _repeated(self) -> Node:
        node = self._symbol()
        bounds = self._bounds()
        if bounds is None:
            return node
        least, most = bounds
        self._take("?")
        if self._peek() in ("*", "+") or self._bounds() is not None:
            self._fail("multiple repeat")
        repeated = Repeat(node, least, most)
        if _size(repeated) > LARGEST:
            self._fail(f"more than {LARGEST} symbols")
        return repeated

    def _bounds(self) -> tuple[int, int | None] | None:
        """Read a repetition if there is one: the least and the greatest count."""
        for mark, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if self._take(mark):
                return least, most
        end = self.pattern.find("}", self.position, self.position + 12) if self._peek() == "{" else -1
        if end < 0:
            return None
        low, comma, high = self.pattern[self.position + 1 : end].partition(",")
        if not all(part.isdecimal() and part.isascii() for part in (low, high) if part) or not (low or comma):
            return None
        least = int(low or "0")
        most = (int(high) if high else None) if comma else least
        if most is not None and most < least:
            self._fail("the greatest count is less than the least")
        self.position = end + 1
        return least, most

    def _symbol(self) -> Node:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == "\\":
            escaped = self._escape()
            return _symbols(escaped.characters, negated=escaped.negated)
        if character == ".":
            return _ANY
        if character in "*+?":
            self.position -= 1
            self._fail("nothing to repeat")
        if character in "^$":
            self.position -= 1
            self._fail(f"`{character}` inside an expression is not supported")
        return _symbols({character})

    def _group(self) -> Node:
        start = self.position - 1
        if self._take("?") and not self._take(":"):
            self._fail("look-around and other `(?` groups are not supported")
        self.depth += 1
        if self.depth > _DEEPEST:
            self._fail("too many nested groups")
        alternatives = [self._sequence()]
        while self._take("|"):
            alternatives.append(self._sequence())
        self.depth -= 1
        if not self._take(")"):
            self.position = start
            self._fail("`(` is never closed")
        return Choice(tuple(alternatives))

    def _set(self) -> Symbols:
        start = self.position - 1
        negated = self._take("^")
        found: set[str] = set()
        first = True
        while first or self._peek() != "]":
            if self.position >= len(self.pattern):
                self.position = start
                self._fail("`[` is never closed")
            first = False
            low = self._member()
            if low.negated:
                self._fail("a negated class inside `[ ]` is not supported")
            if self._peek() == "-" and self.pattern[self.position + 1 : self.position + 2] not in ("]", ""):
                self.position += 1
                found |= self._range(low, self._member())
            else:
                found |= low.characters
        self.position += 1
        return _symbols(found, negated=negated)

    def _member(self) -> Symbols:
        character = self._next()
        return self._escape() if character == "\\" else Symbols(frozenset(character))

    def _range(self, low: Symbols, high: Symbols) -> frozenset[str]:
        if len(low.characters) != 1 or len(high.characters) != 1 or high.negated:
            self._fail("a range needs one character at each end")
        (start,), (end,) = low.characters, high.characters
        if not (start.isascii() and end.isascii()) or start > end:
            self._fail("a range must run upwards between ASCII characters")
        return frozenset(chr(code) for code in range(ord(start), ord(end) + 1))

    def _escape(self) -> Symbols:
        character = self._next()
        if character.lower() in _ESCAPES:
            return Symbols(_ESCAPES[character.lower()], negated=character.isupper())
        if character.isalnum():
            self.position -= 1
            self._fail(f"`\\{character}` is not supported")
        return Symbols(frozenset(character))

    def _peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def _next(self) -> str:
        character = self._peek()
        if not character:
            self._fail("it ends too early")
        self.position += 1
        return character

    def _take(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self.position += 1
        return True

    def _fail(self, reason: str) -> NoReturn:
        raise UnsupportedExpression(reason, self.position)


def _symbols(characters: Iterable[str], *, negated: bool = False) -> Symbols:
    """Return the set without regard to case."""
    return Symbols(frozenset(character.lower() for character in characters), negated)


def _size(node: Node) -> int:
    """Return how many states the node takes once its repetitions are written out."""
    if isinstance(node, Symbols):
        return 1
    if isinstance(node, Repeat):
        copies = node.least + 1 if node.most is None else node.most
        return copies * max(_size(node.node), 1)
    return sum(_size(part) for part in node.nodes)
