"""Reads tar streams: ustar, the long names of GNU tar, and pax headers (POSIX.1-2001).

Checksums are verified and sizes bounded; whether a member may be unpacked is decided elsewhere. The reader does what
package archives need and no more: on archives of many small files `tarfile` takes several times as long.
"""

from __future__ import annotations

import re
import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from conda_kernel.model.errors import quoted
from conda_kernel.model.named_tuple import NamedTuple
from conda_package_cache.errors import ArchiveFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Kind = Literal["file", "folder", "symlink", "hardlink"]

BLOCK = 512
CHUNK = 1024 * 1024
"""Bytes that are read in one go; while they are decompressed another thread may write."""

LONGEST_EXTENSION = 1024 * 1024
"""Bytes that a pax header or a long name may have."""

_ZEROS = bytes(BLOCK)
_HEADER = struct.Struct("100s8s16x12s12s8sc100s8s80x155s12x")
_KINDS: dict[bytes, Kind] = {b"0": "file", b"\0": "file", b"5": "folder", b"2": "symlink", b"1": "hardlink"}
_USTAR = b"ustar\x0000"
_LONG_NAMES = {b"L": "path", b"K": "linkpath"}
_PAX_KEYS = frozenset((b"path", b"linkpath", b"size", b"mtime"))
_TIME = re.compile(rb"(-?)([0-9]{1,18})(?:\.([0-9]*))?")


class TarMember(NamedTuple):
    """One member as its headers describe it; nothing of it is checked.

    `modified` is in nanoseconds since 1970. `target` is what a link points to. The `size` bytes of a file have to be
    taken from the source before the next member is asked for.
    """

    name: str
    kind: Kind
    mode: int
    modified: int
    size: int
    target: str


# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[TarMember], tuple[object, ...]], TarMember] = tuple.__new__


class Allowance:
    """How many bytes may still be unpacked; the parts of an archive share one."""

    __slots__ = ("left", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit

    def spend(self, count: int) -> None:
        """Take so many bytes off; raise `ArchiveFault` when there were not as many left."""
        self.left -= count
        if self.left < 0:
            raise ArchiveFault(f"it unpacks to more than {self.limit} bytes")


class ByteSource:
    """The bytes of a stream, in the pieces that are asked for."""

    __slots__ = ("_allowance", "_at", "_buffer", "_read")

    def __init__(self, read: Callable[[int], bytes], allowance: Allowance) -> None:
        """Wrap `read`, which returns at most so many bytes, and none at the end."""
        self._read = read
        self._allowance = allowance
        self._buffer = b""
        self._at = 0

    def view(self, count: int) -> memoryview | None:
        """Return exactly so many bytes without copying them, or `None` when they have to be taken in pieces."""
        end = self._at + count
        if end > len(self._buffer):
            return None
        view = memoryview(self._buffer)[self._at : end]
        self._at = end
        return view

    def take(self, count: int) -> bytes:
        """Return exactly so many bytes; raise `ArchiveFault` when the stream ends before."""
        end = self._at + count
        if end <= len(self._buffer):
            taken = self._buffer[self._at : end]
            self._at = end
            return taken
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[memoryview]:
        """Yield exactly so many bytes, piece by piece; raise `ArchiveFault` when the stream ends before."""
        while count:
            if self._at == len(self._buffer) and not self._fill():
                raise ArchiveFault("it is cut off")
            piece = memoryview(self._buffer)[self._at : self._at + count]
            self._at += len(piece)
            count -= len(piece)
            yield piece

    def skip(self, count: int) -> None:
        """Pass over so many bytes."""
        end = self._at + count
        if end <= len(self._buffer):
            self._at = end
        else:
            for _ in self.pieces(count):
                pass

    def drain(self) -> None:
        """Read to the end, so that checksums that follow the content are verified."""
        while self._fill():
            pass

    def _fill(self) -> bool:
        self._buffer = self._read(CHUNK)
        self._at = 0
        self._allowance.spend(len(self._buffer))
        return bool(self._buffer)


def read_members(source: ByteSource) -> Iterator[TarMember]:
    """Yield the members of a tar stream; what follows its end mark is read and ignored.

    Raises ArchiveFault for everything that is not well-formed, for sparse files and for kinds that are no file, folder
    or link.
    """
    extended: dict[str, bytes] = {}
    shared: dict[str, bytes] = {}
    while (block := source.take(BLOCK)) != _ZEROS:
        fields = _HEADER.unpack(block)
        _verify_checksum(block, fields[4])
        flag = fields[5]
        if flag in _KINDS:
            member = _member(fields, {**shared, **extended} if extended or shared else {})
            extended = {}
            yield member
            if member.size % BLOCK:
                source.skip(-member.size % BLOCK)
        else:
            content = _extension(source, flag, _number(fields[2]))
            if flag == b"g":
                shared.update(_shared_records(content))
            elif flag == b"x":
                _extend(extended, _pax_records(content))
            else:
                _extend(extended, {_LONG_NAMES[flag]: content.rstrip(b"\0")})
    source.drain()


def _member(fields: tuple[bytes, ...], described: Mapping[str, bytes]) -> TarMember:
    """Return the member of a header; what earlier headers say about it counts more."""
    name, mode, size_field, time_field, _, flag, target, magic, prefix = fields
    kind = _KINDS[flag]
    name, target = _until_nul(name), _until_nul(target)
    if prefix[0] and magic == _USTAR:
        name = _until_nul(prefix) + b"/" + name
    size, modified = _number(size_field), _number(time_field) * 1_000_000_000
    if described:
        name, target = described.get("path", name), described.get("linkpath", target)
        size = _pax_size(described["size"]) if "size" in described else size
        modified = _pax_time(described["mtime"]) if "mtime" in described else modified
    if flag == b"\0" and name.endswith(b"/"):
        kind = "folder"
    if size < 0 or (size and kind != "file"):
        raise ArchiveFault(f"the member {_shown(name)} has a size that it cannot have")
    return _new(TarMember, (_text(name), kind, _number(mode), modified, size, _text(target) if target else ""))


def _verify_checksum(block: bytes, stored: bytes) -> None:
    """Compare the checksum of a header: the sum of its bytes, with those of the checksum taken as blanks."""
    wanted = _number(stored)
    # The lower half of an Adler-32 is one more than the sum, as long as that is less than 65521.
    if block.isascii() and (zlib.adler32(block[156:], zlib.adler32(block[:148])) & 0xFFFF) - 1 + 256 == wanted:
        return
    summed = block[:148] + block[156:]
    if sum(summed) + 256 == wanted:
        return
    # Some old writers took bytes as signed.
    if sum(summed) - 256 * sum(byte > 127 for byte in summed) + 256 == wanted:
        return
    raise ArchiveFault("a header has a wrong checksum")


# Modes and times are the same for most members.
@lru_cache(maxsize=1024)
def _number(field: bytes) -> int:
    """Return a number of a header: octal digits, or binary when the first bit is set, as GNU tar writes large ones."""
    digits = field.strip(b" \0")
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            pass
    elif not digits:
        return 0
    elif field[0] in (0x80, 0xFF):
        return int.from_bytes(field[1:], "big") - (1 << 8 * (len(field) - 1) if field[0] == 0xFF else 0)
    raise ArchiveFault("a header holds no number where one belongs")


def _extension(source: ByteSource, flag: bytes, size: int) -> bytes:
    """Return the content of a header that describes the next member."""
    if flag == b"S":
        raise ArchiveFault("it holds a sparse file")
    if flag not in b"xgLK":
        raise ArchiveFault(f"it holds a special file (kind {quoted(flag.decode('latin-1'))})")
    if not 0 <= size <= LONGEST_EXTENSION:
        raise ArchiveFault("a header is longer than any may be")
    content = source.take(size)
    source.skip(-size % BLOCK)
    return content


def _extend(known: dict[str, bytes], more: dict[str, bytes]) -> None:
    """Add what describes the next member; what is said twice could be read either way, and is refused."""
    if known.keys() & more.keys():
        raise ArchiveFault("a member is described twice")
    known.update(more)


def _pax_records(content: bytes) -> dict[str, bytes]:
    """Return what matters of a pax header, lines of `length keyword=value` with the length of the line."""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(content):
        blank = content.find(b" ", at, at + 8)
        length = content[at:blank] if blank > 0 else b""
        end = at + int(length) if length.isdigit() else 0
        if not blank < end <= len(content) or content[end - 1 : end] != b"\n":
            raise ArchiveFault("a pax header cannot be read")
        keyword, equals, value = content[blank + 1 : end - 1].partition(b"=")
        if not equals:
            raise ArchiveFault("a pax header cannot be read")
        if keyword.startswith(b"GNU.sparse"):
            raise ArchiveFault("it holds a sparse file")
        if keyword in _PAX_KEYS:
            _extend(found, {keyword.decode(): value})
        at = end
    return found


def _shared_records(content: bytes) -> dict[str, bytes]:
    """Return the records of a pax header for all members that follow; a name or a size makes no sense there."""
    records = _pax_records(content)
    if records.keys() - {"mtime"}:
        raise ArchiveFault("a pax header gives all members one name or size")
    return records


def _pax_size(value: bytes) -> int:
    if not value.isdigit() or len(value) > 19:
        raise ArchiveFault("a pax header holds no number where one belongs")
    return int(value)


def _pax_time(value: bytes) -> int:
    match = _TIME.fullmatch(value)
    if match is None:
        raise ArchiveFault("a pax header holds no time where one belongs")
    sign, seconds, fraction = match.groups()
    nanoseconds = int(seconds) * 1_000_000_000 + int((fraction or b"0")[:9].ljust(9, b"0"))
    return -nanoseconds if sign else nanoseconds


def _until_nul(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        raise ArchiveFault(f"the name {_shown(name)} is not UTF-8") from None


def _shown(name: bytes) -> str:
    return quoted(name.decode("utf-8", "replace"))
