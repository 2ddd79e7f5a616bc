"""Puts the packages of several subdirs in one order, and remembers that order and what was asked of it.

What is remembered of a name is kept with what it was found out from: where the packages of the name have changed in any
of the subdirs it is found out again. While no index has changed, nobody asks whether they have.
"""

from __future__ import annotations

import time
from functools import partial

from conda_channels.columns import Columns, written
from conda_channels.known_records import KnownRecords, Source
from conda_channels.ready import LateRecords
from conda_kernel.errors import ChannelUnavailable
from conda_kernel.model.candidates import Ordered, in_order
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import ChannelPriority, Rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conda_channels.kept_file import KeptFile
    from conda_channels.subdir_packages import SubdirPackages
    from conda_channels.trackers import Look, Trackers
    from conda_kernel.model.record import PackageRecord

KIND = "answers 6"
"""Counts what this form looks like, how candidates are ordered and how requirements are evaluated."""

NOT_SAID = -1
_HERE = ""
"""The piece in which it stands which names are here: no package has this name."""


class Answers:
    """What was found out about a name.

    `origin` stands for what it was found out from. `order` are the places of the candidates in the records of all
    subdirs one after the other, `hidden` those of others with the reason; both are empty for packages of one subdir,
    which have their order. `masks` are the candidates that match, as bits, by the texts of requirements. `count` is
    how many candidates there are, `NOT_SAID` where some entries of the name are no candidates, and `rows` are those of
    them that were asked for.
    """

    __slots__ = ("count", "hidden", "masks", "order", "origin", "rows")

    def __init__(self, origin: bytes) -> None:
        self.origin = origin
        self.order: list[int] = []
        self.hidden: list[tuple[int, str]] = []
        self.masks: dict[str, int] = {}
        self.count = NOT_SAID
        self.rows: Mapping[int, str] = {}

    def written(self) -> bytes:
        """Return the form in which they are kept.

        Few columns hold all: one takes as long to find as thirty numbers in it to read.
        """
        return written(
            self.origin,
            [
                self.count,
                len(self.masks),
                len(self.rows),
                *self.rows,
                *self.order,
                *(place for place, _ in self.hidden),
            ],
            [
                *self.masks,
                *(f"{mask:x}" for mask in self.masks.values()),
                *self.rows.values(),
                *(reason for _, reason in self.hidden),
            ],
        )

    @classmethod
    def of(cls, content: bytes) -> Answers:
        """Read what was kept; raise ValueError for what was not."""
        columns = Columns(content)
        found = cls(columns.octets(0))
        found.count, masks, rows, *places = columns.numbers(1)
        texts = columns.texts(2)
        digits, end = texts[masks : 2 * masks], 2 * masks + rows
        found.masks = dict(zip(texts, [int(each, 16) for each in digits], strict=False))
        found.rows = dict(zip(places, texts[2 * masks : end], strict=False))
        if len(places) > rows:
            shown = len(places) - len(texts[end:])
            found.order, found.hidden = places[rows:shown], list(zip(places[shown:], texts[end:], strict=True))
        if len(found.masks) != masks or len(found.rows) != rows or min(found.masks.values(), default=0) < 0:
            raise ValueError("they are not what was written")
        return found


class Here(NamedTuple):
    """The names that are on this machine with all that they lead to, for one state of what is on it."""

    state: str
    names: frozenset[str]
    is_new: bool = False


class Merger:
    """What is known of the packages of several subdirs together, the parts; `ranks` are those of the channels.

    It is kept in a file that belongs to these subdirs in this order and to this priority alone.
    """

    def __init__(
        self,
        file: KeptFile,
        parts: Sequence[SubdirPackages],
        ranks: Mapping[str, int],
        priority: ChannelPriority,
    ) -> None:
        self._file = file
        self._parts = parts
        self._ranks = ranks
        self._priority = priority
        self._channels = [part.place.channel.name for part in parts]
        self._here: Here | None = None
        self._trackers: Trackers | None = None
        self.renew()

    def renew(self) -> None:
        """Let go of everything that was found out about names, since there are newer indexes."""
        self._edition = "\n".join([part.edition for part in self._parts])
        self._answers: dict[str, Answers] = {}
        self._masks: dict[str, dict[str, int]] = {}
        self._records: dict[str, KnownRecords] = {}
        self._changed: set[str] = set()
        self._confirmed: set[str] = set()

    def holders(self, name: str) -> list[SubdirPackages]:
        """Return the parts that have packages of a name."""
        return [part for part in self._parts if part.holds(name)]

    def ordered(self, name: str) -> Ordered | None:
        """Return the records of a name, best first."""
        answers = self._known(name)
        found = None
        if answers.count == NOT_SAID:
            holders = self.holders(name)
            found = self._merged(name, holders) if holders else Ordered(())
            if not holders or found is None or found.rejected or not all(holder.is_whole(name) for holder in holders):
                return found
            answers.count = len(found.records)
        source = Source(partial(self._loaded, name, found), partial(self._late, name, found))
        records = KnownRecords(name, answers.count, answers.rows, self._channels, source)
        return Ordered(self._records.setdefault(name, records))

    def _loaded(self, name: str, found: Ordered | None) -> Sequence[PackageRecord]:
        """Return all records of a name; raise `ChannelUnavailable` where they have been removed meanwhile."""
        found = found or self._merged(name, self.holders(name))
        if found is None or len(found.records) != self._known(name).count:
            raise ChannelUnavailable(
                f"what was cached of `{name}` is gone", hint="run the command again, with the network"
            )
        return found.records

    def _late(self, name: str, found: Ordered | None) -> LateRecords | None:
        """Return all records of a name before any is made, where they need not be put in order."""
        if found is not None:
            return found.records if isinstance(found.records, LateRecords) else None
        holders = self.holders(name)
        return holders[0].late(name) if len(holders) == 1 else None

    def _merged(self, name: str, holders: Sequence[SubdirPackages]) -> Ordered | None:
        if len(holders) < 2:
            return holders[0].ordered(name)
        parts = [found for found in (holder.ordered(name) for holder in holders) if found is not None]
        records = [record for part in parts for record in part.records]
        unreadable = tuple(rejected for part in parts for rejected in part.rejected)
        answers = self._known(name)
        if len(answers.order) + len(answers.hidden) != len(records):
            merged = in_order(records, self._ranks, self._priority)
            if len(parts) == len(holders):
                self._remember(name, answers, records, merged)
            return Ordered(merged.records, (*merged.rejected, *unreadable))
        hidden = [Rejected(records[place], reason) for place, reason in answers.hidden]
        return Ordered(tuple([records[place] for place in answers.order]), (*hidden, *unreadable))

    def hides(self, holders: Sequence[SubdirPackages]) -> bool:
        """Tell whether the order of channels may hide packages that some of the subdirs have."""
        return self._priority is ChannelPriority.STRICT and len({holder.place.channel.name for holder in holders}) > 1

    def masks(self, name: str) -> dict[str, int]:
        """Return which candidates match, by the texts of requirements; what is added is kept when all is saved."""
        masks = self._masks.get(name)
        if masks is None:
            known = self._known(name)
            if known.count == NOT_SAID and not all(holder.has(name) for holder in self.holders(name)):
                # What is not on this machine today is no candidate, which will not be so tomorrow.
                return {}
            masks = self._masks.setdefault(name, known.masks.copy())
        return masks

    def trackers(self, wanted: Iterable[str], state: str, look: Look) -> Sequence[str]:
        """Return which names have candidates that track features, of all that those lead to which are wanted."""
        if self._trackers is None:
            from conda_channels.trackers import Trackers  # noqa: PLC0415 - few requests meet a feature

            self._trackers = Trackers(self._file)
        return self._trackers.names(wanted, state, look)

    def are_here(self, names: Iterable[str], state: str) -> bool:
        """Tell whether it is known that the names and all that they lead to are on this machine.

        That counts for one state of what is on it.
        """
        content = self._file.content(_HERE) if self._here is None else None
        if content is not None:
            try:
                columns = Columns(content)
                self._here = Here(str(columns.octets(0), "utf-8", "surrogateescape"), frozenset(columns.texts(1)))
            except ValueError:
                return False
        return self._here is not None and self._here.state == state and self._here.names.issuperset(names)

    def note_here(self, names: Iterable[str], state: str) -> None:
        """Take note that the names and all that they lead to are here."""
        before = self._here.names if self._here is not None and self._here.state == state else ()
        self._here = Here(state, frozenset((*before, *names)), is_new=True)

    def forget(self, names: Iterable[str]) -> None:
        """Let go of what is known of the names."""
        for name in names:
            self._answers.pop(name, None)
            self._masks.pop(name, None)
            self._records.pop(name, None)
            self._changed.discard(name)
            self._confirmed.discard(name)

    def save(self, state: str) -> None:
        """Keep what was found out since the last time; `state` is that of what is on this machine, as it is left."""
        contents = {}
        if self._here is not None and self._here.is_new and self._here.state == state:
            contents[_HERE] = written(state.encode("utf-8", "surrogateescape"), sorted(self._here.names))
            self._here = self._here._replace(is_new=False)
        if self._trackers is not None:
            contents.update(self._trackers.news())
        # Copies, since a solver that was given up may still be asking.
        for name, masks in self._masks.copy().items():
            answers = self._answers[name]
            if len(masks) > len(answers.masks):
                answers.masks = masks.copy()
                self._changed.add(name)
        for name, records in self._records.copy().items():
            answers, rows = self._answers[name], records.rows()
            if len(rows) > len(answers.rows):
                answers.rows = rows
                self._changed.add(name)
        for name in self._changed:
            contents[name] = self._answers[name].written()
        self._changed.clear()
        if contents:
            self._file.save(contents, lambda _: True, self._edition, self._confirmed)
            self._file.drop_others(time.time())

    def _known(self, name: str) -> Answers:
        known = self._answers.get(name)
        if known is None:
            known = self._answers.setdefault(name, self._sure(name) or self._kept(name))
        return known

    def _sure(self, name: str) -> Answers | None:
        """Return what was found out from the indexes as they are."""
        content = self._file.sure(name, self._edition)
        return _read(content) if content is not None else None

    def _kept(self, name: str) -> Answers:
        """Return what was found out from the same packages, or nothing yet."""
        origin = origin_of(name, self.holders(name))
        content = self._file.content(name)
        kept = _read(content) if content is not None else None
        if kept is None or kept.origin != origin:
            return Answers(origin)
        self._confirmed.add(name)
        return kept

    def _remember(self, name: str, answers: Answers, records: Sequence[PackageRecord], merged: Ordered) -> None:
        places = {id(record): place for place, record in enumerate(records)}
        answers.order = [places[id(record)] for record in merged.records]
        answers.hidden = [(places[id(each.record)], each.reason) for each in merged.rejected]
        self._changed.add(name)


def origin_of(name: str, holders: Sequence[SubdirPackages]) -> bytes:
    """Return what changes when the packages of a name do, or the subdirs that have any."""
    parts = []
    for holder in holders:
        digest = holder.digest(name)
        parts += [f"{holder.place.url} {len(digest)} ".encode("utf-8", "surrogateescape"), digest]
    return b"".join(parts)


def _read(content: bytes) -> Answers | None:
    try:
        return Answers.of(content)
    except ValueError:
        return None
