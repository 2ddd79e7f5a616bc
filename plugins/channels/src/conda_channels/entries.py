"""Reads the entries of one package's name, as flat files (JSON) and shards (msgpack) hold them (CEP 16, 36, 48)."""

from __future__ import annotations

import re

from conda_channels.package_names import NEW, OLD
from conda_kernel.model.record import InvalidRecord, record_reader
from conda_kernel.model.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from conda_channels.place import Place
    from conda_kernel.model.record import PackageRecord

_NEEDS_NEWER_CLIENT = re.compile(r"\[.*\b(?:when|extras|flags)\s*=")
_UNREADABLE = (InvalidRecord, RecursionError, ValueError)


class Codec(Protocol):
    """Decodes the documents of a name, and single entries of those with odd ones."""

    def document(self, content: bytes) -> Any:  # noqa: ANN401 - a type of its own
        """Return what a document holds: its maps `old`, `new` and `v3`, and the files that are `removed`, or `None`.

        The keys of maps are file names, in `v3` the suffix and the stem. Raises ValueError or RecursionError for what
        is no document.
        """
        raise NotImplementedError

    def entry(self, raw: Any) -> object:  # noqa: ANN401 - of whatever type the codec has for it
        """Return an entry that a document has undecoded; raise as above."""
        raise NotImplementedError


class EntryReader:
    """Makes the records of a name; `base_url` is the public URL of the folder that holds the packages.

    With `only_old` there are none in the new format.
    """

    def __init__(self, place: Place, base_url: str, codec: Codec, *, only_old: bool = False) -> None:
        self._only_old = only_old
        channel_url = "" if base_url == place.url else place.channel.base_url
        self._codec = codec
        self._read = record_reader(
            channel=place.channel.name, subdir=place.subdir, base_url=base_url, channel_url=channel_url
        )

    def records(
        self, name: str, contents: Iterable[bytes], removed: frozenset[str] = frozenset()
    ) -> tuple[list[PackageRecord], list[str]]:
        """Return the records that can be used, one for each build, and what is wrong with the others.

        `contents` are documents that hold the entries of this name. Of a build in both formats the one in the new
        format stands for both; where revision 3 has it too, it counts.
        """
        faults: list[str] = []
        sections: dict[str, dict[str, Any]] = {OLD: {}, NEW: {}}
        latest: dict[str, dict[str, Any]] = {OLD: {}, NEW: {}}
        for content in contents:
            try:
                found = self._codec.document(content)
            except (RecursionError, ValueError) as error:
                faults.append(f"{name}: {error}")
                continue
            removed = removed.union(found.removed or ())
            sections[OLD].update(found.old or {})
            sections[NEW].update(found.new or {})
            for suffix, entries in latest.items():
                stems = (found.v3 or {}).get(suffix[1:], {})
                entries.update((stem + suffix, entry) for stem, entry in stems.items())
        if self._only_old:
            sections[NEW], latest[NEW] = {}, {}
        legacy = self._of_formats(name, sections, removed, faults, self._legacy)
        newer = self._of_formats(name, latest, removed, faults, self._made)
        known = {(record.version, record.build) for record in newer}
        return [record for record in legacy if (record.version, record.build) not in known] + newer, faults

    def _of_formats(
        self,
        name: str,
        sections: Mapping[str, Mapping[str, Any]],
        removed: frozenset[str],
        faults: list[str],
        make: Callable[[str, str, Any, str], PackageRecord],
    ) -> list[PackageRecord]:
        old, new = sections[OLD], sections[NEW]
        found = []
        for file_name, entry in new.items():
            if file_name in removed:
                continue
            record = _made_or_fault(make, name, file_name, entry, NEW, faults)
            twin = file_name[: -len(NEW)] + OLD
            if twin in old and twin not in removed and (record is None or not record.legacy_bz2_md5):
                other = _made_or_fault(make, name, twin, old[twin], OLD, faults if record is None else [])
                record = _with_twin(record, other) if record is not None else other
            if record is not None:
                found.append(record)
        for file_name, entry in old.items():
            twin = file_name[: -len(OLD)] + NEW
            if file_name in removed or (twin in new and twin not in removed):
                continue
            record = _made_or_fault(make, name, file_name, entry, OLD, faults)
            if record is not None:
                found.append(record)
        return found

    def _legacy(self, name: str, file_name: str, entry: Any, suffix: str) -> PackageRecord:  # noqa: ANN401 - decoded
        record = self._made(name, file_name, entry, suffix)
        for text in record.depends + record.constrains:
            if "[" in text and _NEEDS_NEWER_CLIENT.search(text):
                raise InvalidRecord("it is made for newer package managers, and stands where older ones read it")
        return record

    def _made(self, name: str, file_name: str, entry: Any, suffix: str) -> PackageRecord:  # noqa: ANN401 - decoded
        if type(entry) is not dict:
            entry = self._codec.entry(entry)
        if not isinstance(entry, dict):
            raise InvalidRecord("the record is not a map")
        if not file_name.endswith(suffix):
            raise InvalidRecord("the file name has the ending of another format")
        record = self._read(file_name, entry)
        if record.name != name:
            raise InvalidRecord("the file name is that of another package")
        return record


def _made_or_fault(  # noqa: PLR0913 - what makes it, of what, and where to say what is wrong
    make: Callable[[str, str, Any, str], PackageRecord],
    name: str,
    file_name: str,
    entry: Any,  # noqa: ANN401 - as decoded
    suffix: str,
    faults: list[str],
) -> PackageRecord | None:
    try:
        return make(name, file_name, entry, suffix)
    except _UNREADABLE as error:
        faults.append(f"{file_name}: {error}")
        return None


def _with_twin(record: PackageRecord, twin: PackageRecord | None) -> PackageRecord:
    """Return the record in the new format with what is known of the same build in the old one."""
    return record if twin is None else record._replace(legacy_bz2_md5=twin.md5, legacy_bz2_size=twin.size)
