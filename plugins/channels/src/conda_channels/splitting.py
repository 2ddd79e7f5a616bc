"""Takes a repodata file apart while it is unpacked: its maps of packages come in runs of entries, never as a whole.

A run ends where an entry ends. That such a place was found is proved by decoding: what stands between the braces of a
map decodes, in braces, exactly when it consists of whole entries. What is no longer than a run is decoded as a whole.

Where there is an earlier pack of the same file, and the text has no blanks, names are taken one by one: what was proved
of them before is proved when a text still has the same there. Then nothing is decoded but what is new.
"""

from __future__ import annotations

import json
import re

from conda_channels.carrying import braces
from conda_channels.document import json_value
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import msgspec

    from conda_channels.carrying import Carried, Earlier

RUN = 1 << 22

LARGEST_VALUE = 1 << 28
"""Bytes of one entry, or of a value beside the maps of packages, at most."""

SECTIONS = ("packages", "packages.conda")
NESTED = "v3"
MAPS = frozenset({*SECTIONS, NESTED})
"""The members that are maps, or null."""

_SPACE = b" \t\r\n"
_KEY = re.compile(rb'[ \t\r\n]*"((?:[^"\\]|\\.)*)"[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)
_NEXT_ENTRY = re.compile(rb'"(?:[^"\\]|\\.)*"[ \t\r\n]*:[ \t\r\n]*\{', re.DOTALL)
_SPACED_END = re.compile(rb'\}[ \t\r\n]*,[ \t\r\n]*(?="(?:[^"\\]|\\.)*"[ \t\r\n]*:[ \t\r\n]*\{)', re.DOTALL)
_PLAIN_KEY = re.compile(rb'"([!#-\[\]-~]*)-[!#-,.-\[\]-~]*-[!#-,.-\[\]-~]*":\{')
"""A file name before an entry, as most are and without blanks; the first group is the name of the package."""
_FAR_ENOUGH = 1 << 16
_NEARNESS = 1 << 8
_FEW = 64
_LITTLE = 1 << 18
"""Bytes of new entries that are decoded with the standard library before another is loaded, which takes 10 ms."""
_TRIES = 64
"""How often names are taken one by one after others that cannot be: each time it may be tried in vain, up to a run."""

_scan = json.JSONDecoder().raw_decode


class Section(NamedTuple):
    """A run of entries of one map: `path` are the keys that lead to it."""

    path: tuple[str, ...]
    entries: dict[str, msgspec.Raw]


class Named(NamedTuple):
    """The entries of one name in the map to which `path` leads, as they stand there."""

    path: tuple[str, ...]
    name: str
    text: bytes


class Value(NamedTuple):
    """Something that stands beside the maps of packages."""

    key: str
    text: bytes


def split_document(
    pieces: Iterator[bytes], run: int = RUN, earlier: Earlier | None = None
) -> Iterator[Section | Named | Carried | Value]:
    """Yield what a document holds, in its order; a file of nothing but blanks is an empty document.

    `run` is how many bytes of text are looked at together, at least; `earlier` are the pieces of an earlier pack.
    Raises ValueError and RecursionError for what is no JSON object, and whatever the pieces raise.
    """
    text = _Text(pieces, run)
    whole = text.whole()
    parts = _parts_of(whole) if earlier is None else None
    if parts is not None:
        yield from parts
        return
    if text.is_blank():
        return
    text.expect(b"{")
    yield from _members(text, (), earlier)
    if not text.is_blank():
        raise ValueError("something follows its end")


def _parts_of(whole: bytes | None) -> list[Section | Value] | None:
    """Return what a document holds that is there as a whole; `None` for another, and for one that is none."""
    try:
        return list(_parted(_entries(whole), ())) if whole is not None else None
    except ValueError:
        return None


def _parted(members: dict[str, msgspec.Raw], path: tuple[str, ...]) -> Iterator[Section | Value]:
    for key, value in members.items():
        is_map = bytes(memoryview(value)[:1]) == b"{"
        if is_map and (path or key in SECTIONS):
            entries = _entries(value)
            if entries:
                yield Section((*path, key), entries)
        elif is_map and key == NESTED:
            yield from _parted(_entries(value), (key,))
        elif not path:
            yield Value(key, bytes(value))


def _members(
    text: _Text, path: tuple[str, ...], earlier: Earlier | None
) -> Iterator[Section | Named | Carried | Value]:
    """Yield the members of an object whose brace has been read."""
    if text.take(b"}"):
        return
    while True:
        key = text.key()
        is_map = text.peek() == b"{"
        if is_map and ((not path and key in SECTIONS) or path):
            yield from _section(text, (*path, key), earlier)
        elif is_map and not path and key == NESTED:
            text.expect(b"{")
            yield from _members(text, (key,), earlier)
        else:
            value = text.value()
            if not path:
                yield Value(key, value)
        if text.take(b"}"):
            return
        text.expect(b",")


def _section(text: _Text, path: tuple[str, ...], earlier: Earlier | None) -> Iterator[Section | Named | Carried]:
    text.expect(b"{")
    if text.take(b"}"):
        return
    while True:
        if earlier is not None and (yield from text.names(path, earlier)):
            return
        entries, is_last = text.run()
        if entries:
            yield Section(path, entries)
        if is_last:
            return


def _entries(content: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return the members of an object; raise ValueError."""
    import msgspec  # noqa: PLC0415 - costs 10 ms, and where little has changed nothing is decoded with it

    try:
        return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


class _Text:
    """The part of the text that is unpacked and not yet understood."""

    def __init__(self, pieces: Iterator[bytes], run: int) -> None:
        self._pieces = pieces
        self._run = run
        self._near = run // _NEARNESS
        self._decoded = 0
        self._tries = _TRIES
        self._held = b""
        self._position = 0
        self._is_complete = False

    def whole(self) -> bytes | None:
        """Return the whole text, if it is no longer than a run."""
        self._more(self._run)
        return self._held if self._is_complete else None

    def is_blank(self) -> bool:
        """Tell whether nothing but blanks is left."""
        while not self._skip() and self._more(1):
            pass
        return not self._skip()

    def peek(self) -> bytes:
        """Return the next byte that is no blank."""
        if self.is_blank():
            raise ValueError("it is not complete")
        return self._held[self._position : self._position + 1]

    def take(self, sign: bytes) -> bool:
        """Step over a sign, if it is the next."""
        if self.peek() != sign:
            return False
        self._position += 1
        return True

    def expect(self, sign: bytes) -> None:
        """Step over a sign; raise ValueError for another."""
        if not self.take(sign):
            raise ValueError(f"there is no {sign.decode()!r} where one must be")

    def key(self) -> str:
        """Read a key and its colon."""
        match = _KEY.match(self._held, self._position)
        # What ends in a blank may go on with blanks.
        while (match is None or match.end() == len(self._held)) and self._more(self._run):
            match = _KEY.match(self._held, self._position)
        if match is None:
            raise ValueError("there is no key where one must be")
        self._position = match.end()
        return str(json_value(b'"' + match[1] + b'"'))

    def value(self) -> bytes:
        """Read a value of any kind."""
        start = self._position
        size = self._run
        while True:
            end = self._end_of_value(start)
            if end is not None and (end < len(self._held) or self._is_complete):
                self._position = end
                return self._held[start:end]
            if not self._more(size) and end is None:
                raise ValueError("it is not complete, or no JSON")
            start, size = self._position, size * 2
            if len(self._held) - start > LARGEST_VALUE:
                raise ValueError("a value in it is too large")

    def names(self, path: tuple[str, ...], earlier: Earlier) -> Generator[Named | Carried, None, bool]:
        """Yield the entries of name after name, as long as that is seen to be right, and tell whether the map ends.

        The brace is then read too.
        """
        self._tries -= 1
        around = braces(path)
        while self._tries >= 0:
            if len(self._held) - self._position < self._run:
                self._more(self._run)
            key = _PLAIN_KEY.match(self._held, self._position)
            if key is None:
                return False
            start, name = self._position, key[1]
            found: tuple[Named | Carried, int] | None
            found = earlier.next_same(name.decode(), around, self._held, start)
            if found is None or not self._is_last(name, found[1]):
                found = self._new(path, name, start)
            if found is None:
                return False
            part, end = found
            yield part
            self._position = end + 1
            if self._held.startswith(b"}", end):
                return True
        return False

    def _is_last(self, name: bytes, end: int) -> bool:
        """Tell whether entries of a name that end at a place are its last, as far as the next one tells."""
        key = _PLAIN_KEY.match(self._held, end + 1)
        return self._held.startswith((b",", b"}"), end) and (key is None or key[1] != name)

    def _new(self, path: tuple[str, ...], name: bytes, start: int) -> tuple[Named | Carried, int] | None:
        """Return the entries of a name from a place on, if they are seen to be whole, and where they end."""
        end = self._before_another(name, start) or self._before_brace(start, _FAR_ENOUGH)
        part = Named(path, name.decode(), self._held[start:end])
        self._decoded += len(part.text)
        try:
            entries = (_entries if self._decoded > _LITTLE else json_value)(b"{" + part.text + b"}")
        except (ValueError, RecursionError):
            return None
        is_whole = isinstance(entries, dict) and {key.rsplit("-", 2)[0] for key in entries} == {part.name}
        return (part, end) if is_whole and self._held.startswith((b",", b"}"), end) else None

    def _before_another(self, name: bytes, start: int) -> int:
        """Return where the entries of a name seem to end that those of another follow, 0 for nowhere."""
        held, end = self._held, start
        while True:
            end = held.find(b'},"', end) + 1
            key = _PLAIN_KEY.match(held, end + 1) if end else None
            if not end or (key is not None and key[1] != name):
                return end

    def _before_brace(self, start: int, size: int) -> int:
        """Return where a map ends, if it has no more than so many bytes from a place on, else the place itself."""
        try:
            return start + _scan("{" + self._held[start : start + size].decode("latin-1"))[1] - 2
        except (ValueError, RecursionError):
            return start

    def run(self) -> tuple[dict[str, msgspec.Raw], bool]:
        """Read whole entries of a map, and tell whether they are its last ones; the brace is then read too."""
        if len(self._held) - self._position < self._run:
            self._more(self._run)
        end = self._before_brace(self._position, self._near)
        if end > self._position:
            # There may be very many that are small: to look for the end of each from behind would take a run each.
            entries = _entries(b"{" + self._held[self._position : end] + b"}")
            self._position = end + 1
            return entries, True
        window = len(self._held) - self._position
        while window > self._near:
            cut = self._last_end(self._position + window)
            if not cut:
                break
            try:
                entries = _entries(b"{" + self._held[self._position : cut] + b"}")
            except ValueError:
                # The map ends before the cut, or the cut is inside an entry: somewhere before there is a good one.
                window = min(window, cut - self._position) // 2
            else:
                self._position = self._held.index(b",", cut) + 1
                return entries, False
        return self._one_by_one()

    def _one_by_one(self) -> tuple[dict[str, msgspec.Raw], bool]:
        """Read the entries that are held, or one that is not held as a whole."""
        entries: dict[str, msgspec.Raw] = {}
        end = len(self._held)
        while True:
            key = self.key()
            value = self.value()
            entries[key] = _entries(b'{"":' + value + b"}")[""]
            if self.take(b"}"):
                return entries, True
            self.expect(b",")
            if len(self._held) != end or (len(entries) >= _FEW and end - self._position > self._near):
                return entries, False

    def _last_end(self, before: int) -> int:
        """Return where the last entry before a place seems to end that another follows, 0 for nowhere."""
        held, first, end = self._held, self._position, before
        for _ in range(16):
            end = held.rfind(b'},"', first, end)
            if end < 0:
                break
            if _NEXT_ENTRY.match(held, end + 2):
                return end + 1
        ends = [match.start() for match in _SPACED_END.finditer(held, max(first, before - _FAR_ENOUGH), before)]
        return ends[-1] + 1 if ends else 0

    def _end_of_value(self, start: int) -> int | None:
        # Latin 1 has a letter for every byte, so that places in the text are places in the bytes.
        for size in (1 << 12, _FAR_ENOUGH, len(self._held)):
            shown = self._held[start : start + size].decode("latin-1")
            try:
                end: int = _scan(shown)[1]
            except ValueError:
                if len(shown) < size:
                    return None
            else:
                # A number, at the end of what is shown, may have more digits.
                if end < len(shown) or start + end == len(self._held):
                    return start + end
        return None

    def _skip(self) -> bool:
        """Step over blanks, and tell whether something else is held."""
        held, position = self._held, self._position
        while position < len(held) and held[position] in _SPACE:
            position += 1
        self._position = position
        return position < len(held)

    def _more(self, size: int) -> bool:
        """Hold at least so many bytes more, if there are any, and forget those that were understood."""
        if self._is_complete:
            return False
        rest = self._held[self._position :]
        found = [rest] if rest else []
        added = 0
        while added < size:
            piece = next(self._pieces, None)
            if piece is None:
                self._is_complete = True
                break
            found.append(piece)
            added += len(piece)
        self._held = b"".join(found)
        self._position = 0
        return added > 0
