"""Reads version specs: text becomes a tree of conditions (CEP 29)."""

from __future__ import annotations

import re

from conda_kernel.model.errors import InvalidVersion, InvalidVersionSpec, quoted
from conda_kernel.model.pattern import InvalidPattern, Pattern
from conda_kernel.model.version import Version
from conda_kernel.model.version_clause import EVERYTHING, Clause, Node, joined, ranges_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NoReturn

_DEEPEST: Final = 100
_BLANKS: Final = " \t\r\n\f\v"
_SEPARATOR: Final = "[,|()]"
_OPERATOR_CHARACTERS: Final = "=<>!~"
_OPERATORS: Final = ("==", "!=", "<=", ">=", "~=", "<", ">", "=")
_ANYTHING: Final = frozenset(("*", "=*", "==*", ">=*", "<=*", "~=*", "*.*", "=*.*", "==*.*"))


def read_version_spec(text: str) -> Node:
    """Return the conditions that a version spec consists of; raise InvalidVersionSpec."""
    return _Parser(text).parse()


class _Parser:
    """Reads a spec by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def parse(self) -> Node:
        if not self.text.strip(_BLANKS):
            self._fail("it is empty")
        node = self._any()
        if self.position < len(self.text):
            self._fail("unbalanced `)`")
        return node

    def _any(self) -> Node:
        parts = [self._all()]
        while self._take("|"):
            parts.append(self._all())
        return joined("|", parts)

    def _all(self) -> Node:
        parts = [self._atom()]
        while self._take(","):
            parts.append(self._atom())
        return joined(",", parts)

    def _atom(self) -> Node:
        self._skip_blanks()
        start = self.position
        if not self._take("("):
            return self._clause()
        self.depth += 1
        if self.depth > _DEEPEST:
            self._fail(f"more than {_DEEPEST} nested parentheses")
        node = self._any()
        if not self._take(")"):
            self._fail("`(` is never closed", at=start)
        self.depth -= 1
        if not self._ends():
            self._fail("there is text after `)`", hint="join conditions with `,` (and) or `|` (or)")
        return node

    def _clause(self) -> Clause:
        start = self.position
        if self._peek() == "^":
            end = self.text.find("$", start)
            if end < 0:
                self._fail("a regular expression must end with `$`", at=start)
            self.position = end + 1
            if not self._ends():
                self._fail("there is text after the regular expression")
            return self._pattern("regex", self.text[start : end + 1], self.text[start : end + 1], start)
        found = re.compile(_SEPARATOR).search(self.text, start)
        self.position = found.start() if found else len(self.text)
        if self._peek() == "(":
            self._fail("`(` may stand at the beginning of a condition only")
        return self._condition(self.text[start : self.position].rstrip(_BLANKS), start)

    def _condition(self, written: str, start: int) -> Clause:
        """Return the clause for a text between separators."""
        if not written:
            self._fail("a condition is missing", at=start, hint="`,` and `|` stand between two conditions")
        body = written.lstrip(_OPERATOR_CHARACTERS)
        operator = written[: len(written) - len(body)]
        body = body.lstrip(_BLANKS)
        text = operator + body
        if operator and operator not in _OPERATORS:
            self._fail(f"{quoted(operator)} is no operator", at=start, hint="operators are `== != < <= > >= = ~=`")
        if not body:
            self._fail(f"`{operator}` needs a version after it", at=start)
        if "*" in body:
            return self._starred(text, operator, body, start)
        return self._relation(text, operator or "==", body, start)

    def _starred(self, text: str, operator: str, body: str, start: int) -> Clause:
        trimmed = body.removesuffix(".") if body.endswith(".*.") else body
        text = text[: len(text) - len(body)] + trimmed
        if text in _ANYTHING:
            return Clause(text, "*", "*", EVERYTHING)
        literal = trimmed.removesuffix("*").removesuffix(".")
        if not literal:
            self._fail(f"{quoted(text)} accepts nothing or compares with nothing", at=start)
        if operator == "~=":
            self._fail("`~=` takes no `*`", at=start, hint=f"write `={literal}`")
        if "*" in literal:
            if operator not in ("", "=", "==", "!="):
                self._fail(f"`{operator}` takes no pattern", at=start, hint="compare with a version, as in `>=1.2`")
            return self._pattern("!glob" if operator == "!=" else "glob", text, trimmed, start)
        operator = {"": "=", "==": "=", "!=": "!=*"}.get(operator, operator)
        return self._relation(text, operator, literal, start)

    def _relation(self, text: str, operator: str, literal: str, start: int) -> Clause:
        if literal != literal.strip():
            self._fail("there is a blank inside a condition", at=start)
        try:
            return Clause(text, operator, literal, ranges_of(operator, Version.parse(literal)))
        except InvalidVersion as error:
            self._fail(error.reason, at=self.text.find(literal, start) + error.position, hint=error.hint)

    def _pattern(self, operator: str, text: str, literal: str, start: int) -> Clause:
        if operator != "regex":
            for character in literal:
                if not (character.isalnum() and character.isascii()) and character not in "*._-+!":
                    self._fail(f"{quoted(character)} cannot be part of a version", at=start)
        try:
            return Clause(text, operator, literal, None, Pattern.parse(literal))
        except InvalidPattern as error:
            self._fail(error.reason, at=start + error.position, hint=error.hint)

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _ends(self) -> bool:
        """Tell whether nothing follows, blanks apart, or what may follow a condition."""
        self._skip_blanks()
        return self._peek() in ("", ",", "|", ")")

    def _skip_blanks(self) -> None:
        while self.position < len(self.text) and self._peek() in _BLANKS:
            self.position += 1

    def _take(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self.position += 1
        return True

    def _fail(self, reason: str, *, at: int | None = None, hint: str = "") -> NoReturn:
        position = self.position if at is None else at
        message = f"version spec {quoted(self.text)} is not valid: {reason}" if self.text else "a version spec is empty"
        hint = hint or "version specs look like `1.2.*`, `>=1.2,<2` or `1.2|1.4`"
        raise InvalidVersionSpec(message, hint=hint, reason=reason, text=self.text, position=position) from None
