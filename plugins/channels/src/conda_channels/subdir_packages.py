"""The packages of one subdir; what is known of a name is made when it is asked for, and kept."""

from __future__ import annotations

from conda_channels.ready import DIGEST, UNUSABLE, LateRecords, Ready, RecordMaker, kept_needs, ready_again
from conda_kernel.model.index import Outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_channels.first_reading import FirstReading
    from conda_channels.kept_file import KeptFile
    from conda_channels.place import Place
    from conda_channels.revisions import Revision
    from conda_channels.texts import Texts
    from conda_kernel.model.candidates import Ordered
    from conda_kernel.model.fetching import FetchRequest
    from conda_kernel.model.record import PackageRecord


_NOTHING = b""
"""Is kept of names that are not there."""


class SubdirPackages:
    """The packages that the texts of a place tell of.

    `tell_faults` is called with the name of a package and the faults of its records that cannot be used, if any. With
    `only_old` there are no packages in the new format; the file is for that alone.
    """

    def __init__(
        self,
        place: Place,
        texts: Texts,
        file: KeptFile,
        tell_faults: Callable[[str, list[str]], None],
        *,
        only_old: bool = False,
    ) -> None:
        self.place = place
        self._only_old = only_old
        self._file = file
        self._tell_faults = tell_faults
        self._made: dict[str, Ready] = {}
        self._kept: dict[str, Ready] = {}
        self._needs: dict[str, tuple[str, ...]] = {}
        self._digests: dict[str, bytes] = {}
        self._here: set[str] = set()
        self._told: set[str] = set()
        self._reading: FirstReading | None = None
        self._take(texts)

    @property
    def revisions(self) -> tuple[Revision, ...]:
        """The revisions of the format with packages that cannot be read here."""
        return self._texts.revisions

    @property
    def relations(self) -> str:
        """The JSON of what the channel says of related channels, empty when it says nothing."""
        return self._texts.relations

    @property
    def is_complete(self) -> bool:
        """Tell whether all that there is of every name is on this machine."""
        return self._texts.is_complete

    def names(self) -> Iterable[str]:
        """Return the names."""
        return self._texts.names()

    def mentioning(self, name: str) -> list[str]:
        """Return the names whose texts, as far as they are on this machine, hold a name."""
        wanted = name.encode()
        return [
            each
            for each in self._texts.names()
            if any(wanted in content.lower() for content in self._texts.contents(each) or ())
        ]

    def holds(self, name: str) -> bool:
        """Tell whether there are packages of the name."""
        return bool(self._digest(name))

    def has(self, name: str) -> bool:
        """Tell whether all that there is of the name is on this machine."""
        return name in self._here or self._ready(name) is not None

    def is_whole(self, name: str) -> bool:
        """Tell whether that is so, and all of it can be used, of a name whose records were asked for."""
        return name in self._here and name not in self._told

    def digest(self, name: str) -> bytes:
        """Return what changes when the packages of a name do; empty when there are none."""
        digest = self._digest(name)
        return digest and digest + self._texts.base_url.encode()

    @property
    def edition(self) -> str:
        """What changes when any packages do."""
        return f"{self.place.url} {self._texts.base_url} {self._texts.edition}"

    def state(self) -> str:
        """Return what changes when any packages do, or what is kept of any on this machine."""
        return f"{self.texts_state()} {self._file.state()}"

    def texts_state(self) -> str:
        """Return what changes when any packages do, whatever was made ready of them."""
        return f"{self.place.url} {self._texts.state()}"

    def records(self, name: str) -> Sequence[PackageRecord]:
        """Return the records of a name that can be used, one for each build; best first."""
        found = self.ordered(name)
        return (*found.records, *(each.record for each in found.rejected)) if found is not None else ()

    def ordered(self, name: str) -> Ordered | None:
        """Return the records of a name in order; `None` when there is no such name, or it is not on this machine."""
        ready = self._ready(name)
        if ready is None:
            return None
        self._here.add(name)
        self._kept.pop(name, None)
        try:
            found, faults = self._maker.ordered(name, ready), ready.faults
        except UNUSABLE:
            # Kept by something that wrote good checksums of bad content: the channel's own texts count.
            made = self._make(name)
            if made is None:
                return None
            found, faults = self._maker.ordered(name, made), made.faults
        if faults and name not in self._told:
            self._told.add(name)
            self._tell_faults(name, faults)
        return found

    def late(self, name: str) -> LateRecords | None:
        """Return the same records, none of which is made before it is asked for; they may prove to be `UNUSABLE`."""
        ready = self._ready(name)
        return LateRecords(name, ready, self._maker) if ready is not None else None

    def outline(self, name: str) -> Outline | None:
        """Return what was kept of the packages of a name as a whole; `None` where their records were not kept."""
        ready = self._ready_before(name)
        try:
            return Outline(ready.needs, ready.may_track_features) if ready is not None else None
        except UNUSABLE:
            # As for records: the channel's own texts count.
            return None

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the names that the packages of a name can need."""
        known = self._made.get(name) or self._known(name)
        if known is not None:
            try:
                return known.needs
            except ValueError:
                # As for records: the channel's own texts count.
                self._kept.pop(name, None)
        found = self._needs.get(name)
        if found is None:
            contents = self._contents(name)
            if contents is None:
                return ()
            found = self._reader.needs(contents)
            if found is None:
                made = self._make(name)
                return made.needs if made is not None else ()
            self._needs[name] = found
        return found

    def requests(self, names: Iterable[str]) -> dict[FetchRequest, str]:
        """Return what must be downloaded before the names can be asked about, and for which of them."""
        if self.is_complete:
            return {}
        return self._texts.requests([name for name in names if self._ready_before(name) is None])

    def take(self, name: str, content: bytes) -> None:
        """Take what was downloaded for a name."""
        self._texts.take(name, content)

    def keep(self) -> None:
        """Keep what was downloaded for the next time."""
        self._texts.keep()

    def renew(self) -> bool:
        """Look for newer texts, once, and tell whether there were any."""
        renewed = self._texts.renewed()
        if renewed is None:
            return False
        self._take(renewed)
        return True

    def forget(self, names: Iterable[str]) -> None:
        """Let go of what was made ready of the names."""
        for name in names:
            for kept in (self._made, self._kept, self._needs, self._digests):
                kept.pop(name, None)
        # It holds every list of dependencies that it has read.
        self._reading = None

    def save(self) -> None:
        """Keep what was made ready for the next time."""
        if self._made or self._needs:
            made, needs = self._made, self._needs
            self._made, self._needs = {}, {}
            contents = {name: kept_needs(self._digest(name), found) for name, found in needs.items()}
            contents.update((name, ready.content) for name, ready in made.items())
            contents.update((name, _NOTHING) for name, digest in self._digests.copy().items() if not digest)
            self._file.save(contents, self.holds, self._texts.edition, self._confirmed)
            self._kept.clear()

    def _take(self, texts: Texts) -> None:
        self._texts = texts
        self._maker = RecordMaker(self.place, texts.base_url)
        self._reading = None
        self._made, self._kept, self._needs, self._digests = {}, {}, {}, {}
        self._here, self._told = set(), set()
        self._confirmed: set[str] = set()

    @property
    def _reader(self) -> FirstReading:
        if self._reading is None:
            from conda_channels.first_reading import FirstReading  # noqa: PLC0415 - what was read once needs no reader

            self._reading = FirstReading(
                self.place, self._texts, only_old=self._only_old, after_others=self._file.is_there()
            )
        return self._reading

    def _digest(self, name: str) -> bytes:
        digest = self._digests.get(name)
        if digest is None:
            digest = self._sure_digest(name)
            digest = self._digests[name] = self._texts.digest(name) if digest is None else digest
        return digest

    def _sure_digest(self, name: str) -> bytes | None:
        """Return the digest that is kept of a name, empty when it is kept that there is no such name."""
        content = self._file.sure(name, self._texts.edition)
        if not content:
            return content
        try:
            kept = Ready(content)
            digest = kept.octets(DIGEST)
        except ValueError:
            return None
        self._kept.setdefault(name, kept)
        return digest

    def _contents(self, name: str) -> list[bytes] | None:
        return self._texts.contents(name) if self.holds(name) else None

    def _ready(self, name: str) -> Ready | None:
        return self._ready_before(name) or self._make(name)

    def _ready_before(self, name: str) -> Ready | None:
        """Return what was made ready before."""
        ready = self._made.get(name) or self._known(name)
        return ready if ready is not None and ready.has_records else None

    def _make(self, name: str) -> Ready | None:
        contents = self._contents(name)
        if contents is None:
            return None
        made = self._reader.ready(name, contents, self._digest(name))
        self._needs.pop(name, None)
        # The first thread wins, so that faults are told once.
        return self._made.setdefault(name, made)

    def _known(self, name: str) -> Ready | None:
        """Return what was kept of a name, if it was made of what the channel has now."""
        known = self._kept.get(name)
        if known is not None:
            return known
        content = self._file.content(name)
        known = ready_again(content, self._digest(name)) if content else None
        if known is None:
            return None
        self._confirmed.add(name)
        return self._kept.setdefault(name, known)
