"""Which entry of `channel_settings` a URL falls under."""

from __future__ import annotations

from fnmatch import fnmatchcase

from conda_kernel.errors import SettingError
from conda_kernel.model.channel import Channel
from conda_kernel.model.channel_url import InvalidChannel, shown, split_url
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.model.channel_settings import ChannelSettings
    from conda_kernel.model.channel_url import ChannelUrl

WILD = frozenset("*?[")


class Place(NamedTuple):
    """Where channels lie: their scheme, their host, and what their paths begin with."""

    scheme: str
    host: str
    parts: tuple[str, ...]

    def covers(self, url: ChannelUrl) -> bool:
        """Tell whether a URL lies there."""
        return (self.scheme, self.host) == (url.scheme, url.host) and url.parts[: len(self.parts)] == self.parts


class PlacePattern(NamedTuple):
    """Patterns for host and path; a star stands for any text, but never for the end of the host."""

    scheme: str
    host: str
    path: str

    def covers(self, url: ChannelUrl) -> bool:
        """Tell whether a URL lies there."""
        path = "/".join(url.parts)
        fits = fnmatchcase(path, self.path) or fnmatchcase(f"{path}/", self.path)
        return self.scheme == url.scheme and fnmatchcase(url.host, self.host) and fits


class AuthRule(NamedTuple):
    """An entry that names the handler of the channels at some places."""

    places: tuple[Place | PlacePattern, ...]
    handler: str


def auth_rules(entries: Iterable[Mapping[str, str]], settings: ChannelSettings) -> tuple[AuthRule, ...]:
    """Return the rules for those entries that have an `auth`; raise `SettingError` for what names no channel.

    A name stands for the URLs of the channel, so that it holds for their scheme alone.
    """
    return tuple(
        AuthRule(_places(entry.get("channel", "").strip(), settings), entry["auth"].strip().lower())
        for entry in entries
        if entry.get("auth", "").strip()
    )


def handler_for(url: ChannelUrl, rules: Iterable[AuthRule]) -> str | None:
    """Return the handler that the last rule for the URL names, `None` where there is none."""
    named = [rule.handler for rule in rules if any(place.covers(url) for place in rule.places)]
    return named[-1] if named else None


def _places(text: str, settings: ChannelSettings) -> tuple[Place | PlacePattern, ...]:
    scheme, separator, rest = text.partition("://")
    if separator and WILD & set(rest):
        host, _, path = rest.rpartition("@")[2].partition("/")
        return (PlacePattern(scheme.lower(), host.lower(), path),)
    if not separator and WILD & set(text):
        raise _unusable(text, "a pattern begins with a scheme, like `https://`")
    try:
        urls = [split_url(url) for url in Channel.parse(text, settings).base_urls]
    except InvalidChannel as error:
        raise _unusable(text, str(error)) from None
    if not urls:
        raise _unusable(text, "it stands for no channel")
    return tuple(Place(url.scheme, url.host, url.parts) for url in urls)


def _unusable(text: str, reason: str) -> SettingError:
    return SettingError(
        f"`channel_settings` has an entry for the channel `{shown(text)}`, which cannot be used: {reason}",
        hint="`channel` is a name, a URL, or a URL with `*` in it",
        parameter_name="channel_settings",
    )
