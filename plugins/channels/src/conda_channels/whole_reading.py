"""The reading of many names' entries, with a library that is quick once it is loaded."""

from __future__ import annotations

from conda_channels.decoding import JSON, MSGPACK
from conda_channels.entries import EntryReader
from conda_channels.needs import NeedsReader
from conda_channels.ready_making import made_ready, records_made_ready
from conda_channels.usual_entries import UsualReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_channels.checks import Checks
    from conda_channels.place import Place
    from conda_channels.ready import Ready
    from conda_channels.texts import Texts


class WholeReading:
    """Reads the entries of the names of one subdir; with `only_old` there are none in the new format."""

    def __init__(self, place: Place, texts: Texts, checks: Checks, *, only_old: bool) -> None:
        self._reader = EntryReader(place, texts.base_url, JSON if texts.is_json else MSGPACK, only_old=only_old)
        self._usual = UsualReader(is_json=texts.is_json) if not only_old else None
        self._removed = texts.removed()
        self._checks = checks
        self._needs = NeedsReader(self._checks, is_json=texts.is_json)

    def needs(self, contents: list[bytes]) -> tuple[str, ...] | None:
        """Return the names that those need which documents hold; `None` where only the records can tell."""
        return self._needs.needs(contents)

    def ready(self, name: str, contents: list[bytes], digest: bytes) -> Ready:
        """Return the records that documents of this digest hold of a name."""
        fields = self._usual.fields(name, contents, self._removed) if self._usual is not None else None
        if fields is not None:
            lists = [map(fields.lists.__getitem__, set(numbers)) for numbers in (fields.depends, fields.constrains)]
            needs = self._checks.needs_of_all((), *lists)
            if needs is not None:
                return made_ready(digest, needs, fields)
        records, faults = self._reader.records(name, contents, self._removed)
        return records_made_ready(records, faults, self._checks, digest)
