"""Flat repodata: one file for a subdir, `repodata.json.zst` or `repodata.json` (CEP 36), kept in a cache."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from conda_channels.cache import RepodataCache, State, discard
from conda_channels.document import InvalidRepodata, read_document
from conda_channels.flat_subdir import FlatSubdir
from conda_channels.freshness import LOCAL_REPODATA_TTL, is_fresh
from conda_kernel.errors import ChannelUnavailable, FetchError, HttpError, OfflineError
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.fetching import FetchRequest
from conda_kernel.model.paths import printable
from conda_kernel.settings import OFFLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.hookspecs import Downloader
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import Downloaded

COMPRESSED, PLAIN = "repodata.json.zst", "repodata.json"

ASK_AGAIN_SECONDS = 7 * 86_400
"""How long it is remembered that a channel has no compressed index."""

_NOT_ABOUT_THE_FILE = frozenset({401, 407, 408, 416, 429})
"""Statuses of the class 4xx that do not say that a file is missing."""


class FlatRepodata:
    """Reads flat repodata; `clock` gives the seconds since 1970."""

    def __init__(self, kernel: Kernel, *, clock: Callable[[], float] = time.time) -> None:
        self._tell = kernel.reporter.tell
        self._is_offline = kernel.context[OFFLINE]
        self._time_to_live = kernel.context[LOCAL_REPODATA_TTL]
        self._clock = clock
        self._faults = Faults(self._tell)

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
        state = cache.state((f"{place.url}/{COMPRESSED}", f"{place.url}/{PLAIN}"))
        content = cache.content(state) if state is not None else None
        cached = Cached(state, content) if state is not None and content is not None else None
        if cached is not None and (self._is_offline or self._is_fresh(cached.state)):
            try:
                return self._parsed(cached.content, place, cached.state.url)
            except InvalidRepodata:
                cached = None
        if self._is_offline:
            raise OfflineError(
                f"the index of `{place}` is not in the cache, and `--offline` rules out the network",
                hint="run the command once without `--offline`",
                url=place.url,
            )
        return self._refreshed(place, cache, cached, downloader)

    def _local(self, place: Place) -> FlatSubdir | None:
        for name in (COMPRESSED, PLAIN):
            path = url_path(f"{place.url}/{name}")
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise ChannelUnavailable(
                    f"cannot read `{printable(path)}`: {error.strerror}", channel_name=place.channel.name, url=place.url
                ) from error
            return self._parsed(content, place, f"{place.url}/{name}")
        return None

    def _refreshed(
        self, place: Place, cache: RepodataCache, cached: Cached | None, downloader: Downloader
    ) -> FlatSubdir | None:
        """Ask the server for each file name in turn."""
        missing_since = cached.state.zst_missing_ns if cached is not None else 0
        names = [COMPRESSED, PLAIN]
        if 0 <= self._now() - missing_since < ASK_AGAIN_SECONDS * 10**9:
            names = [PLAIN]
        refusal: HttpError | None = None
        for name in names:
            answer = self._answer(place, name, cache, cached, downloader)
            if isinstance(answer.error, HttpError) and _is_refusal(answer.error):
                refusal = answer.error
            elif answer.error is not None:
                return self._stale(place, cached, answer.error)
            elif not answer.missing:
                return self._taken(place, cache, cached, answer, missing_since if name == PLAIN else 0, downloader)
            missing_since = self._now()
        if refusal is not None:
            raise refusal
        return None

    def _answer(
        self, place: Place, name: str, cache: RepodataCache, cached: Cached | None, downloader: Downloader
    ) -> Downloaded:
        """Ask for one file, on the condition that it is not the one in the cache."""
        url = f"{place.url}/{name}"
        known = cached.state if cached is not None and cached.state.url == url else None
        channel = place.channel
        request = FetchRequest(
            url,
            cache.incoming(),
            access=channel.authenticated_url(url) if channel.has_credentials else None,
            name=str(place),
            etag=known.etag or None if known else None,
            modified=known.mod or None if known else None,
            optional=True,
        )
        (answer,) = downloader.fetch([request])
        return answer

    def _taken(  # noqa: PLR0913, PLR0917 - what is asked, what is there, what was answered
        self,
        place: Place,
        cache: RepodataCache,
        cached: Cached | None,
        answer: Downloaded,
        missing_since: int,
        downloader: Downloader,
    ) -> FlatSubdir | None:
        """Return what the server has, and keep it."""
        url = answer.request.url
        headers = {
            "etag": answer.headers.get("etag", ""),
            "mod": answer.headers.get("last-modified", ""),
            "cache_control": answer.headers.get("cache-control", ""),
        }
        now = self._now()
        if answer.path is None:
            return self._confirmed(place, cache, cached, headers, missing_since, downloader)
        try:
            with open(answer.path, "rb") as file:
                content = file.read()
            parsed = self._parsed(content, place, url)
        except InvalidRepodata as error:
            discard(answer.path)
            return self._stale(place, cached, error)
        state = State(url, answer.sha256 or "", len(content), now, zst_missing_ns=missing_since, **headers)
        try:
            cache.keep(answer.path, state)
        except OSError as error:
            discard(answer.path)
            self._tell_unkept(place, error)
        return parsed

    def _parsed(self, content: bytes, place: Place, url: str) -> FlatSubdir:
        document = read_document(content, url, place.subdir)
        return FlatSubdir(document, place.channel, place.subdir, self._faults.of(place.channel))

    def _now(self) -> int:
        return int(self._clock() * 10**9)

    def _is_fresh(self, state: State) -> bool:
        return is_fresh((self._now() - state.refresh_ns) / 10**9, state.cache_control, self._time_to_live)
