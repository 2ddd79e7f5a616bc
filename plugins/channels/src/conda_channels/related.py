"""The channels that channels bring along, above or below them in priority (CEP 42)."""

from __future__ import annotations

import json

from conda_kernel.channels import channel_settings
from conda_kernel.model.channel import expand
from conda_kernel.model.channel_relations import related_url, with_related_channels
from conda_kernel.model.event import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conda_kernel.context import Context
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.event import Event

_PLACES = {"base": "before", "overrides": "after"}


class Related:
    """Finds the channels that some channels bring along; `relations(channel)` gives what an index says of them.

    What it gives is JSON or empty; a channel that is not known is read for it. It gets the credentials that the
    settings have for it, and none of those that brought it.
    """

    def __init__(self, context: Context, relations: Callable[[Channel], str], tell: Callable[[Event], None]) -> None:
        self._settings = channel_settings(context)
        self._relations = relations
        self._tell = tell
        self._known: dict[str, Channel] = {}
        self._named: dict[str, str] = {}

    def in_order(self, channels: Sequence[Channel], depth: int) -> list[Channel]:
        """Return the channels and those related to them, in the order of priority, and tell of those that came along.

        Raises `InvalidChannel` when relations give no order, lead too far, or lead to a channel that is denied.
        """
        given: dict[str, list[Channel]] = {}
        for channel in channels:
            given.setdefault(channel.base_url, []).append(channel)
            self._known.setdefault(channel.base_url, channel)
        urls = with_related_channels(list(given), self._relations_of, depth)
        for url in urls:
            if url not in given:
                self._tell(Told(self._named[url]))
        return [channel for url in urls for channel in given.get(url) or [self._known[url]]]

    def _relations_of(self, url: str) -> dict[str, str]:
        if url not in self._known:
            (self._known[url],) = expand([url], self._settings)
        channel = self._known[url]
        text = self._relations(channel)
        found: dict[str, str] = json.loads(text) if text else {}
        for key, place in _PLACES.items():
            if key in found:
                target = related_url(url, found[key])
                told = f"the channel `{channel.name}` brings the channel `{target}` along, which counts {place} it"
                self._named.setdefault(target, told)
        return found
