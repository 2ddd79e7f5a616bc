r"""A matcher for regular expressions out of channels that takes linear time in the length of the text.

Python's own matcher tries alternatives one after the other and can be kept busy for years by a short pattern. This one
follows all alternatives at once (Glushkov's automaton, the states as the bits of a number): a character costs at most
one step per symbol of the pattern, and a pattern has at most 256 symbols after `{m,n}` is written out.

It knows what is left without look-around and back-references (CEP 29): characters, `.`, `[a-z]`, `[^a-z]`, `\d` `\w`
`\s` and their negations, escaped punctuation, `( )`, `(?: )`, `|`, `* + ? {m} {m,} {m,n}` (also lazy, which makes no
difference here), and `^` and `$` at the ends of an alternative. Case is ignored. Anything else is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST: Final = 256
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


class _Symbols(NamedTuple):
    """A set of characters: those listed, or all but those listed."""

    characters: frozenset[str]
    negated: bool = False


class _Fragment(NamedTuple):
    """A part of the automaton: the symbols it may begin and end with, as bits, and whether it accepts nothing."""

    first: int
    last: int
    empty: bool


_NOTHING: Final = _Fragment(0, 0, True)  # noqa: FBT003


class _Repeat(NamedTuple):
    node: _Node
    least: int
    most: int | None


class _Sequence(NamedTuple):
    nodes: tuple[_Node, ...]


class _Choice(NamedTuple):
    nodes: tuple[_Node, ...]


_Node = _Symbols | _Repeat | _Sequence | _Choice
_ANY: Final = _Symbols(frozenset(), negated=True)
_ANYTHING: Final = _Repeat(_ANY, 0, None)


class RegularExpression:
    """A compiled regular expression; `search` is its only question."""

    __slots__ = ("_accept", "_default", "_first", "_follow", "_matches_empty", "_symbols")

    def __init__(self, pattern: str) -> None:
        """Compile the pattern; raise UnsupportedExpression."""
        automaton = _Automaton()
        whole = automaton.add(_Parser(pattern).parse())
        self._first = whole.first
        self._accept = whole.last
        self._matches_empty = whole.empty
        self._follow = automaton.follow
        self._symbols, self._default = automaton.masks()

    def search(self, text: str) -> bool:
        """Tell whether the expression is found in the text, as `re.search` with `re.IGNORECASE` would."""
        if not text:
            return self._matches_empty
        reachable = self._first
        active = 0
        for character in text.lower():
            active = reachable & self._symbols.get(character, self._default)
            if not active:
                return False
            reachable = 0
            for state in _bits(active):
                reachable |= self._follow[state]
        return bool(active & self._accept)


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


class _Automaton:
    """Collects states, one per symbol of the pattern, and which may follow which."""

    def __init__(self) -> None:
        self.states: list[_Symbols] = []
        self.follow: list[int] = []

    def add(self, node: _Node) -> _Fragment:
        if isinstance(node, _Symbols):
            return self._symbol(node)
        if isinstance(node, _Sequence):
            result = _NOTHING
            for part in node.nodes:
                result = self._join(result, self.add(part))
            return result
        if isinstance(node, _Choice):
            first = last = 0
            empty = False
            for fragment in [self.add(part) for part in node.nodes]:
                first |= fragment.first
                last |= fragment.last
                empty = empty or fragment.empty
            return _Fragment(first, last, empty)
        return self._repeat(node)

    def _symbol(self, symbols: _Symbols) -> _Fragment:
        bit = 1 << len(self.states)
        self.states.append(symbols)
        self.follow.append(0)
        return _Fragment(bit, bit, empty=False)

    def _join(self, before: _Fragment, after: _Fragment) -> _Fragment:
        for state in _bits(before.last):
            self.follow[state] |= after.first
        return _Fragment(
            before.first | (after.first if before.empty else 0),
            after.last | (before.last if after.empty else 0),
            before.empty and after.empty,
        )

    def _repeat(self, node: _Repeat) -> _Fragment:
        result = _NOTHING
        for _ in range(node.least):
            result = self._join(result, self.add(node.node))
        if node.most is None:
            loop = self.add(node.node)
            loop = self._join(loop, loop)
            return self._join(result, loop._replace(empty=True))
        for _ in range(node.most - node.least):
            result = self._join(result, self.add(node.node)._replace(empty=True))
        return result

    def masks(self) -> tuple[dict[str, int], int]:
        """Return for each character that the pattern names the states it may enter, and those for any other."""
        default = sum(1 << state for state, symbols in enumerate(self.states) if symbols.negated)
        masks: dict[str, int] = {}
        for state, symbols in enumerate(self.states):
            for character in symbols.characters:
                masks[character] = masks.get(character, default) ^ (1 << state)
        return masks, default


class _Parser:
    """Reads a pattern by recursive descent."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.depth = 0

    def parse(self) -> _Node:
        alternatives = [self._anchored()]
        while self._take("|"):
            alternatives.append(self._anchored())
        if self.position < len(self.pattern):
            self._fail("unbalanced `)`")
        whole = _Choice(tuple(alternatives))
        if _size(whole) > _LARGEST:
            self._fail(f"more than {_LARGEST} symbols")
        return whole

    def _anchored(self) -> _Node:
        """Read one alternative of the outermost level, open at the ends that no anchor closes."""
        nodes: list[_Node] = [] if self._take("^") else [_ANYTHING]
        nodes.append(self._sequence())
        if not self._take("$"):
            nodes.append(_ANYTHING)
        return _Sequence(tuple(nodes))

    def _sequence(self) -> _Node:
        nodes = []
        while self.position < len(self.pattern) and self._peek() not in "|)":
            if (
                self._peek() == "$"
                and not self.depth
                and self.pattern[self.position + 1 : self.position + 2] in ("", "|")
            ):
                break
            nodes.append(self._repeated())
        return _Sequence(tuple(nodes))

    def _repeated(self) -> _Node:
        node = self._symbol()
        bounds = self._bounds()
        if bounds is None:
            return node
        least, most = bounds
        self._take("?")
        if self._peek() in ("*", "+") or self._bounds() is not None:
            self._fail("multiple repeat")
        repeated = _Repeat(node, least, most)
        if _size(repeated) > _LARGEST:
            self._fail(f"more than {_LARGEST} symbols")
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
        if not all(part.isdecimal() and part.isascii() for part in (low, high) if part) or not (low or high):
            return None
        if len(low) > 4 or len(high) > 4:  # noqa: PLR2004
            self._fail(f"more than {_LARGEST} symbols")
        least = int(low or "0")
        most = (int(high) if high else None) if comma else least
        if most is not None and most < least:
            self._fail("the greatest count is less than the least")
        self.position = end + 1
        return least, most

    def _symbol(self) -> _Node:
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

    def _group(self) -> _Node:
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
        return _Choice(tuple(alternatives))

    def _set(self) -> _Symbols:
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

    def _member(self) -> _Symbols:
        character = self._next()
        return self._escape() if character == "\\" else _Symbols(frozenset(character))

    def _range(self, low: _Symbols, high: _Symbols) -> frozenset[str]:
        if len(low.characters) != 1 or len(high.characters) != 1 or high.negated:
            self._fail("a range needs one character at each end")
        (start,), (end,) = low.characters, high.characters
        if not (start.isascii() and end.isascii()) or start > end:
            self._fail("a range must run upwards between ASCII characters")
        return frozenset(chr(code) for code in range(ord(start), ord(end) + 1))

    def _escape(self) -> _Symbols:
        character = self._next()
        if character.lower() in _ESCAPES:
            return _Symbols(_ESCAPES[character.lower()], negated=character.isupper())
        if character.isalnum():
            self.position -= 1
            self._fail(f"`\\{character}` is not supported")
        return _Symbols(frozenset(character))

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


def _symbols(characters: Iterable[str], *, negated: bool = False) -> _Symbols:
    """Return the set without regard to case."""
    return _Symbols(frozenset(character.lower() for character in characters), negated)


def _size(node: _Node) -> int:
    """Return how many states the node takes once its repetitions are written out."""
    if isinstance(node, _Symbols):
        return 1
    if isinstance(node, _Repeat):
        copies = node.least + 1 if node.most is None else node.most
        return copies * max(_size(node.node), 1)
    return sum(_size(part) for part in node.nodes)
