"""The packages of several subdirs side by side, and the way to bring what a solver may ask of them."""

from __future__ import annotations

from conda_channels.merger import origin_of
from conda_channels.package_names import VIRTUAL
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.errors import ChannelUnavailable, HttpError, OfflineError
from conda_kernel.model.errors import ParseError
from conda_kernel.model.event import Advanced, Finished, Started, Warned
from conda_kernel.model.index import Outline
from conda_kernel.model.match_spec import MatchSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conda_channels.merger import Merger
    from conda_kernel.hookspecs import Downloader
    from conda_kernel.model.candidates import Ordered
    from conda_kernel.model.errors import CondaError
    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import FetchRequest
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Repodata

_TASK = "read the packages"


class Parts:
    """The packages of several subdirs; those of other makers than this distribution have all that they have at hand."""

    def __init__(
        self, parts: Sequence[Repodata], merger: Merger, downloader: Downloader, tell: Callable[[Event], None]
    ) -> None:
        self._parts = parts
        self._merger = merger
        self._own = [part for part in parts if isinstance(part, SubdirPackages)]
        self._others = [part for part in parts if not isinstance(part, SubdirPackages)]
        self._downloader = downloader
        self._tell = tell
        self._lacked = bool(self._others)
        self._outlined: set[str] = set()

    def names(self) -> set[str]:
        """Return every name."""
        return {name for part in self._parts for name in part.names()}

    def mentioning(self, name: str) -> set[str]:
        """Return the names whose packages may depend on a name; those of other makers all may."""
        others = {each for part in self._others for each in part.names()}
        return others.union(*(part.mentioning(name) for part in self._own))

    def records(self, name: str) -> list[PackageRecord]:
        """Return the records of a name."""
        return [record for part in self._parts for record in part.records(name)]

    def ordered(self, name: str) -> Ordered | None:
        """Return the records of a name in order; `None` when other makers have a part in it."""
        return None if self._others else self._merger.ordered(name)

    def outline(self, name: str) -> Outline | None:
        """Return what is kept of a name's packages as a whole; `None` when their records have to be looked at."""
        self._outlined.add(name)
        holders = self._merger.holders(name)
        if self._others or self._merger.hides(holders):
            return None
        needs: dict[str, None] = {}
        tracks = False
        for holder in holders:
            outline = holder.outline(name)
            if outline is None:
                return None
            needs.update(dict.fromkeys(outline.needs))
            tracks = tracks or outline.tracks
        return Outline(tuple(needs), tracks)

    def trackers(self, wanted: Sequence[str], find: Callable[[], Sequence[str]]) -> Sequence[str]:
        """Return the names that have candidates which track features, as `find` does, or did for these channels."""
        if self._others or not self._are_here(name for name in wanted if not name.startswith(VIRTUAL)):
            return find()
        from conda_channels.trackers import Look  # noqa: PLC0415 - few requests meet a feature

        def found() -> tuple[Sequence[str], Iterable[str]]:
            self._outlined = set()
            return find(), self._outlined

        look = Look(
            found, lambda name: origin_of(name, self._merger.holders(name)), self._outlined_needs, self._may_track
        )
        return self._merger.trackers(wanted, "\n".join([part.texts_state() for part in self._own]), look)

    def _outlined_needs(self, name: str) -> Sequence[str] | None:
        """Return what packages need, where an outline can be had of them."""
        outline = self.outline(name)
        if outline is None:
            self.ordered(name)
            outline = self.outline(name)
        return outline.needs if outline is not None else None

    def _may_track(self, name: str) -> bool:
        outline = self.outline(name)
        if outline is not None and not outline.tracks:
            return False
        found = self.ordered(name)
        return found is None or any(record.track_features for record in found.records)

    def masks(self, name: str) -> dict[str, int]:
        """Return what was found out about the candidates of a name, by the texts of requirements."""
        return {} if self._others else self._merger.masks(name)

    def keep(self) -> None:
        """Keep what was found out for the next time."""
        for part in self._own:
            part.save()
        self._merger.save(self._state())

    def forget(self, names: Iterable[str]) -> None:
        """Let go of what is known of the names, without keeping it for the next time."""
        names = tuple(names)
        self._merger.forget(names)
        for part in self._own:
            part.forget(names)

    def prepare(self, names: Iterable[str]) -> None:
        """Bring the names and all that their packages can lead to.

        Where all is on this machine there is nothing to do: what is asked for is made then. What one name needs is
        known when its records are there: so they come in rounds, each in parallel. Raises `FetchError` and
        `ChannelUnavailable` when something cannot be had; without the network that is a warning.
        """
        seen = {name: None for name in names if not name.startswith(VIRTUAL)}
        if self._are_here(seen):
            return
        waiting = list(seen)
        self._tell(Started(_TASK, "Reading packages", None, "names"))
        is_done = False
        try:
            while waiting:
                if self._bring(waiting):
                    # Another index may have other shards of what was brought before.
                    self._bring(seen)
                    waiting = list(seen)
                found = {name: None for wanted in waiting for name in self._needs(wanted) if name not in seen}
                seen.update(found)
                waiting = sorted(found)
                self._tell(Advanced(_TASK, len(seen) - len(waiting)))
            is_done = True
        finally:
            self._keep_brought()
            self._tell(Finished(_TASK, failed=not is_done))
        if not self._lacked:
            self._merger.note_here(seen, self._state())

    def bring(self, names: Iterable[str]) -> None:
        """Bring the names and nothing that they lead to, and keep what was made of it; raises what `prepare` raises."""
        try:
            self._bring(sorted({name for name in names if not name.startswith(VIRTUAL)}))
        finally:
            self._keep_brought()
        for part in self._own:
            part.save()

    def _are_here(self, names: Iterable[str]) -> bool:
        """Tell whether the names and all that they lead to are known to be on this machine."""
        return all(part.is_complete for part in self._own) or self._merger.are_here(names, self._state())

    def _state(self) -> str:
        return "\n".join([part.state() for part in self._own])

    def _keep_brought(self) -> None:
        for part in self._own:
            part.keep()

    def _needs(self, name: str) -> Iterator[str]:
        for part in self._own:
            yield from part.needs(name)
        for other in self._others:
            for record in other.records(name):
                for text in record.depends:
                    try:
                        needed = MatchSpec.parse(text).name
                    except ParseError:
                        continue
                    if not needed.startswith(VIRTUAL):
                        yield needed

    def _bring(self, names: Iterable[str]) -> bool:
        """Bring what is not here, and tell whether the index of a part had to be replaced by a newer one."""
        names = tuple(names)
        failures = self._fetched(names, self._own)
        renewed = [part for part, errors in failures.items() if self._is_renewed(part, errors)]
        again = self._fetched(names, renewed)
        if again:
            raise _unavailable(*next(iter(again.items())))
        return bool(renewed)

    def _fetched(self, names: Sequence[str], parts: Iterable[SubdirPackages]) -> dict[SubdirPackages, list[CondaError]]:
        """Bring what the parts lack of the names, and return what went wrong."""
        lacking: dict[FetchRequest, list[tuple[SubdirPackages, str]]] = {}
        for part in parts:
            for request, name in part.requests(names).items():
                lacking.setdefault(request, []).append((part, name))
        self._lacked = self._lacked or bool(lacking)
        failures: dict[SubdirPackages, list[CondaError]] = {}
        for answer in self._downloader.fetch(list(lacking)) if lacking else ():
            for part, name in lacking[answer.request]:
                if answer.content is not None:
                    part.take(name, answer.content)
                elif answer.error is not None:
                    failures.setdefault(part, []).append(answer.error)
        return failures

    def _is_renewed(self, part: SubdirPackages, errors: Sequence[CondaError]) -> bool:
        """Do what can be done about shards that did not come: an index may be so old that its shards are gone."""
        error = errors[0]
        if isinstance(error, OfflineError):
            count = "1 package" if len(errors) == 1 else f"{len(errors)} packages"
            self._tell(Warned(f"what `{part.place}` has of {count} is not in the cache; it is left out", error.hint))
            return False
        if part.renew():
            self._merger.renew()
            return True
        raise _unavailable(part, errors)


def _unavailable(part: SubdirPackages, errors: Sequence[CondaError]) -> ChannelUnavailable:
    """Return the error for an index of shards that are not there; raise the first one when none says so."""
    return ChannelUnavailable(
        f"the index of `{part.place}` names files that are not there: {_gone(errors)}",
        hint="the channel may be in the midst of a change: try again in a few minutes",
        url=part.place.url,
    )


def _gone(errors: Sequence[CondaError]) -> HttpError:
    """Return the error for a file that is not there; raise the first one when none says so."""
    for error in errors:
        if isinstance(error, HttpError) and error.fields.get("status") in (404, 410):
            return error
    raise errors[0]
