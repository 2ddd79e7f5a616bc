"""Reads the entries of a name whose fields all are what they usually are, in a third of the time.

What a field may be stands in its type, which msgspec checks; the rest is checked for all entries in one step. Where any
of them is odd, be it damaged or merely rare, `conda_channels.entries` reads them all: nothing is told from here. No
record is made: what is read is kept in columns, and those are sorted here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from conda_channels.package_names import NEW, OLD
from conda_channels.ready import MD5_OCTETS, SHA256_OCTETS
from conda_channels.ready_making import Fields
from conda_kernel.model.errors import ParseError
from conda_kernel.model.package import LAST_SECOND
from conda_kernel.model.record import USUAL_NAME, USUAL_PART
from conda_kernel.model.record_fields import LARGEST_NUMBER, words
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_FEATURES = "track_features"

_Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_NUMBER)]
_Milliseconds = Annotated[int, msgspec.Meta(gt=LAST_SECOND, le=LARGEST_NUMBER)]

_is_usual_name = re.compile(USUAL_NAME).fullmatch
_are_usual_parts = re.compile(rf"(?:{USUAL_PART}\n)*+").fullmatch
_are_digits = re.compile(r"[0-9a-f]*").fullmatch


class Entry(msgspec.Struct, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An entry, but for its digests; `subdir` is not trusted.

    Lists of requirements come again from build to build: each is decoded once.
    """

    name: str
    version: str
    build: str
    build_number: _Count
    depends: msgspec.Raw
    size: _Count
    timestamp: _Milliseconds = 0
    noarch: Literal["python", "generic"] | None = None
    license: str | None = None
    license_family: str | None = None
    subdir: str = ""
    track_features: str = ""


class TextEntry(Entry, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An entry in JSON."""

    constrains: msgspec.Raw = msgspec.Raw(b"[]")
    md5: Annotated[str, msgspec.Meta(min_length=2 * MD5_OCTETS, max_length=2 * MD5_OCTETS)]
    sha256: Annotated[str, msgspec.Meta(min_length=2 * SHA256_OCTETS, max_length=2 * SHA256_OCTETS)]


class PackedEntry(Entry, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An entry in msgpack."""

    constrains: msgspec.Raw = msgspec.Raw(b"\x90")
    md5: Annotated[bytes, msgspec.Meta(min_length=MD5_OCTETS, max_length=MD5_OCTETS)]
    sha256: Annotated[bytes, msgspec.Meta(min_length=SHA256_OCTETS, max_length=SHA256_OCTETS)]


class Document(msgspec.Struct):
    """What stands beside the entries of a name."""

    v3: dict[str, Any] = {}
    removed: list[str] = []


class TextDocument(Document):
    """The entries of a name in JSON."""

    old: dict[str, TextEntry] = msgspec.field(default_factory=dict, name="packages")
    new: dict[str, TextEntry] = msgspec.field(default_factory=dict, name="packages.conda")


class PackedDocument(Document):
    """The entries of a name in msgpack."""

    old: dict[str, PackedEntry] = msgspec.field(default_factory=dict, name="packages")
    new: dict[str, PackedEntry] = msgspec.field(default_factory=dict, name="packages.conda")


class UsualReader:
    """Reads the entries of names, as `EntryReader` does, where it can."""

    def __init__(self, *, is_json: bool) -> None:
        self._decode: Callable[[bytes], TextDocument | PackedDocument] = (
            msgspec.json.Decoder(TextDocument).decode if is_json else msgspec.msgpack.Decoder(PackedDocument).decode
        )
        library = msgspec.json if is_json else msgspec.msgpack
        self._list: Callable[[bytes], tuple[str, ...]] = library.Decoder(tuple[str, ...]).decode

    def fields(self, name: str, contents: Iterable[bytes], removed: frozenset[str]) -> Fields | None:
        """Return what documents hold that have the entries of a name, best first; `None` when anything is odd."""
        old: dict[str, Any] = {}
        new: dict[str, Any] = {}
        try:
            for content in contents:
                document = self._decode(content)
                if document.v3:
                    return None
                removed = removed.union(document.removed)
                old.update(document.old)
                new.update(document.new)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None
        if removed:
            old, new = _without(old, removed), _without(new, removed)
        entries = [*new.values(), *old.values()]
        before = f"{name}-"
        file_names = [f"{before}{entry.version}-{entry.build}{NEW}" for entry in new.values()]
        file_names += [f"{before}{entry.version}-{entry.build}{OLD}" for entry in old.values()]
        # A build in both formats is one record.
        are_twins = new and not old.keys().isdisjoint([file_name.removesuffix(NEW) + OLD for file_name in new])
        if are_twins or file_names != [*new, *old] or not (_is_usual_name(name) and _are_usual(name, entries)):
            return None
        try:
            keys = {version: Version.parse(version).key for version in {entry.version for entry in entries}}
            features = {
                text: words({_FEATURES: text}, _FEATURES) for text in {entry.track_features for entry in entries}
            }
            places = _best_first(entries, file_names, keys, features)
            in_order = [entries[place] for place in places]
            return self._fields(in_order, [int(place >= len(new)) for place in places], features)
        except (ParseError, msgspec.DecodeError, RecursionError, ValueError):
            return None

    def _fields(self, entries: list[Any], suffixes: list[int], features: Mapping[str, Sequence[str]]) -> Fields | None:
        """Return what entries hold, in their order; `None` when lists or digests are odd."""
        packed: dict[bytes, int] = {}
        number = packed.setdefault
        depends = [number(bytes(entry.depends), len(packed)) for entry in entries]
        constrains = [number(bytes(entry.constrains), len(packed)) for entry in entries]
        lists = [self._list(each) for each in packed]
        md5, sha256 = (_octets([getattr(entry, kind) for entry in entries]) for kind in ("md5", "sha256"))
        # What stands in brackets may be for newer package managers.
        if md5 is None or sha256 is None or "[" in "".join(map("".join, lists)):
            return None
        return Fields(
            [entry.version for entry in entries],
            [entry.build for entry in entries],
            [entry.build_number for entry in entries],
            lists,
            depends,
            constrains,
            md5,
            sha256,
            [entry.size for entry in entries],
            [entry.timestamp for entry in entries],
            [entry.noarch for entry in entries],
            [entry.license for entry in entries],
            [entry.license_family for entry in entries],
            suffixes,
            [
                (place, {_FEATURES: features[entry.track_features]})
                for place, entry in enumerate(entries)
                if entry.track_features
            ],
        )


def _without(entries: dict[str, Any], removed: frozenset[str]) -> dict[str, Any]:
    return {file_name: entry for file_name, entry in entries.items() if file_name not in removed}


def _are_usual(name: str, entries: list[Any]) -> bool:
    """Tell whether there are entries, all of this name, with versions and builds as they should be."""
    parts = {entry.version for entry in entries} | {entry.build for entry in entries}
    lines = "\n".join((*parts, ""))
    return (
        {entry.name for entry in entries} == {name}
        and _are_usual_parts(lines) is not None
        and lines.count("\n") == len(parts)
    )


def _best_first(
    entries: list[Any], file_names: list[str], keys: Mapping[str, str], features: Mapping[str, Sequence[str]]
) -> list[int]:
    """Return the places of entries in the order of `conda_kernel.model.candidates.best_first`."""
    merits: list[tuple[object, ...]] = [(keys[entry.version], entry.build_number, entry.timestamp) for entry in entries]
    if any(features.values()):
        merits = [(-len(features[entry.track_features]), *merit) for entry, merit in zip(entries, merits, strict=True)]
    places: Iterable[int] = range(len(entries))
    if len(set(merits)) < len(merits):
        places = sorted(places, key=lambda place: (entries[place].build, file_names[place]))
    return sorted(places, key=merits.__getitem__, reverse=True)


def _octets(digests: list[Any]) -> bytes | None:
    """Return digests one after the other, `None` when they are other texts."""
    if type(digests[0]) is bytes:
        return b"".join(digests)
    digits = "".join(digests)
    return bytes.fromhex(digits) if _are_digits(digits) else None
