"""Sharded repodata: an index of names and a small file for each of them, of which only the needed come (CEP 16)."""

from __future__ import annotations

import threading
import time
from functools import partial

from conda_channels.cache import ASK_AGAIN_SECONDS, READY_FILE, SHARDS, RepodataCache, State
from conda_channels.faults import Faults
from conda_channels.freshness import LOCAL_REPODATA_TTL, USE_ONLY_TAR_BZ2, is_fresh
from conda_channels.invalid import InvalidRepodata, NotKept
from conda_channels.kept_file import KeptFile
from conda_channels.made_pack import MadePack
from conda_channels.place import Place
from conda_channels.ready import KIND
from conda_channels.shard_store import ShardStore
from conda_channels.shard_texts import INDEX_FILE, ShardTexts
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.errors import ChannelUnavailable, FetchError, HttpError
from conda_kernel.model.event import Told
from conda_kernel.settings import OFFLINE, USE_INDEX_CACHE, USE_SHARDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from conda_channels.origin import Origin
    from conda_channels.pack import Pack
    from conda_kernel.hookspecs import Downloader
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel

_NOT_BUILT = 501


class ShardedRepodata:
    """Reads sharded repodata; `clock` gives the seconds since 1970."""

    def __init__(self, kernel: Kernel, *, clock: Callable[[], float] = time.time) -> None:
        context = kernel.context
        self._tell = kernel.reporter.tell
        self._faults = Faults(kernel.reporter.tell)
        self._is_wanted = context[USE_SHARDS]
        self._is_offline = context[OFFLINE]
        self._takes_any_age = self._is_offline or context[USE_INDEX_CACHE]
        self._time_to_live = context[LOCAL_REPODATA_TTL]
        self._only_old = kernel.context[USE_ONLY_TAR_BZ2]
        self._clock = clock
        # An index takes ten times its size while it is read, and threads that compute do not help each other.
        self._making = threading.Lock()

    def read(self, channel: Channel, subdir: str, downloader: Downloader, folder: str) -> SubdirPackages | None:
        """Return the packages of a subdir; `None` when it has no shards, or they cannot be had: the flat file may."""
        place, cache = Place(channel, subdir), RepodataCache(folder, self._clock)
        if not self._is_wanted:
            return None
        pack, store = MadePack(place, cache, self._made, self._tell), ShardStore(cache.beside(SHARDS))
        texts = self._of_this_machine(pack, store) if place.is_local else self._kept(pack, store, cache, downloader)
        if texts is None:
            return None
        kept, tell_faults = KeptFile(cache.beside(READY_FILE), KIND), partial(self._faults.tell, channel)
        return SubdirPackages(place, texts, kept, tell_faults, only_old=self._only_old)

    def _of_this_machine(self, pack: MadePack, store: ShardStore) -> ShardTexts | None:
        try:
            made = pack.of_this_machine([INDEX_FILE])
        except ChannelUnavailable as error:
            if isinstance(error, InvalidRepodata):
                raise
            return None
        return ShardTexts(*made, pack.place, store) if made is not None else None

    def _kept(
        self, pack: MadePack, store: ShardStore, cache: RepodataCache, downloader: Downloader
    ) -> ShardTexts | None:
        url = f"{pack.place.url}/{INDEX_FILE}"
        state = cache.state([url])
        if state is not None and not state.sha256:
            if self._takes_any_age or 0 <= self._age(state) < ASK_AGAIN_SECONDS:
                return None
            state = None
        again = None if self._is_offline else partial(self._asked, pack, store, cache, None, downloader)
        while state is not None and (self._takes_any_age or self._is_fresh(state)):
            try:
                return _texts(pack, store, again, cache.path(state), state)
            except (InvalidRepodata, NotKept):
                # Another process may have put a new file in its place meanwhile.
                damaged, state = state, cache.state([url])
                if state == damaged:
                    state = None
        return None if self._is_offline else self._asked(pack, store, cache, state, downloader)

    def _asked(
        self, pack: MadePack, store: ShardStore, cache: RepodataCache, state: State | None, downloader: Downloader
    ) -> ShardTexts | None:
        """Return what the server has; `None`, which is remembered, when that is nothing."""
        from conda_channels.refresh import Refresh, is_refusal  # noqa: PLC0415 - for those who ask a server

        place = pack.place
        read = partial(_texts, pack, store, partial(self._asked, pack, store, cache, None, downloader))
        now = self._clock()
        refresh = Refresh(place, [INDEX_FILE], cache, state, downloader, read=read, tell=self._tell, now=now)
        try:
            texts = refresh.outcome()
        except (FetchError, InvalidRepodata) as error:
            self._tell(Told(f"there are no shards of `{place}`: {error}", level=1))
            if not (isinstance(error, HttpError) and (is_refusal(error) or error.fields.get("status") == _NOT_BUILT)):
                return None
            texts = None
        if texts is None:
            try:
                cache.make_folder()
                cache.note(State(f"{place.url}/{INDEX_FILE}", "", 0, int(now * 10**9)))
            except OSError:
                pass
        elif state is not None:
            store.tidy(now)
        return texts

    def _made(self, read: BinaryIO, file: BinaryIO, origin: Origin, place: Place, _: Pack | None) -> Origin:
        from conda_channels.shard_making import shard_pack_made  # noqa: PLC0415 - what was made once needs no maker

        with self._making:
            return shard_pack_made(read, file, origin, place)

    def _age(self, state: State) -> float:
        return self._clock() - state.refresh_ns / 10**9

    def _is_fresh(self, state: State) -> bool:
        return is_fresh(self._age(state), state.cache_control, self._time_to_live)


def _texts(
    pack: MadePack, store: ShardStore, ask_again: Callable[[], ShardTexts | None] | None, path: str, state: State
) -> ShardTexts:
    """Return the texts of an index in a file; raise `InvalidRepodata`, and NotKept for a file of another digest."""
    return ShardTexts(*pack.of_kept(path, state), pack.place, store, ask_again)
