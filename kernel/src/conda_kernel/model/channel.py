"""Reads channels: names, URLs and paths become a base URL, a canonical name and credentials (CEP 26)."""

from __future__ import annotations

from conda_kernel.model.channel_rules import ChannelRules, Resolved
from conda_kernel.model.channel_settings import UNKNOWN_CHANNEL, ChannelSettings
from conda_kernel.model.channel_url import InvalidChannel, split_url, with_credentials
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.channel_url import ChannelUrl

__all__ = ["UNKNOWN_CHANNEL", "Channel", "ChannelNames", "ChannelSettings", "InvalidChannel", "expand"]


class Channel(NamedTuple):
    """A place that packages come from.

    `name` is the canonical name, `base_url` the public URL without trailing slash. `platforms` are the subdirs the
    text asked for, `file_name` the package it pointed to. A multichannel has `members` and no `base_url`; neither
    has the unknown channel or an empty `local`. A mirrored channel has all its places in `mirrors`, in the order in
    which they are tried; `base_url` is the first, and what is recorded of a package names no other. Two channels
    are equal when host, path and platforms are, whatever their scheme and credentials.
    """

    name: str
    base_url: str = ""
    platforms: tuple[str, ...] = ()
    user: Secret | None = None
    password: Secret | None = None
    token: Secret | None = None
    token_place: int = 0
    file_name: str | None = None
    members: tuple[Channel, ...] = ()
    mirrors: tuple[Channel, ...] = ()

    @classmethod
    def parse(cls, text: str, settings: ChannelSettings) -> Channel:
        """Return the channel that a name, URL or path stands for; a multichannel's name gives one with members.

        Raises InvalidChannel.
        """
        return _channel(ChannelRules(settings).resolve(text))

    @property
    def subdir(self) -> str | None:
        """The first platform that the text asked for."""
        return self.platforms[0] if self.platforms else None

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The public base URLs: those of the members, the own one, or none."""
        if self.members:
            return tuple(member.base_url for member in self.members)
        return (self.base_url,) if self.base_url else ()

    @property
    def has_credentials(self) -> bool:
        """Tell whether the text or the settings brought a login or a token, for a mirror too."""
        return self.user is not None or self.token is not None or any(each.has_credentials for each in self.mirrors)

    def subdir_url(self, subdir: str) -> str:
        """Return the public URL of one subdir.

        Raises InvalidChannel for a channel without a URL of its own.
        """
        if not self.base_url:
            raise InvalidChannel(f"the channel `{self.name}` has no URL of its own", channel=self.name)
        return f"{self.base_url.rstrip('/')}/{subdir}"

    def subdirs(self, subdirs: Iterable[str]) -> tuple[str, ...]:
        """Return the subdirs to read: the platforms of the text and `noarch`, else those given."""
        return tuple(dict.fromkeys((*self.platforms, "noarch") if self.platforms else subdirs))

    def subdir_urls(self, subdirs: Iterable[str]) -> tuple[str, ...]:
        """Return the public URLs of the subdirs to read, of every member in turn."""
        wanted = tuple(subdirs)
        if self.members:
            return tuple(url for member in self.members for url in member.subdir_urls(wanted))
        return tuple(self.subdir_url(subdir) for subdir in self.subdirs(wanted)) if self.base_url else ()

    def places_of(self, url: str) -> tuple[str, ...]:
        """Return the public URLs of a file of the channel, given the public URL that records hold: one per mirror."""
        rest = url.removeprefix(self.base_url)
        if not self.mirrors or rest == url or not rest.startswith("/"):
            return (url,)
        return tuple(mirror.base_url + rest for mirror in self.mirrors)

    def authenticated_url(self, url: str) -> Secret:
        """Return a public URL with the channel's credentials in it, or with those of the mirror that it lies on.

        A URL on another scheme, host or port gets none. The token goes where it stood, when the URL begins like the
        channel up to there.
        """
        for mirror in self.mirrors:
            if url.startswith(f"{mirror.base_url}/"):
                return mirror.authenticated_url(url)
        if not self.base_url or not self.has_credentials:
            return Secret(url)
        own, target = split_url(self.base_url), split_url(url)
        if (own.scheme, own.host) != (target.scheme, target.host):
            return Secret(url)
        reaches_token = own.parts[: self.token_place] == target.parts[: self.token_place]
        credentials = own._replace(
            user=self.user,
            password=self.password,
            token=self.token if reaches_token else None,
            token_place=self.token_place,
        )
        path_end = min((index for index in (url.find("?"), url.find("#")) if index >= 0), default=len(url))
        trailing = ("/" if url[:path_end].endswith("/") else "") + url[path_end:]
        return with_credentials(target, credentials, trailing)

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Channel):
            return NotImplemented
        return self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (self.base_url.partition("://")[2] or self.name, self.platforms, self.members)


def expand(texts: Iterable[str], settings: ChannelSettings) -> tuple[Channel, ...]:
    """Return the channels of a list in order of priority, multichannels replaced by their members.

    Repeated channels keep their first place; unknown ones and `nodefaults` are dropped. The allow and deny lists hold.

    Raises InvalidChannel.
    """
    rules = ChannelRules(settings)
    channels: dict[Channel, None] = {}
    for text in texts:
        if text.strip() == "nodefaults":
            continue
        found = rules.resolve(text)
        for resolved in found.members or (found,):
            if resolved.url is not None:
                for url in resolved.mirrors or (resolved.url,):
                    rules.check_permitted(resolved.name, url)
                channels.setdefault(_channel(resolved))
    return tuple(channels)


class ChannelNames:
    """Gives the canonical name of a channel for the name or URL that a file holds; each text is looked at once."""

    __slots__ = ("_names", "_rules")

    def __init__(self, settings: ChannelSettings) -> None:
        self._rules = ChannelRules(settings)
        self._names: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the canonical name; a text that names no channel gives `<unknown>`."""
        name = self._names.get(text)
        if name is None:
            try:
                name = self._rules.resolve(text).name
            except InvalidChannel:
                name = UNKNOWN_CHANNEL
            self._names[text] = name
        return name


def _channel(resolved: Resolved) -> Channel:
    url = resolved.url
    if url is None:
        return Channel(resolved.name, platforms=resolved.platforms, members=tuple(map(_channel, resolved.members)))
    mirrors = tuple(_channel_at(resolved.name, mirror) for mirror in resolved.mirrors)
    return _channel_at(resolved.name, url)._replace(
        platforms=resolved.platforms, file_name=resolved.file_name, mirrors=mirrors
    )


def _channel_at(name: str, url: ChannelUrl) -> Channel:
    return Channel(
        name=name,
        base_url=url.public,
        user=url.user,
        password=url.password,
        token=url.token,
        token_place=url.token_place,
    )
