"""Reads the entries of a name whose fields all are what they usually are, in a third of the time.

What a field may be stands in its type, which msgspec checks; the rest is checked for all entries in one step. Where any
of them is odd, be it damaged or merely rare, `conda_channels.entries` reads them all: nothing is told from here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from conda_channels.package_names import NEW, OLD
from conda_kernel.model.record import NO_GROUPS, NOTHING, USUAL_NAME, USUAL_PART, PackageRecord
from conda_kernel.model.record_fields import LARGEST_NUMBER, LAST_SECOND, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_channels.place import Place

_MD5, _SHA256 = 16, 32
"""The octets of digests."""

_FEATURES = "track_features"

_Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_NUMBER)]
_Milliseconds = Annotated[int, msgspec.Meta(gt=LAST_SECOND, le=LARGEST_NUMBER)]

_is_usual_name, _is_usual_part = re.compile(USUAL_NAME).fullmatch, re.compile(USUAL_PART).fullmatch
_are_digits = re.compile(r"[0-9a-f]*").fullmatch
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


class Entry(msgspec.Struct, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An entry, but for its digests; `subdir` is not trusted."""

    name: str
    version: str
    build: str
    build_number: _Count
    depends: tuple[str, ...]
    size: _Count
    constrains: tuple[str, ...] = ()
    timestamp: _Milliseconds = 0
    noarch: Literal["python", "generic"] | None = None
    license: str | None = None
    license_family: str | None = None
    subdir: str = ""
    track_features: str = ""


class TextEntry(Entry, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An entry in JSON."""

    md5: Annotated[str, msgspec.Meta(min_length=2 * _MD5, max_length=2 * _MD5)]
    sha256: Annotated[str, msgspec.Meta(min_length=2 * _SHA256, max_length=2 * _SHA256)]


class PackedEntry(Entry, gc=False, forbid_unknown_fields=True, kw_only=True):
    """An entry in msgpack."""

    md5: Annotated[bytes, msgspec.Meta(min_length=_MD5, max_length=_MD5)]
    sha256: Annotated[bytes, msgspec.Meta(min_length=_SHA256, max_length=_SHA256)]


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
    """Makes the records of names, as `EntryReader` does, where it can."""

    def __init__(self, place: Place, base_url: str, *, is_json: bool) -> None:
        self._is_json = is_json
        self._decode: Callable[[bytes], TextDocument | PackedDocument] = (
            msgspec.json.Decoder(TextDocument).decode if is_json else msgspec.msgpack.Decoder(PackedDocument).decode
        )
        self._channel = place.channel.name
        self._subdir = place.subdir
        self._folder = base_url if base_url.endswith("/") else f"{base_url}/"
        self._channel_url = "" if base_url == place.url else place.channel.base_url
        # What was found to be as usual: most versions, builds and lists of a channel come again.
        self._parts: set[str] = set()
        self._lists: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._texts: dict[str | None, Any] = {}

    def records(self, name: str, contents: Iterable[bytes], removed: frozenset[str]) -> list[PackageRecord] | None:
        """Return the records of the documents that hold the entries of a name; `None` when anything is odd.

        Equal requirements are one object, and so are equal lists of them.
        """
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
        stems = [f"{name}-{entry.version}-{entry.build}" for entry in entries]
        file_names = [*(stem + NEW for stem in stems[: len(new)]), *(stem + OLD for stem in stems[len(new) :])]
        # A build in both formats is one record.
        is_usual = file_names == [*new, *old] and len(set(stems)) == len(stems)
        if not (is_usual and _is_usual_name(name) and self._are_usual(name, entries)):
            return None
        digests = self._digests(entries)
        return self._made(entries, file_names, digests) if digests is not None else None

    def _are_usual(self, name: str, entries: list[Any]) -> bool:
        parts = {part for entry in entries for part in (entry.version, entry.build)} - self._parts
        lists = {each for entry in entries for each in (entry.depends, entry.constrains)}.difference(self._lists)
        if not (
            all(map(_is_usual_part, parts))
            and {entry.name for entry in entries} <= {name}
            # What stands in brackets may be for newer package managers.
            and "[" not in "".join(map("".join, lists))
        ):
            return False
        self._parts |= parts
        same = self._texts.setdefault
        for each in lists:
            found = tuple([same(text, text) for text in each])
            self._lists[found] = found
        return True

    def _digests(self, entries: list[Any]) -> tuple[list[str], list[str]] | None:
        """Return the digests of both kinds in hexadecimal digits, `None` when they are other texts."""
        md5, sha256 = [entry.md5 for entry in entries], [entry.sha256 for entry in entries]
        if not self._is_json:
            return list(map(bytes.hex, md5)), list(map(bytes.hex, sha256))
        return (md5, sha256) if _are_digits("".join(md5 + sha256)) else None

    def _made(
        self, entries: list[Any], file_names: list[str], digests: tuple[list[str], list[str]]
    ) -> list[PackageRecord]:
        channel, subdir, folder, channel_url = self._channel, self._subdir, self._folder, self._channel_url
        kind, new, same, text = PackageRecord, _new, self._lists, self._texts.setdefault
        return [
            new(
                kind,
                (
                    entry.name,
                    text(entry.version, entry.version),
                    entry.build,
                    entry.build_number,
                    channel,
                    subdir,
                    file_name,
                    folder + file_name,
                    same[entry.depends],
                    same[entry.constrains],
                    words({_FEATURES: entry.track_features}, _FEATURES) if entry.track_features else (),
                    md5,
                    sha256,
                    entry.size,
                    entry.timestamp,
                    entry.noarch,
                    text(entry.license, entry.license),
                    text(entry.license_family, entry.license_family),
                    (),
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    NO_GROUPS,
                    (),
                    channel_url,
                    NOTHING,
                ),
            )
            for entry, file_name, md5, sha256 in zip(entries, file_names, *digests, strict=True)
        ]


def _without(entries: dict[str, Any], removed: frozenset[str]) -> dict[str, Any]:
    return {file_name: entry for file_name, entry in entries.items() if file_name not in removed}
