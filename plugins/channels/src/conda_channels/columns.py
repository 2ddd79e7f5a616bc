"""Lists of texts, of whole numbers or of whatever JSON can hold, side by side in one run of bytes.

Reading a list costs some hundredths of a microsecond for each text or number in it and needs no library, and a list
that nobody asks for costs nothing.
"""

from __future__ import annotations

import json
import struct
from array import array
from itertools import accumulate

from conda_kernel.model.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal, TypeVar

    _Value = TypeVar("_Value")


_LINES, _JSON, _OCTETS = b"tjo"
_FORMATS: dict[int, Literal["B", "H", "I", "q"]] = {1: "B", 2: "H", 4: "I", 8: "q"}
"""The formats of numbers by their width, which is the kind of a column of them: as narrow as all of them allow."""

_COUNT = struct.Struct("<H")


def written(*columns: Sequence[object] | bytes) -> bytes:
    """Return the bytes that hold these lists; a column that is bytes is held as it is.

    They begin with the count of columns, their kinds, and where each ends behind this.
    """
    kinds, contents = zip(*map(_column, columns), strict=True)
    ends = accumulate(map(len, contents))
    return b"".join((_COUNT.pack(len(kinds)), bytes(kinds), struct.pack(f"<{len(kinds)}Q", *ends), *contents))


class Columns:
    """The lists that bytes hold; every method raises ValueError for what was not written here."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        try:
            (count,) = _COUNT.unpack_from(content)
            start = _COUNT.size + count
            self._kinds = content[_COUNT.size : start]
            self._ends = (0, *struct.unpack_from(f"<{count}Q", content, start))
        except struct.error as error:
            raise ValueError(str(error)) from error
        self._view = memoryview(content)[start + 8 * count :]
        if self._ends[-1] != len(self._view):
            raise ValueError("it is not as long as it says")

    def __len__(self) -> int:
        return len(self._kinds)

    def texts(self, number: int) -> list[str]:
        """Return a list of texts."""
        kind, content = self._column(number)
        return str(content, "utf-8").split("\n") if kind == _LINES else _all(str, self.values(number))

    def numbers(self, number: int) -> list[int]:
        """Return a list of whole numbers."""
        kind, content = self._column(number)
        return _numbers(kind, content) if kind in _FORMATS else _all(int, self.values(number))

    def values(self, number: int) -> list[Any]:
        """Return a list of whatever it holds."""
        kind, content = self._column(number)
        if kind == _LINES:
            return str(content, "utf-8").split("\n")
        if kind in _FORMATS:
            return _numbers(kind, content)
        if kind == _JSON:
            try:
                found = json.loads(str(content, "utf-8"))
            except RecursionError as error:
                raise ValueError("it is nested too deep") from error
            if isinstance(found, list):
                return found
        raise ValueError("the column holds no list")

    def at(self, number: int, place: int) -> Any:  # noqa: ANN401 - whatever the list holds
        """Return one value of a list."""
        kind, content = self._column(number)
        return content.cast(_FORMATS[kind])[place] if kind in _FORMATS else self.values(number)[place]

    def every(self, number: int, place: int, step: int) -> list[Any]:
        """Return the values of a list from a place on that are so many apart."""
        kind, content = self._column(number)
        if kind in _FORMATS:
            return content.cast(_FORMATS[kind])[place::step].tolist()
        return self.values(number)[place::step]

    def digits(self, number: int, size: int) -> list[Any]:
        """Return, in hexadecimal digits, what a column holds as octets, so many each; any other list as it is."""
        kind, content = self._column(number)
        if kind != _OCTETS:
            return self.values(number)
        if len(content) % size:
            raise ValueError("the column ends in the midst of a text")
        return content.hex("\n", size).split("\n") if content else []

    def digits_at(self, number: int, size: int, place: int) -> Any:  # noqa: ANN401 - as above
        """Return one of those texts."""
        kind, content = self._column(number)
        return content[place * size : (place + 1) * size].hex() if kind == _OCTETS else self.values(number)[place]

    def has(self, number: int, octets: bytes) -> bool:
        """Tell whether octets stand in a column, however it is to be read."""
        return octets in bytes(self._column(number)[1])

    def octets(self, number: int) -> bytes:
        """Return a column that is bytes."""
        kind, content = self._column(number)
        if kind != _OCTETS:
            raise ValueError("the column holds no octets")
        return bytes(content)

    def _column(self, number: int) -> tuple[int, memoryview]:
        try:
            return self._kinds[number], self._view[self._ends[number] : self._ends[number + 1]]
        except IndexError as error:
            raise ValueError("there is no such column") from error


def _numbers(kind: int, content: memoryview) -> list[int]:
    try:
        return content.cast(_FORMATS[kind]).tolist()
    except TypeError as error:
        raise ValueError("the column ends in the midst of a number") from error


def _all(kind: type[_Value], values: list[Any]) -> list[_Value]:
    if set(map(type, values)) - {kind}:
        raise ValueError(f"the column holds something else than {kind.__name__}")
    return values


def _column(values: Sequence[object] | bytes) -> tuple[int, bytes]:
    """Return the kind of a column and what it looks like."""
    if isinstance(values, bytes):
        return _OCTETS, values
    kinds = set(map(type, values))
    if kinds <= {int}:
        for kind, code in _FORMATS.items():
            try:
                return kind, array(code, cast("Sequence[int]", values)).tobytes()
            except OverflowError:
                continue
    if kinds == {str}:
        text = "\n".join(cast("Sequence[str]", values))
        if text.count("\n") == len(values) - 1:
            try:
                return _LINES, text.encode()
            except UnicodeEncodeError:
                pass
    return _JSON, json.dumps(list(values), separators=(",", ":")).encode()
