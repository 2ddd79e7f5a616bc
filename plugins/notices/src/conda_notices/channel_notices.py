"""Asks channels for their notices, seldom and briefly, and keeps what they say."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from conda_kernel.channels import chosen_channels
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.fetching import FetchRequest
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.reporting import Reporter
from conda_kernel.settings import CONNECT_TIMEOUT, FETCH_THREADS, MAX_RETRIES, OFFLINE, READ_TIMEOUT
from conda_notices.notice import notices_in
from conda_notices.notice_cache import LARGEST_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conda_kernel.errors import CondaError
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.event import Event
    from conda_notices.notice import Notice
    from conda_notices.notice_cache import NoticeCache

FILE_NAME = "notices.json"
DAY = 86400.0
PATIENCE = 5.0
"""Seconds that a server may be silent, and that an answer may take."""

THREADS = 10


class Gathered(NamedTuple):
    """The notices that hold now, by channel in the order of priority, and the channels that could not be asked."""

    notices: tuple[Notice, ...]
    failures: tuple[CondaError, ...] = ()


class ChannelNotices:
    """The notices of the channels that a command uses; `clock` gives the seconds since 1970."""

    def __init__(self, kernel: Kernel, cache: NoticeCache, *, clock: Callable[[], float] = time.time) -> None:
        self._context = kernel.context
        self._downloader = partial(_impatient(kernel).driver, DOWNLOADERS)
        self._cache = cache
        self._clock = clock

    def gathered(self, *, asks_again: bool) -> Gathered:
        """Return the notices of the channels; one that was asked within a day is not asked again.

        With `asks_again` it is, when it had nothing to say then, or what it said has no end.
        """
        channels = [channel for channel in chosen_channels(self._context) if channel.base_url]
        now = self._clock()
        due = (
            []
            if self._context[OFFLINE]
            else [each for each in channels if self._is_due(each, now, asks_again=asks_again)]
        )
        failures = self._asked(due, now) if due else ()
        moment = datetime.fromtimestamp(now, UTC)
        found = (notice for channel in channels for notice in self._known(channel))
        return Gathered(tuple(notice for notice in found if not notice.is_expired(moment)), failures)

    def _known(self, channel: Channel) -> tuple[Notice, ...]:
        return notices_in(self._cache.answer(_url(channel)), channel.name)

    def _is_due(self, channel: Channel, now: float, *, asks_again: bool) -> bool:
        age = self._cache.age(_url(channel), now)
        if age is None or not 0 <= age < DAY:
            return True
        known = self._known(channel)
        moment = datetime.fromtimestamp(now, UTC)
        if any(notice.is_expired(moment) for notice in known):
            return True
        return asks_again and not (known and all(notice.expires for notice in known))

    def _asked(self, channels: Sequence[Channel], now: float) -> tuple[CondaError, ...]:
        requests = {self._request(channel): channel for channel in channels}
        failures = []
        for answer in self._downloader().fetch(list(requests)):
            self._cache.note_asked(_url(requests[answer.request]), now)
            if answer.error is not None:
                failures.append(answer.error)
        return tuple(failures)

    def _request(self, channel: Channel) -> FetchRequest:
        url = _url(channel)
        access = channel.authenticated_url(url) if channel.has_credentials else None
        return FetchRequest(
            url,
            self._cache.path(url),
            access,
            name=f"notices of {channel.name}",
            optional=True,
            largest=LARGEST_ANSWER,
            longest=PATIENCE,
            follows_redirects=False,
        )


def _url(channel: Channel) -> str:
    return f"{channel.base_url}/{FILE_NAME}"


def _impatient(kernel: Kernel) -> Kernel:
    """Return the kernel with settings under which no server keeps a command waiting for long."""
    context = kernel.context
    values: dict[str, object] = {
        CONNECT_TIMEOUT.name: min(PATIENCE, context[CONNECT_TIMEOUT]),
        READ_TIMEOUT.name: min(PATIENCE, context[READ_TIMEOUT]),
        MAX_RETRIES.name: 0,
        FETCH_THREADS.name: THREADS,
    }
    layer = Layer(FILE_NAME, {name: Entry(value, "the notices") for name, value in values.items()})
    impatient = kernel.with_context(context.with_layers((*context.layers, layer)))
    impatient.reporter = Murmur(kernel)
    return impatient


class Murmur(Reporter):
    """Tells what is a warning elsewhere to those alone who ask for more: the command has said it, or does without."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel.terminal)
        self._reporter = kernel.reporter

    def tell(self, event: Event) -> None:
        """Pass on an event."""
        self._reporter.tell(Told(event.text, level=1) if isinstance(event, Warned) else event)
