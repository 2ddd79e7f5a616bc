"""Reads the pins of an environment: match specs that every solve respects."""

from __future__ import annotations

from conda_kernel.model.errors import InvalidMatchSpec, ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class InvalidPin(ParseError):
    """A line of a pin file, or a configured pin, is no match spec; the message names file and line."""


class Pin(NamedTuple):
    """One pin and where it stands; `line` counts from 1, for a configured pin it is the place in the list."""

    spec: MatchSpec
    source: str
    line: int

    def __str__(self) -> str:
        return str(self.spec)


def parse_pins(text: str, source: str) -> tuple[Pin, ...]:
    """Return the pins of a `conda-meta/pinned` file; blank lines and comments are passed over.

    `source` is the file's path. Raises InvalidPin.
    """
    pins = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            pins.append(_pin(entry, source, number))
    return tuple(pins)


def configured_pins(value: str | Iterable[str], source: str = "pinned_packages") -> tuple[Pin, ...]:
    """Return the pins of the setting: a list, or one text joined with `&`. Raises InvalidPin."""
    entries = value.split("&") if isinstance(value, str) else value
    return tuple(_pin(entry.strip(), source, number) for number, entry in enumerate(entries, 1) if entry.strip())


def _pin(entry: str, source: str, number: int) -> Pin:
    try:
        spec = MatchSpec.parse(entry)
    except InvalidMatchSpec as error:
        raise InvalidPin(
            f"`{printable(entry)}` in `{source}`, line {number}, is not a match spec: {error}",
            text=entry,
            source=source,
            line=number,
        ) from error
    return Pin(spec, source, number)
