"""Flat repodata in a file of another name than `repodata.json`, which few channels have."""

from __future__ import annotations

import time

from conda_channels.cache import ASK_AGAIN_SECONDS, RepodataCache, State
from conda_channels.flat import FlatRepodata
from conda_channels.invalid import InvalidRepodata
from conda_channels.refresh import is_refusal
from conda_kernel.errors import FetchError, HttpError, OfflineError
from conda_kernel.model.event import Told, Warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_channels.subdir_packages import SubdirPackages
    from conda_kernel.hookspecs import Downloader
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel


class NamedRepodata:
    """Reads the file `name` of those subdirs that have one; `clock` gives the seconds since 1970.

    That a server has none is remembered for a week.
    """

    def __init__(self, kernel: Kernel, name: str, *, clock: Callable[[], float] = time.time) -> None:
        self._flat = FlatRepodata(kernel, name, clock=clock)
        self._name = name
        self._tell = kernel.reporter.tell
        self._clock = clock

    def read(self, channel: Channel, subdir: str, downloader: Downloader, folder: str) -> SubdirPackages | None:
        """Return the packages of a subdir; `None` when it has no such file, or it cannot be had: others may."""
        cache, url = RepodataCache(folder, self._clock), f"{channel.subdir_url(subdir)}/{self._name}"
        if self._was_missing(cache, url):
            return None
        found, is_missing = None, True
        try:
            found = self._flat.read(channel, subdir, downloader, folder)
        except OfflineError:
            return None
        except InvalidRepodata as error:
            self._tell(Warned(f"{error}; another index is read", error.hint))
            return None
        except FetchError as error:
            self._tell(Told(f"`{url}` cannot be had: {error}", level=1))
            is_missing = isinstance(error, HttpError) and is_refusal(error)
        if found is None and is_missing and not channel.base_url.startswith("file:"):
            self._note_missing(cache, url)
        return found

    def _was_missing(self, cache: RepodataCache, url: str) -> bool:
        state = cache.state([url])
        if state is None or state.sha256:
            return False
        return 0 <= self._clock() - state.refresh_ns / 10**9 < ASK_AGAIN_SECONDS

    def _note_missing(self, cache: RepodataCache, url: str) -> None:
        try:
            cache.make_folder()
            cache.note(State(url, "", 0, int(self._clock() * 10**9)))
        except OSError:
            pass
