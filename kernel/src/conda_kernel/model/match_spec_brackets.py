"""Reads and writes the bracket section of a match spec: `[key=value,key='value',key=[a,b]]` (CEP 29)."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_BLANKS: Final = " \t\r\n\f\v"
_BARE_END: Final = frozenset(_BLANKS + ",]")
_NOT_BARE: Final = frozenset("='\"[")
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*+:/@%~-")


class Fault(ValueError):
    """What is wrong with a match spec, where, and what would be right."""

    def __init__(self, reason: str, position: int, hint: str = "") -> None:
        super().__init__(reason)
        self.position = position
        self.hint = hint


class Pair(NamedTuple):
    """One key of the bracket section; `items` holds a list, `value` anything else, both None for a lone key."""

    key: str
    value: str | None
    items: tuple[str, ...] | None
    position: int


def find_brackets(text: str) -> int:
    """Return where the bracket section at the end of the text begins, or the length of the text; raise Fault."""
    if not text.endswith("]"):
        return len(text)
    position = 0
    while (start := text.find("[", position)) >= 0:
        end = _closing(text, start)
        if end == len(text) - 1:
            return start
        position = end + 1
    reason = "`]` closes nothing"
    raise Fault(reason, len(text) - 1)


def _closing(text: str, start: int) -> int:
    """Return where the bracket that opens here closes, quoted text left out."""
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        if character in "'\"":
            position = closing_quote(text, position)
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if not depth:
                return position
        position += 1
    reason = "`[` is never closed"
    raise Fault(reason, start)


def closing_quote(text: str, start: int) -> int:
    """Return where the quote that opens here closes; raise Fault."""
    quote = text[start]
    position = start + 1
    while position < len(text):
        if text[position] == "\\" and quote == '"':
            position += 1
        elif text[position] == quote:
            return position
        position += 1
    reason = f"{quote} is never closed"
    raise Fault(reason, start)


def read_brackets(text: str, start: int, warnings: list[str]) -> list[Pair]:
    """Return the keys of the bracket section that begins here and fills the rest of the text; raise Fault.

    What is odd, but understood, is added to the warnings.
    """
    return _Reader(text, start + 1, warnings).pairs()


def value_text(value: str, *, always_quoted: bool = False) -> str:
    """Return a value as it is written in brackets."""
    if not always_quoted and _PLAIN.issuperset(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reader:
    def __init__(self, text: str, position: int, warnings: list[str]) -> None:
        self.text = text
        self.position = position
        self.end = len(text) - 1
        self.warnings = warnings

    def pairs(self) -> list[Pair]:
        pairs: list[Pair] = []
        self._skip_blanks()
        while self.position < self.end:
            pairs.append(self._pair())
            self._skip_blanks()
            if self._take(","):
                self._skip_blanks()
                if self.position == self.end:
                    raise self._fault("a key is missing after `,`")
            elif self.position < self.end:
                self.warnings.append(f"`,` is missing after the key `{pairs[-1].key}`")
        return pairs

    def _pair(self) -> Pair:
        start = self.position
        while self._peek().isidentifier() or self._peek().isdigit():
            self.position += 1
        key = self.text[start : self.position]
        if not key:
            raise self._fault("a key is missing")
        self._skip_blanks()
        if not self._take("="):
            if self._peek() in "<>!~":
                hint = f"write `{key}='{self._peek()}…'`"
                raise self._fault(f"`=` is missing between `{key}` and its value", hint)
            return Pair(key, None, None, start)
        self._skip_blanks()
        if self._peek() == "[":
            return Pair(key, None, self._list(), start)
        return Pair(key, self._value(), None, start)

    def _list(self) -> tuple[str, ...]:
        opening = self.position
        self.position += 1
        self._skip_blanks()
        items: list[str] = []
        while not self._take("]"):
            if items and not self._take(","):
                raise self._fault("`,` is missing between two items of a list")
            self._skip_blanks()
            items.append(self._value())
            self._skip_blanks()
        if not items:
            self.position = opening
            raise self._fault("a list is empty")
        return tuple(items)

    def _value(self) -> str:
        start = self.position
        if self._peek() in ("'", '"'):
            return self._quoted()
        while self.position < self.end and self._peek() not in _BARE_END:
            if self._peek() in _NOT_BARE:
                raise self._fault(f"a value with {self._peek()} must be quoted", "write `key='value'`")
            self.position += 1
        if self.position == start:
            raise self._fault("a value is missing")
        return self.text[start : self.position]

    def _quoted(self) -> str:
        start = self.position
        self.position = closing_quote(self.text, start) + 1
        value = self.text[start + 1 : self.position - 1]
        if self._peek() not in _BARE_END:
            raise self._fault("there is text after a quoted value")
        if not value.strip(_BLANKS):
            self.position = start
            raise self._fault("a value is missing")
        return _without_escapes(value) if self.text[start] == '"' else value

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _take(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self.position += 1
        return True

    def _skip_blanks(self) -> None:
        while self.position < self.end and self._peek() in _BLANKS:
            self.position += 1

    def _fault(self, reason: str, hint: str = "") -> Fault:
        return Fault(reason, self.position, hint)


def _without_escapes(value: str) -> str:
    r"""Replace `\"` and `\\` by what they stand for; other backslashes stay."""
    if "\\" not in value:
        return value
    parts = value.split("\\\\")
    return "\\".join(part.replace('\\"', '"') for part in parts)
