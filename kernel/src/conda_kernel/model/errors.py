"""The errors that parsing the data model raises, and the base of every error of the package manager."""

from __future__ import annotations

from typing import ClassVar

_LONGEST_QUOTE = 160


class CondaError(Exception):
    """An error that is meant for people: what is wrong, what to do, and the facts behind it.

    `message` is one sentence, `hint` advice or empty, `fields` the facts as a mapping that JSON can hold. The class
    says with which status a command ends (1 in general, 2 for a command line that cannot be meant, 3 for settings, 4
    for packages that cannot be had, 5 for the network, 130 for an interruption), and what conda calls such an error.
    """

    exit_status: int = 1
    conda_name: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields: dict[str, object] = fields

    def __str__(self) -> str:
        return self.message

    @property
    def exception_name(self) -> str:
        """The name by which scripts that read the document of a failure know the error."""
        return self.conda_name or type(self).__name__


class ParseError(CondaError):
    """A text that does not follow its grammar; the fields `text`, `position` (from 0) and `reason` tell more."""

    @property
    def position(self) -> int:
        """The place in the text, from 0."""
        position = self.fields.get("position")
        return position if isinstance(position, int) else 0

    @property
    def reason(self) -> str:
        """What is wrong, without the text."""
        return str(self.fields.get("reason", "")) or self.message


class InvalidVersion(ParseError):
    """A text that is no version (CEP 33)."""

    conda_name = "InvalidVersionSpec"


class InvalidVersionSpec(ParseError):
    """A text that is no version spec (CEP 29)."""


class InvalidMatchSpec(ParseError):
    """A text that is no match spec (CEP 29)."""


class IncompatibleMatchSpecs(CondaError):
    """Match specs for one package that no record can satisfy together; the field `specs` holds their texts."""


def quoted(text: str) -> str:
    """Return the text between backticks, shortened and without characters that a terminal would obey."""
    shown = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return f"`{shown}`"
