"""The first reading of a name's entries, which finds out all that is kept of them."""

from __future__ import annotations

import sys

from conda_channels.checks import Checks
from conda_channels.entries import EntryReader
from conda_channels.plain_entries import Odd, PlainCodec, plain_json_value
from conda_channels.ready_making import records_made_ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_channels.place import Place
    from conda_channels.ready import Ready
    from conda_channels.texts import Texts
    from conda_channels.whole_reading import WholeReading

_LITTLE = 1 << 18
"""Bytes that are read before what is quicker with many is loaded."""


class FirstReading:
    """Reads the entries of the names of one subdir; with `only_old` there are none in the new format.

    Where they are few, as is to be expected `after_others`, it does without the library that is quicker with many.
    """

    def __init__(self, place: Place, texts: Texts, *, only_old: bool, after_others: bool) -> None:
        self._place = place
        self._texts = texts
        self._only_old = only_old
        self._made_plain: EntryReader | None = None
        self._removed = texts.removed()
        self._checks = Checks()
        self._room = _LITTLE if after_others else 0
        self._made_whole: WholeReading | None = None

    def needs(self, contents: list[bytes]) -> tuple[str, ...] | None:
        """Return the names that those need which documents hold; `None` where only the records can tell."""
        return None if self._are_few(contents) else self._whole.needs(contents)

    def ready(self, name: str, contents: list[bytes], digest: bytes) -> Ready:
        """Return the records that documents of this digest hold of a name."""
        if self._are_few(contents):
            self._room -= sum(map(len, contents))
            try:
                records, faults = self._plain.records(name, contents, self._removed)
            except Odd:
                pass
            else:
                return records_made_ready(records, faults, self._checks, digest)
        return self._whole.ready(name, contents, digest)

    def _are_few(self, contents: list[bytes]) -> bool:
        """Tell whether documents are read without the library; once it is loaded it costs nothing."""
        return "msgspec" not in sys.modules and sum(map(len, contents)) <= self._room

    @property
    def _plain(self) -> EntryReader:
        if self._made_plain is None:
            codec = PlainCodec(plain_json_value if self._texts.is_json else _message_pack())
            self._made_plain = EntryReader(self._place, self._texts.base_url, codec, only_old=self._only_old)
        return self._made_plain

    @property
    def _whole(self) -> WholeReading:
        if self._made_whole is None:
            from conda_channels.whole_reading import WholeReading  # noqa: PLC0415 - costs 10 ms, and may not be needed

            self._made_whole = WholeReading(self._place, self._texts, self._checks, only_old=self._only_old)
        return self._made_whole


def _message_pack() -> Callable[[bytes], object]:
    from conda_channels.message_pack import message_pack_value  # noqa: PLC0415 - costs 1 ms

    return message_pack_value
