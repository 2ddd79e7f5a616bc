r"""A matcher for regular expressions out of channels that takes linear time in the length of the text.

Python's own matcher tries alternatives one after the other and can be kept busy for years by a short pattern. This one
follows all alternatives at once (Glushkov's automaton, the states as the bits of a number): a character costs at most
one step per symbol of the pattern, and where the same states are active again, one look-up. A pattern has at most 4096
characters and, with `{m,n}` written out, 256 symbols.

It knows what is left without look-around and back-references (CEP 29): characters, `.`, `[a-z]`, `[^a-z]`, `\d` `\w`
`\s` and their negations, escaped punctuation, `( )`, `(?: )`, `|`, `* + ? {m} {m,} {m,n}` (also lazy, which makes no
difference here), and `^` and `$` at the ends of an alternative. Case is ignored. Anything else is refused.
"""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.regular_expression_parsing import (
    Choice,
    Node,
    Repeat,
    Sequence,
    Symbols,
    UnsupportedExpression,
    read_expression,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

__all__ = ["RegularExpression", "UnsupportedExpression"]


class _Fragment(NamedTuple):
    """A part of the automaton: the symbols it may begin and end with, as bits, and whether it accepts nothing."""

    first: int
    last: int
    empty: bool


_MOST_REMEMBERED: Final = 256
_NOTHING: Final = _Fragment(0, 0, True)  # noqa: FBT003 - the third field by its place


class RegularExpression:
    """A compiled regular expression; `search` is its only question."""

    __slots__ = ("_accept", "_default", "_first", "_follow", "_matches_empty", "_reachable", "_symbols")

    def __init__(self, pattern: str) -> None:
        """Compile the pattern; raise UnsupportedExpression."""
        automaton = _Automaton()
        whole = automaton.add(read_expression(pattern))
        self._first = whole.first
        self._accept = whole.last
        self._matches_empty = whole.empty
        self._follow = automaton.follow
        self._symbols, self._default = automaton.masks()
        self._reachable: dict[int, int] = {}

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
            reachable = self._reachable.get(active, 0) or self._after(active)
        return bool(active & self._accept)

    def _after(self, active: int) -> int:
        """Return the states that may follow the active ones, and remember them as long as they are not too many."""
        reachable = 0
        for state in _bits(active):
            reachable |= self._follow[state]
        if len(self._reachable) < _MOST_REMEMBERED:
            self._reachable[active] = reachable
        return reachable


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
        self.states: list[Symbols] = []
        self.follow: list[int] = []

    def add(self, node: Node) -> _Fragment:
        if isinstance(node, Symbols):
            return self._symbol(node)
        if isinstance(node, Sequence):
            result = _NOTHING
            for part in node.nodes:
                result = self._join(result, self.add(part))
            return result
        if isinstance(node, Choice):
            first = last = 0
            empty = False
            for fragment in [self.add(part) for part in node.nodes]:
                first |= fragment.first
                last |= fragment.last
                empty = empty or fragment.empty
            return _Fragment(first, last, empty)
        return self._repeat(node)

    def _symbol(self, symbols: Symbols) -> _Fragment:
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

    def _repeat(self, node: Repeat) -> _Fragment:
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
