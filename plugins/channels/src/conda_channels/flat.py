"""Flat repodata: one file for a subdir, `repodata.json.zst` or `repodata.json` (CEP 36), kept in a cache."""

from __future__ import annotations

import time
from functools import partial

from conda_channels.cache import READY_FILE, RepodataCache
from conda_channels.faults import Faults
from conda_channels.flat_texts import FlatTexts
from conda_channels.freshness import LOCAL_REPODATA_TTL, USE_ONLY_TAR_BZ2, is_fresh
from conda_channels.invalid import InvalidRepodata, NotKept
from conda_channels.kept_file import KeptFile
from conda_channels.made_pack import MadePack
from conda_channels.place import Place
from conda_channels.ready import KIND
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.errors import OfflineError
from conda_kernel.settings import OFFLINE, USE_INDEX_CACHE, USE_ZST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from conda_channels.cache import State
    from conda_channels.origin import Origin
    from conda_channels.pack import Pack
    from conda_kernel.hookspecs import Downloader
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.event import Event


class FlatRepodata:
    """Reads flat repodata from a file of this name, or a compressed one; `clock` gives the seconds since 1970."""

    def __init__(self, kernel: Kernel, name: str = "repodata.json", *, clock: Callable[[], float] = time.time) -> None:
        self._tell = kernel.reporter.tell
        self._faults = Faults(kernel.reporter.tell)
        self._is_offline = kernel.context[OFFLINE]
        self._takes_any_age = self._is_offline or kernel.context[USE_INDEX_CACHE]
        self._time_to_live = kernel.context[LOCAL_REPODATA_TTL]
        self._only_old = kernel.context[USE_ONLY_TAR_BZ2]
        self._names = names_of(name)
        self._asked = self._names if kernel.context[USE_ZST] else self._names[1:]
        self._clock = clock

    def read(self, channel: Channel, subdir: str, downloader: Downloader, folder: str) -> SubdirPackages | None:
        """Return the packages of a subdir, `None` when it has no flat repodata.

        What is cached is used as long as the server allows, whatever its age when the network is ruled out, and with a
        warning when the server cannot be reached. Raises `OfflineError` when nothing is cached and nothing can be;
        `FetchError` when the server refuses or fails; `InvalidRepodata`.
        """
        place, cache = Place(channel, subdir), RepodataCache(folder, self._clock)
        pack = flat_pack(place, cache, self._tell)
        texts = flat_texts_of_this_machine(pack, self._names) if place.is_local else self._kept(pack, cache, downloader)
        if texts is None:
            return None
        kept, tell_faults = KeptFile(cache.beside(READY_FILE), KIND), partial(self._faults.tell, channel)
        return SubdirPackages(place, texts, kept, tell_faults, only_old=self._only_old)

    def _kept(self, pack: MadePack, cache: RepodataCache, downloader: Downloader) -> FlatTexts | None:
        place = pack.place
        urls = [f"{place.url}/{name}" for name in self._names]
        state, damaged = cache.state(urls), None
        while state is not None and (self._takes_any_age or self._is_fresh(state)):
            try:
                return FlatTexts(*pack.of_kept(cache.path(state), state), place)
            except (InvalidRepodata, NotKept):
                # Another process may have put a new file in its place meanwhile.
                damaged, state = state, cache.state(urls)
                if state == damaged:
                    state = None
        if self._is_offline:
            raise OfflineError(
                f"the index of `{place}` is not in the cache, and `--offline` rules out the network",
                hint="run the command once without `--offline`",
                url=place.url,
            )
        from conda_channels.refresh import Refresh  # noqa: PLC0415 - for those who ask a server

        def read(path: str, state: State) -> FlatTexts:
            return FlatTexts(*pack.of_kept(path, state), place)

        now = self._clock()
        return Refresh(place, self._asked, cache, state, downloader, read=read, tell=self._tell, now=now).outcome()

    def _is_fresh(self, state: State) -> bool:
        age = self._clock() - state.refresh_ns / 10**9
        return is_fresh(age, state.cache_control, self._time_to_live)


def flat_pack(place: Place, cache: RepodataCache, tell: Callable[[Event], None]) -> MadePack:
    """Return the pack for a flat file of a place."""
    return MadePack(place, cache, _made, tell)


def names_of(name: str) -> tuple[str, ...]:
    """Return the names of a file and of its compressed forms, the best first."""
    return (f"{name}.zst", name, f"{name}.bz2")


def flat_texts_of_this_machine(pack: MadePack, names: Sequence[str]) -> FlatTexts | None:
    """Return the texts of a channel on this machine, `None` when it has none of the files."""
    made = pack.of_this_machine(names)
    return FlatTexts(*made, pack.place) if made is not None else None


def _made(read: BinaryIO, file: BinaryIO, origin: Origin, place: Place, before: Pack | None) -> Origin:
    from conda_channels.flat_making import flat_pack_made  # noqa: PLC0415 - what was made once needs no maker

    return flat_pack_made(read, file, origin, place, before)
