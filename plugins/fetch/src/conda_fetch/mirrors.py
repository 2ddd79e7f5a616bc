"""Where a file is: at its own URL, or at one for every mirror of its channel."""

from __future__ import annotations

import threading
from collections import Counter

from conda_fetch.failures import BUSY
from conda_kernel.errors import FetchError, HttpError
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Warned
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.channel_settings import ChannelSettings
    from conda_kernel.model.errors import CondaError
    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import FetchRequest
    from conda_kernel.model.secret import Secret

_OUR_OWN = frozenset({"cancelled", "no space", "permission", "write", "too large"})
"""The reasons of failures that no other mirror would do away with."""


class Place(NamedTuple):
    """A public URL of a file, and the same with credentials if there are any.

    `mirror` is the base URL of the mirror that it lies on, empty where the file has one place only. A file is known by
    its first place.
    """

    url: str
    access: Secret | None = None
    mirror: str = ""
    is_first: bool = True


class Mirrors:
    """The mirrored channels of the settings, and which mirrors have failed in this process."""

    def __init__(self, settings: ChannelSettings, tell: Callable[[Event], None]) -> None:
        """Read the settings; raise `InvalidChannel` for a mirror that is none."""
        named = [Channel.parse(name, settings) for name in settings.mirrored_channels]
        self._channels = sorted(named, key=lambda channel: -len(channel.base_url))
        self._tell = tell
        self._failures: Counter[str] = Counter()
        self._counting = threading.Lock()

    def places(self, request: FetchRequest) -> tuple[Place, ...]:
        """Return where the file of a request is, in the order of the settings.

        What the request shows is for its own URL: at other mirrors their own credentials are shown.
        """
        for channel in self._channels:
            if request.url.startswith(f"{channel.base_url}/"):
                located = zip(channel.mirrors, channel.places_of(request.url), strict=True)
                return tuple(
                    _place(request, channel, mirror.base_url, url, is_first=not number)
                    for number, (mirror, url) in enumerate(located)
                )
        return (Place(request.url, request.access),)

    def rank(self, mirror: str) -> int:
        """Return how often a mirror has failed: those that never did are asked first."""
        return self._failures[mirror]

    def note_failure(self, mirror: str, error: CondaError) -> None:
        """Remember that a mirror failed, and tell it of each once."""
        with self._counting:
            self._failures[mirror] += 1
            is_new = self._failures[mirror] == 1
        if is_new:
            self._tell(Warned(f"{error}; another mirror is asked", error.hint))


def is_up_to_the_mirror(error: CondaError) -> bool:
    """Tell whether another mirror may do better: not where a file is not there, or may not be had.

    Connections that fail, servers in trouble and wrong content say nothing of other mirrors.
    """
    if isinstance(error, HttpError):
        status = error.fields.get("status")
        return status in BUSY - {413} or (isinstance(status, int) and status >= 500)
    return isinstance(error, FetchError) and error.fields.get("reason") not in _OUR_OWN


def _place(request: FetchRequest, channel: Channel, base: str, url: str, *, is_first: bool) -> Place:
    if is_first and request.access is not None:
        return Place(url, request.access, base)
    access = channel.authenticated_url(url)
    return Place(url, access if access.reveal() != url else None, base, is_first)
