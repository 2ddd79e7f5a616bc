"""Conditions on a build number: one comparison, as in `>=3` (CEP 29)."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_OPERATORS: Final = ("==", "!=", "<=", ">=", "=", "<", ">")
_MOST_DIGITS: Final = 18


class NumberSpec(NamedTuple):
    """A comparison with a number; `operator` is `==`, `!=`, `<`, `<=`, `>` or `>=`."""

    operator: str
    number: int

    @staticmethod
    def parse(text: str) -> NumberSpec:
        """Return the comparison that the text spells; raise ValueError with the reason."""
        text = text.strip()
        operator = next((operator for operator in _OPERATORS if text.startswith(operator)), "")
        digits = text[len(operator) :].strip()
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
            message = "a build number is one comparison with a number, as in `3` or `>=3`"
            raise ValueError(message)
        return NumberSpec("==" if operator in ("", "=") else operator, int(digits))

    def matches(self, number: int) -> bool:
        """Tell whether the number satisfies the comparison."""
        match self.operator:
            case "==":
                return number == self.number
            case "!=":
                return number != self.number
            case "<":
                return number < self.number
            case "<=":
                return number <= self.number
            case ">":
                return number > self.number
            case _:
                return number >= self.number

    def __str__(self) -> str:
        return str(self.number) if self.operator == "==" else f"{self.operator}{self.number}"
