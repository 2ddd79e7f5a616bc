"""Versions: their text, and a key that sorts them as CEP 33 orders them.

The key is a string of ASCII characters, so that sorting compares native strings. A version is a list of pieces (the
parts between dots), a piece alternates numbers and texts and starts with a number. The order asks for lists that are
filled up with zeros, which no plain comparison does; the key therefore says beforehand which way a piece leaves zero:

    a  a piece below zero (`0a1`)             e  a piece above zero (`1`, `0post1`)
    b  a zero piece on the way to an `a`      d  a zero piece on the way to an `e`
    c  nothing but zeros from here on         f  an epoch follows; without it the epoch is zero

A number is written as the count of its digits and the digits, so that longer is greater. Where a text may stand, `!`
is `dev`, `_` and letters are themselves, `{` ends the piece and `|` is `post`: their order in ASCII is the order that
is asked for. `1.0.4rc1` is `e11{de14rc11{cc`; the second `c` closes the local part.
"""

from __future__ import annotations

import re
from functools import lru_cache

from conda_kernel.model.errors import InvalidVersion, quoted
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

_LONGEST_INTERNED: Final = 64
_RUNS: Final = r"[0-9]+|[a-z_]+"
_ALLOWED: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyz._-+!")


class _Parts(NamedTuple):
    """A version text, lower-case and cut into its parts; `local` is empty where there is none."""

    epoch: str
    main: list[str]
    local: list[str]


class _Unsealed:
    """A version while it is made."""

    __slots__ = ("key", "text")

    text: str
    key: str


class Version(_Unsealed):
    """A version; two versions are equal when conda holds them to be equal (`1.0 == 1.0.0`).

    `text` is the version as written, without surrounding blanks; `key` is a string that sorts as versions do.
    """

    __slots__ = ()

    @staticmethod
    def parse(text: str) -> Version:
        """Return the version that the text spells (CEP 33); raise InvalidVersion."""
        return _interned(text) if len(text) <= _LONGEST_INTERNED else _version(text, _encoded_piece)

    @property
    def pieces(self) -> tuple[tuple[str, ...], ...]:
        """The main part as it is compared, the epoch first: numbers without leading zeros, and texts, in turn."""
        parts = _cut(self.text)
        return tuple(tuple(_runs(piece)) for piece in (parts.epoch, *parts.main))

    @property
    def local_pieces(self) -> tuple[tuple[str, ...], ...]:
        """The part after `+` as it is compared; empty where there is none."""
        return tuple(tuple(_runs(piece)) for piece in _cut(self.text).local)

    def prefix_range(self) -> tuple[str, str]:
        """Return the first key, and the first key past, of the versions that start with this one (`=1.7`)."""
        last = self.text.rpartition(".")[2]
        if last.isdecimal() and last.strip("0") and "+" not in self.text:
            start = self.key[:-3]
            return start, start + "~"
        parts = _cut(self.text)
        head = _encoded_epoch(parts.epoch)
        if parts.local:
            return _prefix_range(head + _encoded_pieces(parts.main, _encoded_piece), parts.local)
        return _prefix_range(head, parts.main)

    def compatible_range(self) -> tuple[str, str]:
        """Return the keys of the versions that `~=` accepts: from this one on, equal up to the last piece but one.

        Raise InvalidVersion for a version of one piece.
        """
        parts = _cut(self.text)
        if len(parts.main) == 1:
            reason = f"`~=` needs a version of two parts or more, not {quoted(self.text)}"
            raise InvalidVersion(reason, hint=f"write `>={self.text}`", reason=reason, text=self.text, position=0)
        return self.key, _prefix_range(_encoded_epoch(parts.epoch), parts.main[:-1])[1]

    def starts_with(self, prefix: Version) -> bool:
        """Tell whether the version starts with the prefix, piece by piece: `1.7.1` with `1.7`, but not `1.70`."""
        low, high = prefix.prefix_range()
        return low <= self.key < high

    def __lt__(self, other: object) -> bool:
        return self.key < other.key if isinstance(other, Version) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.key <= other.key if isinstance(other, Version) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.key > other.key if isinstance(other, Version) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.key >= other.key if isinstance(other, Version) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Version) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Version({self.text!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"a Version cannot be changed: {name}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[Callable[[str], Version], tuple[str]]:
        return Version.parse, (self.text,)


def _encoded_piece(piece: str) -> str:
    """Return a piece as it stands in a key, empty for zero; raise ValueError for one that is no piece."""
    if piece.isdecimal():
        digits = piece.lstrip("0")
        if len(digits) < 9:
            return f"e{len(digits)}{digits}{{" if digits else ""
        return f"e{_encoded_number(digits)}{{"
    if not (piece.isalnum() or piece == "_" or (piece.endswith("_") and piece[:-1].isalnum())):
        raise ValueError
    runs = _runs(piece)
    body = _encoded_runs(runs)
    return f"{_mark(body)}{body}{{" if len(runs) % 2 else f"{_mark(body)}{body}0{{"


_remembered_piece: Final = lru_cache(maxsize=1 << 14)(_encoded_piece)


def _version(text: str, encoded: Callable[[str], str] = _remembered_piece) -> Version:
    text = text.strip()
    try:
        dotted = text if text.endswith("_") else text.replace("_", ".")
        if dotted.isascii() and dotted.replace(".", "").isalnum():
            tokens = list(map(encoded, dotted.lower().split(".")))
            key = f"{''.join(_marked(tokens) if '' in tokens else tokens)}cc"
        else:
            key = _key(_cut(text), encoded)
    except ValueError:
        raise _explanation(text) from None
    version = _Unsealed()
    version.text = text
    version.key = key
    version.__class__ = Version
    return cast("Version", version)


_interned: Final = lru_cache(maxsize=1 << 15)(_version)


def _key(parts: _Parts, encoded: Callable[[str], str]) -> str:
    main = _encoded_pieces(parts.main, encoded)
    return f"{_encoded_epoch(parts.epoch)}{main}{_encoded_pieces(parts.local, encoded)}"


def _cut(text: str) -> _Parts:
    """Cut a text at `!`, `+`, `.` and `_`; raise ValueError for what can be no version."""
    if not text.isascii():
        raise ValueError
    text = text.lower()
    if "-" in text:
        if "_" in text:
            raise ValueError
        text = text.replace("-", "_")
    epoch, bang, rest = text.rpartition("!")
    if bang and not epoch.isdecimal():
        raise ValueError
    main, plus, local = rest.partition("+")
    if main.endswith("_"):
        pieces = main[:-1].replace("_", ".").split(".")
        pieces[-1] += "_"
        if len(pieces) == 1 and main == "_":
            raise ValueError
    else:
        pieces = main.replace("_", ".").split(".")
    return _Parts(epoch or "0", pieces, local.replace("_", ".").split(".") if plus else [])


def _encoded_pieces(pieces: list[str], encoded: Callable[[str], str]) -> str:
    tokens = list(map(encoded, pieces))
    return f"{''.join(_marked(tokens))}c"


def _marked(tokens: list[str]) -> list[str]:
    """Replace the empty tokens of zero pieces by marks that say which way the next piece leaves zero, if one does."""
    mark = ""
    for index in range(len(tokens) - 1, -1, -1):
        if tokens[index]:
            mark = "d" if tokens[index][0] == "e" else "b"
        else:
            tokens[index] = mark
    return tokens


def _zeros(count: int, token: str) -> str:
    """Return the marks of so many zero pieces before a piece."""
    return ("d" if token[0] == "e" else "b") * count


def _mark(body: str) -> str:
    """Return whether a piece that is not zero stands above zero (`e`) or below (`a`)."""
    return "a" if body[0] == "0" and body[1] != "|" else "e"


def _runs(piece: str) -> list[str]:
    """Cut a piece into numbers and texts in turn, a number first."""
    runs = [run.lstrip("0") or "0" if run[0].isdecimal() else run for run in re.findall(_RUNS, piece)]
    return runs if runs[0][0].isdecimal() else ["0", *runs]


def _encoded_runs(runs: list[str]) -> str:
    return "".join(_encoded_text(run) if index % 2 else _encoded_number(run) for index, run in enumerate(runs))


def _encoded_text(run: str) -> str:
    return "!" if run == "dev" else "|" if run == "post" else run


def _encoded_number(digits: str) -> str:
    digits = digits.lstrip("0")
    count = len(digits)
    return f"{count}{digits}" if count < 9 else f"9{_encoded_number(str(count))}{digits}"


def _encoded_epoch(epoch: str) -> str:
    number = _encoded_number(epoch)
    return "" if number == "0" else f"f{number}"


def _prefix_range(head: str, pieces: list[str]) -> tuple[str, str]:
    """Return the keys between which all versions lie that begin with these pieces, the last one left open."""
    before = _encoded_pieces(pieces[:-1], _encoded_piece)[:-1]
    zeros = 0
    for piece in reversed(pieces[:-1]):
        if _encoded_piece(piece):
            break
        zeros += 1
    runs = _runs(pieces[-1])
    body = _encoded_runs(runs)
    if body == "0":
        return f"{head}{before}{'b' * zeros}a", f"{head}{before}{'d' * zeros}e1"
    start = f"{head}{before}{_zeros(zeros, _mark(body))}{_mark(body)}{body}"
    return (start, start + "~") if len(runs) % 2 else (start + "0", start + ":")


def _explanation(text: str) -> InvalidVersion:
    """Return the error that names the reason and the place."""
    reason, position = _reason(text)
    message = f"version {quoted(text)} is not valid: {reason}" if text else "a version is empty"
    hint = "a version is made of digits, letters and dots, as in `1.2.3`, `1.2.3rc1` or `2024a`"
    return InvalidVersion(message, hint=hint, reason=reason, text=text, position=position)


def _reason(text: str) -> tuple[str, int]:
    for position, character in enumerate(text):
        if character.lower() not in _ALLOWED or not character.isascii():
            return f"{quoted(character)} cannot be part of a version", position
    if "-" in text and "_" in text:
        return "it mixes `-` and `_`", max(text.find("-"), text.find("_"))
    for mark, name in (("!", "epoch"), ("+", "local part")):
        if text.count(mark) > 1:
            return f"`{mark}` occurs twice (it marks the {name})", text.rfind(mark)
    epoch, bang, rest = text.rpartition("!")
    if bang and not epoch.isdecimal():
        return "the epoch before `!` is not a number", 0
    main, plus, local = rest.partition("+")
    start = len(text) - len(rest)
    if not main.strip("_-"):
        return "there is nothing but separators" if main else "there is no version before `+`", start
    if plus and not local:
        return "there is nothing after `+`", len(text)
    return "it has an empty part", _empty_part(text, start)


def _empty_part(text: str, start: int) -> int:
    """Return where the first separator stands that has nothing before it, or the end of the text."""
    previous = "."
    for position in range(start, len(text)):
        character = text[position]
        if character in "._-+" and previous in "._-+":
            return position
        previous = character
    return len(text)
