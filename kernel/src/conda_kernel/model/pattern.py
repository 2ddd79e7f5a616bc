"""Patterns for strings: an exact text, a glob with `*`, or a regular expression `^…$`; case is ignored (CEP 29)."""

from __future__ import annotations

from functools import lru_cache

from conda_kernel.model.errors import ParseError, quoted
from conda_kernel.model.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import Final, NoReturn

    from conda_kernel.model.regular_expression import RegularExpression

_LONGEST_INTERNED: Final = 256


class InvalidPattern(ParseError):
    """A regular expression that does not compile or is not supported."""


class _Unsealed:
    """A pattern while it is made."""

    __slots__ = ("_expression", "_folded", "_parts", "text")

    text: str
    _folded: str
    _parts: tuple[str, ...]
    _expression: RegularExpression | None

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded = text.lower()
        self._parts = ()
        self._expression = None
        if text.startswith("^") or text.endswith("$"):
            self._expression = _expression(text)
        elif "*" in text:
            self._parts = tuple(self._folded.split("*"))


class Pattern(_Unsealed):
    """A pattern that a string field is matched with; matching takes linear time in the length of the string.

    `text` is the pattern as written. Patterns are equal when their texts are, ignoring case.
    """

    __slots__ = ()

    @staticmethod
    def parse(text: str) -> Pattern:
        """Return the pattern: `^…$` is a regular expression, `*` makes a glob, all else is exact.

        Raise InvalidPattern.
        """
        return _interned(text) if len(text) <= _LONGEST_INTERNED else _pattern(text)

    @property
    def is_exact(self) -> bool:
        """Whether the pattern is a plain text."""
        return self._expression is None and not self._parts

    @property
    def is_glob(self) -> bool:
        """Whether the pattern is a text with `*`."""
        return bool(self._parts)

    @property
    def is_regular_expression(self) -> bool:
        """Whether the pattern is written `^…$`."""
        return self._expression is not None

    def matches(self, text: str) -> bool:
        """Tell whether the text is accepted."""
        if self._expression is not None:
            return self._expression.search(text)
        if not self._parts:
            return text == self.text or text.lower() == self._folded
        return _glob_matches(self._parts, text.lower())

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Pattern) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> str:
        return self.text if self._expression else self._folded

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"a Pattern cannot be changed: {name}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Pattern.parse, (self.text,)


def _glob_matches(parts: tuple[str, ...], text: str) -> bool:
    """Match the texts between the stars from left to right, each at the first place where it fits."""
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _pattern(text: str) -> Pattern:
    pattern = _Unsealed(text)
    pattern.__class__ = Pattern
    return cast("Pattern", pattern)


_interned: Final = lru_cache(maxsize=1 << 12)(_pattern)


def _expression(text: str) -> RegularExpression:
    if not (text.startswith("^") and text.endswith("$") and len(text) > 1):
        reason = "a regular expression must start with `^` and end with `$`"
        raise InvalidPattern(
            f"{reason}: {quoted(text)}", reason=reason, text=text, position=0 if text.endswith("$") else len(text)
        )
    from conda_kernel.model.regular_expression import RegularExpression, UnsupportedExpression  # noqa: PLC0415 - for few

    try:
        return RegularExpression(text)
    except UnsupportedExpression as error:
        reason = f"regular expression {quoted(text)} cannot be used: {error}"
        hint = "letters, `.`, `[a-z]`, `( )`, `|`, `* + ? {m,n}` and `\\d \\w \\s` are supported"
        raise InvalidPattern(reason, hint=hint, reason=reason, text=text, position=error.position) from None
