"""The downloader: several files at once, tried again, resumed, checked, and whole or absent when it ends."""

from __future__ import annotations

import itertools
import threading
import time
from functools import partial

from conda_fetch.authentication import Addressed, Authentication
from conda_fetch.batch import Batch, end_all
from conda_fetch.completed import completed
from conda_fetch.download import Download, Source, Surroundings
from conda_fetch.failures import no_url, offline_refusal, unknown_scheme
from conda_fetch.mirrors import Mirrors, Place
from conda_fetch.retrying import Retrying
from conda_kernel.channels import channel_settings
from conda_kernel.errors import OfflineError, PluginNotFound
from conda_kernel.hookspecs import FETCH_ADAPTERS
from conda_kernel.model.errors import CondaError
from conda_kernel.model.fetching import Downloaded
from conda_kernel.settings import (
    BACKOFF_FACTOR,
    DEFAULT_THREADS,
    FETCH_THREADS,
    MAX_RETRIES,
    MIRRORED_CHANNELS,
    OFFLINE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conda_kernel.hookspecs import FetchAdapter
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.fetching import FetchRequest

USUAL_THREADS, THREADS_FOR_SMALL = 5, 20
"""How many files at once when the settings say nothing; small ones mostly wait."""

LOCAL = "file"
"""The scheme that needs no network."""


class Engine:
    """Brings files through the adapters of their schemes.

    `pause(cancelled, seconds)` waits between attempts and returns early when the event is set; `clock` gives the
    seconds since 1970.
    """

    def __init__(
        self,
        kernel: Kernel,
        *,
        pause: Callable[[threading.Event, float], object] = threading.Event.wait,
        clock: Callable[[], float] = time.time,
    ) -> None:
        context = kernel.context
        self._adapter_of = partial(kernel.driver, FETCH_ADAPTERS)
        self._tell = kernel.reporter.tell
        self._is_offline = context[OFFLINE]
        self._wanted_threads = max(0, context[FETCH_THREADS]) or max(0, context[DEFAULT_THREADS])
        self._retrying = Retrying(max(0, context[MAX_RETRIES]), context[BACKOFF_FACTOR])
        self._pause = pause
        self._clock = clock
        self._numbers = itertools.count(1)
        self._finding = threading.Lock()
        self._adapters: dict[str, FetchAdapter] = {}
        self._make_authentication = partial(Authentication, kernel)
        self._authentication: Authentication | None = None
        self._mirrors = Mirrors(channel_settings(context), self._tell) if context[MIRRORED_CHANNELS] else None
        self._running: set[Batch] = set()
        # Threads that wait for a server when the process ends do not live to tidy up.
        kernel.at_end(partial(end_all, self._running))

    def fetch(self, requests: Iterable[FetchRequest]) -> Iterator[Downloaded]:
        """Yield what came of each request, in the order in which they end.

        When the generator is closed, by Ctrl-C for instance, nothing is left but `.partial` files that the next
        download goes on with.
        """
        batch = Batch()
        requests = list(requests)
        calls = [self._call(request, batch) for request in requests]
        are_small = all(request.is_small for request in requests)
        usual = THREADS_FOR_SMALL if are_small else USUAL_THREADS
        self._running.add(batch)
        try:
            yield from completed(calls, self._wanted_threads or usual, batch.cancelled, together=are_small)
        finally:
            batch.end()
            self._running.discard(batch)

    def _call(self, request: FetchRequest, batch: Batch) -> Callable[[], Downloaded]:
        try:
            sources = self._sources(request)
        except CondaError as error:
            return partial(Downloaded, request, error=error)
        around = Surroundings(self._retrying, self._tell, self._pause, self._clock, batch, self._mirrors)
        return Download(request, sources, around, f"download {next(self._numbers)}").run

    def _sources(self, request: FetchRequest) -> list[Source]:
        """Return whom to ask for the file; raise `CondaError` when that is nobody."""
        if self._mirrors is None:
            return [self._source(Place(request.url, request.access))]
        sources: list[Source] = []
        failures: list[tuple[Place, CondaError]] = []
        for place in self._mirrors.places(request):
            try:
                sources.append(self._source(place))
            except CondaError as error:
                failures.append((place, error))
        if not sources:
            raise failures[0][1]
        for place, failure in failures:
            if not isinstance(failure, OfflineError):
                self._mirrors.note_failure(place.mirror, failure)
        return sources

    def _source(self, place: Place) -> Source:
        return Source(place, self._adapter(place.url), self._addressed(place))

    def _adapter(self, url: str) -> FetchAdapter:
        scheme, separator, _ = url.partition("://")
        known = self._adapters.get(scheme)
        if known is not None:
            return known
        if not separator:
            raise no_url(url)
        if self._is_offline and scheme.lower() != LOCAL:
            raise offline_refusal(url)
        try:
            with self._finding:
                return self._adapters.setdefault(scheme, self._adapter_of(scheme.lower()))
        except PluginNotFound as error:
            raise unknown_scheme(url, error) from None

    def _addressed(self, place: Place) -> Addressed:
        if place.url.partition("://")[0].lower() == LOCAL:
            return Addressed(place.url)
        with self._finding:
            if self._authentication is None:
                self._authentication = self._make_authentication()
        return self._authentication.addressed(place.url, place.access)
