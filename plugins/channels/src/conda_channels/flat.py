"""Flat repodata: one file for a subdir, `repodata.json.zst` or `repodata.json` (CEP 36), kept in a cache."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from conda_channels.cache import RepodataCache
from conda_channels.document import InvalidRepodata, read_document
from conda_channels.flat_subdir import FlatSubdir
from conda_channels.freshness import LOCAL_REPODATA_TTL, is_fresh
from conda_channels.refresh import COMPRESSED, PLAIN, Cached, Place, Refresh
from conda_kernel.errors import ChannelUnavailable, OfflineError
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.paths import printable
from conda_kernel.settings import OFFLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.hookspecs import Downloader
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel


class FlatRepodata:
    """Reads flat repodata; `clock` gives the seconds since 1970."""

    def __init__(self, kernel: Kernel, *, clock: Callable[[], float] = time.time) -> None:
        self._tell = kernel.reporter.tell
        self._is_offline = kernel.context[OFFLINE]
        self._time_to_live = kernel.context[LOCAL_REPODATA_TTL]
        self._clock = clock
        self._faulty: set[str] = set()
        self._counting = threading.Lock()

    def read(self, channel: Channel, subdir: str, downloader: Downloader, folder: str) -> FlatSubdir | None:
        """Return the packages of a subdir, `None` when it has no flat repodata.

        What is cached is used as long as the server allows, whatever its age when the network is ruled out, and with a
        warning when the server cannot be reached. Raises `OfflineError` when nothing is cached and nothing can be;
        `FetchError` when the server refuses or fails; `InvalidRepodata`.
        """
        place = Place(channel, subdir)
        if place.url.startswith("file://"):
            return self._local(place)
        cache = RepodataCache(folder)
        cached = Cached.of(cache, place)
        if cached is not None and (self._is_offline or self._is_fresh(cached)):
            try:
                return self._parsed(place, cached.content, cached.state.url)
            except InvalidRepodata:
                cached = None
        if self._is_offline:
            raise OfflineError(
                f"the index of `{place}` is not in the cache, and `--offline` rules out the network",
                hint="run the command once without `--offline`",
                url=place.url,
            )
        return Refresh(
            place, cache, cached, downloader, parse=partial(self._parsed, place), tell=self._tell, now=self._clock()
        ).outcome()

    def _local(self, place: Place) -> FlatSubdir | None:
        for name in (COMPRESSED, PLAIN):
            url = f"{place.url}/{name}"
            path = url_path(url)
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise ChannelUnavailable(f"cannot read `{printable(path)}`: {error.strerror}", path=path) from error
            return self._parsed(place, content, url)
        return None

    def _parsed(self, place: Place, content: bytes, url: str) -> FlatSubdir:
        document = read_document(content, url, place.subdir)
        return FlatSubdir(document, place.channel, place.subdir, partial(self._tell_faults, place.channel))

    def _is_fresh(self, cached: Cached) -> bool:
        age = self._clock() - cached.state.refresh_ns / 10**9
        return is_fresh(age, cached.state.cache_control, self._time_to_live)

    def _tell_faults(self, channel: Channel, name: str, faults: list[str]) -> None:
        """Warn once for each channel; the rest is for those who ask for more."""
        with self._counting:
            is_first = channel.base_url not in self._faulty
            self._faulty.add(channel.base_url)
        if is_first:
            records = "1 record" if len(faults) == 1 else f"{len(faults)} records"
            self._tell(
                Warned(
                    f"the channel `{channel.name}` has {records} of `{printable(name)}` that cannot be read; "
                    "such records are left out",
                    hint="`-vv` shows each of them; tell the owners of the channel",
                )
            )
        for fault in faults:
            self._tell(Told(f"left out: {printable(fault)}", level=2))
