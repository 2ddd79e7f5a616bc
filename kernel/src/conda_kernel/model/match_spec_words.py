"""Cuts the words of a match spec: the name, the version and the build string (CEP 29)."""

from __future__ import annotations

import re

from conda_kernel.model.errors import quoted
from conda_kernel.model.match_spec_brackets import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_BLANKS: Final = " \t\r\n\f\v"
_OPERATORS: Final = "=<>!~"
_JOINTS: Final = ",|"


def after_blanks(text: str, position: int) -> int:
    """Return where the next character that is not blank stands, or the length of the text."""
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position


def cut_name(text: str, start: int) -> int:
    """Return where the name that begins here ends: at a blank or an operator, for `^…$` after the `$`."""
    if text.startswith("^", start):
        return _end_of_expression(text, start, _BLANKS + _OPERATORS)
    found = re.compile(r"[\s=<>!~\[\]]").search(text, start)
    return found.start() if found else len(text)


def cut_words(text: str, start: int) -> tuple[str, str | None]:
    """Return version and build of the words from here on, the build None where there is none; raise Fault.

    Blanks next to an operator, a comma, a bar or a parenthesis do not count. The build begins after another blank, or
    after a `=` that belongs to no operator.
    """
    words = ""
    cuts: list[tuple[int, int]] = []
    position = start
    while position < len(text):
        character = text[position]
        before = words[-1:]
        end = position + 1
        if character == "^":
            end = _end_of_expression(text, position, _BLANKS + _JOINTS + "=)")
        elif character in _BLANKS:
            end = after_blanks(text, position)
            if not _blank_counts(before, text[end : end + 1]):
                position = end
                continue
            cuts.append((len(words), position))
        elif character == "=" and before and before not in _OPERATORS + _JOINTS + "(" and text[end : end + 1] != "=":
            cuts.append((len(words), position))
        elif character in "[]'\"":
            reason = f"{quoted(character)} stands in a wrong place"
            raise Fault(reason, position, "one section `[key=value]` may stand at the end")
        words += text[position:end]
        position = end
    if len(cuts) > 1:
        reason = "there is more than a version and a build after the name"
        raise Fault(reason, cuts[1][1], "join conditions on the version with `,` or `|`")
    if not cuts:
        return words, None
    return words[: cuts[0][0]], _checked_build(words[cuts[0][0] :].lstrip(_BLANKS + "="), cuts[0][1])


def _blank_counts(before: str, after: str) -> bool:
    if not before or not after or after in _JOINTS + ")" or before in _JOINTS + "(":
        return False
    return (before in _OPERATORS) == (after in _OPERATORS)


def _end_of_expression(text: str, start: int, ends: str) -> int:
    """Return where a regular expression ends: after the first `$` before one of the characters or the end."""
    position = text.find("$", start)
    while position >= 0:
        if position + 1 == len(text) or text[position + 1] in ends:
            return position + 1
        position = text.find("$", position + 1)
    return len(text)


def _checked_build(build: str, position: int) -> str:
    if not build:
        reason = "the build is missing"
        raise Fault(reason, position)
    if not build.startswith("^"):
        for character in build:
            if character in "=<>!~,|()" or character in _BLANKS:
                reason = f"{quoted(character)} cannot be part of a build"
                raise Fault(reason, position)
    return build
