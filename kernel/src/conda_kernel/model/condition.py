"""Reads the conditions of dependencies: match specs joined with `and`, `or` and parentheses (CEP 43)."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_DEEPEST: Final = 50
_BLANKS: Final = " \t\r\n\f\v"


class InvalidCondition(ValueError):
    """A text that is no condition; `position` says where."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"condition: {reason}")
        self.position = position


class Joined(NamedTuple):
    """Conditions joined with `and` or `or`; the texts of match specs stand where a tree ends."""

    word: str
    parts: tuple[ConditionText, ...]


ConditionText = str | Joined


def read_condition(text: str) -> ConditionText:
    """Return the tree of a condition; `and` binds tighter than `or`. Raise InvalidCondition."""
    return _Parser(_words(text), len(text)).parse()


class _Word(NamedTuple):
    text: str
    position: int


def _words(text: str) -> list[_Word]:
    """Cut at blanks and parentheses outside brackets."""
    words: list[_Word] = []
    start = position = 0
    while position <= len(text):
        character = text[position : position + 1]
        if character == "[":
            position = _after_brackets(text, position)
            continue
        if character in _BLANKS or character in "()":
            if position > start:
                words.append(_Word(text[start:position], start))
            if character and character in "()":
                words.append(_Word(character, position))
            start = position + 1
        position += 1
    return words


def _after_brackets(text: str, start: int) -> int:
    depth = 0
    quote = ""
    position = start
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\" and quote == '"':
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if not depth:
                return position + 1
        position += 1
    reason = "`[` is never closed"
    raise InvalidCondition(reason, start)


class _Parser:
    def __init__(self, words: list[_Word], end: int) -> None:
        self.words = words
        self.end = end
        self.index = 0
        self.depth = 0

    def parse(self) -> ConditionText:
        tree = self._joined("or")
        if self.index < len(self.words):
            raise self._fault("`and` or `or` is missing" if self._peek() != ")" else "unbalanced `)`")
        return tree

    def _joined(self, word: str) -> ConditionText:
        parts = [self._operand(word)]
        while self._peek() == word:
            self.index += 1
            parts.append(self._operand(word))
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _operand(self, word: str) -> ConditionText:
        return self._joined("and") if word == "or" else self._primary()

    def _primary(self) -> ConditionText:
        if self._peek() == "(":
            return self._parenthesised()
        texts: list[str] = []
        while self._peek() not in ("", "and", "or", "(", ")"):
            texts.append(self._peek())
            self.index += 1
        if not texts:
            raise self._fault("a match spec is missing")
        return " ".join(texts)

    def _parenthesised(self) -> ConditionText:
        opening = self.index
        self.index += 1
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._fault("too many nested parentheses")
        tree = self._joined("or")
        if self._peek() != ")":
            self.index = opening
            raise self._fault("`(` is never closed")
        self.index += 1
        self.depth -= 1
        return tree

    def _peek(self) -> str:
        return self.words[self.index].text if self.index < len(self.words) else ""

    def _fault(self, reason: str) -> InvalidCondition:
        position = self.words[self.index].position if self.index < len(self.words) else self.end
        return InvalidCondition(reason, position)
