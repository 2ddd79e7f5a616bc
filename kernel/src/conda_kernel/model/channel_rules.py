"""Applies the configuration to a channel's text: aliases, custom and migrated channels, multichannels.

All tests whether one URL lies under another compare host and whole path parts.
"""

from __future__ import annotations

import re

from conda_kernel.model.channel_settings import UNKNOWN_CHANNEL, ChannelSettings
from conda_kernel.model.channel_url import ChannelUrl, InvalidChannel, is_path, is_url, path_url, shown, split_url
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.subdir import is_subdir_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BUILT_IN = {"pkgs/pro": "https://repo.anaconda.com"}
_UNKNOWN_TEXTS = ("", UNKNOWN_CHANNEL, "None", "None:///<unknown>")
_PLATFORM_LIST = r"(?s)(.*[^/])\[([^\[\]]*)\]"
_NAME_FAULT = "[\x00-\x20\x7f-\xa0\ud800-\udfff\u2028\u2029@:?#%\\\\*\\[\\]<>{}|^`\"'=,;!]"
_PACKAGE_SUFFIXES = (".conda", ".tar.bz2", ".whl")
_MAXIMAL_DEPTH = 20


class Resolved(NamedTuple):
    """What a text stands for; a multichannel has members and no URL, the unknown channel neither.

    A mirrored channel has all its places in `mirrors`, `url` is the first of them.
    """

    name: str
    url: ChannelUrl | None = None
    platforms: tuple[str, ...] = ()
    file_name: str | None = None
    members: tuple[Resolved, ...] = ()
    mirrors: tuple[ChannelUrl, ...] = ()


class _Place(NamedTuple):
    """A configured place of channels: `url` without the name, and the parts of the name that it is given to."""

    url: ChannelUrl
    name: tuple[str, ...]

    @property
    def whole(self) -> ChannelUrl:
        return self.url._replace(parts=(*self.url.parts, *self.name))


class ChannelRules:
    """The settings, prepared once for any number of channels."""

    def __init__(self, settings: ChannelSettings) -> None:
        self._settings = settings
        self._alias = self._place_url(settings.channel_alias, "channel_alias")
        self._old_aliases = tuple(
            self._place_url(text, "migrated_channel_aliases") for text in settings.migrated_channel_aliases
        )
        self._moved = tuple(
            _Place(self._place_url(text, "migrated_custom_channels"), _parts(name))
            for name, text in settings.migrated_custom_channels.items()
        )
        self._custom = self._places(
            _Place(self._place_url(text, "custom_channels"), _parts(name))
            for name, text in {**_BUILT_IN, **settings.custom_channels}.items()
        )
        self._lists: dict[str, Sequence[str]] = {
            "defaults": settings.defaults(),
            **settings.custom_multichannels,
            "local": settings.local_channels,
        }
        self._mirrors = {"/".join(_parts(name)): self._mirrors_of(name) for name in settings.mirrored_channels}
        self._mirrored = {url.location: name for name, urls in self._mirrors.items() for url in urls}
        self._owners: dict[str, str] = {}
        self._add_members()
        self._denied = {url.location for url in self._base_urls(settings.denylist_channels)}
        self._allowed = {url.public for url in self._base_urls(settings.allowlist_channels)}

    def resolve(self, text: str) -> Resolved:
        """Return what the text stands for.

        Raises InvalidChannel.
        """
        return self._resolve(text, 0)

    def check_permitted(self, name: str, url: ChannelUrl) -> None:
        """Raise InvalidChannel when the deny list has the channel or an allow list lacks it.

        The deny list holds for every scheme; an allowed `https:` channel is not allowed by `http:`.
        """
        if url.location in self._denied:
            raise InvalidChannel(f"the channel `{name}` is denied by `denylist_channels`", channel=name)
        if self._settings.allowlist_channels and url.public not in self._allowed:
            raise InvalidChannel(f"the channel `{name}` is not in `allowlist_channels`", channel=name)

    def _resolve(self, text: str, depth: int) -> Resolved:
        text = text.strip()
        if text in _UNKNOWN_TEXTS:
            return Resolved(UNKNOWN_CHANNEL)
        if text == "nodefaults":
            raise InvalidChannel("`nodefaults` is no channel: it stands in environment files alone")
        platforms: tuple[str, ...] = ()
        bracket = re.fullmatch(_PLATFORM_LIST, text) if text.endswith("]") else None
        if bracket is not None:
            text, platforms = bracket[1], self._platform_list(bracket[2], text)
        if is_url(text):
            return self._of_url(text, platforms)
        if is_path(text):
            return self._of_url(path_url(text, self._settings.working_folder, self._settings.home), platforms)
        return self._of_name(text, platforms, depth)

    def _platform_list(self, text: str, whole: str) -> tuple[str, ...]:
        platforms = tuple(part.strip().lower() for part in re.split(r"[,|;]", text))
        if not all(map(is_subdir_name, platforms)):
            raise InvalidChannel(f"`{shown(whole)}` does not list platforms between its brackets", text=shown(whole))
        return platforms

    def _of_name(self, text: str, platforms: tuple[str, ...], depth: int) -> Resolved:
        if re.search(_NAME_FAULT, text) is not None:
            raise InvalidChannel(
                f"`{shown(text)}` is not the name of a channel",
                hint="give a name like `conda-forge`, a URL, or a path that begins with `./` or `/`",
                text=shown(text),
            )
        parts = _parts(text)
        if ".." in parts or "." in parts:
            raise InvalidChannel(f"`{shown(text)}` is not the name of a channel", text=shown(text))
        return self._named(parts, platforms, depth)

    def _named(self, parts: tuple[str, ...], platforms: tuple[str, ...], depth: int) -> Resolved:
        url, brings_token = self._below_base(parts)
        if brings_token:
            rest, file_name, platforms = self._without_tail(url.parts, platforms)
            return self._finished(_with_parts(url, rest), platforms, file_name)
        parts, file_name, platforms = self._without_tail(parts, platforms)
        name = "/".join(parts)
        if name in self._lists:
            return self._multichannel(name, platforms, depth)
        if name in self._mirrors:
            return self._of_mirrors(name, platforms, file_name)
        named, _ = self._below_base(parts)
        return self._finished(self._migrated(named) if self._place_of(parts) is None else named, platforms, file_name)

    def _below_base(self, parts: tuple[str, ...]) -> tuple[ChannelUrl, bool]:
        """Return the URL that a name stands for, and whether it has a token of its own instead of that of its place."""
        place = self._place_of(parts)
        base = place.url if place is not None else self._alias
        # Anything a name may hold stands in a URL as it is, letters beyond ASCII apart.
        url = split_url(f"{base.scheme}://x/{'/'.join(parts)}")
        below = base._replace(parts=(*base.parts, *url.parts))
        if url.token is None:
            return below, False
        return below._replace(token=url.token, token_place=len(base.parts) + url.token_place), True

    def _place_of(self, parts: tuple[str, ...]) -> _Place | None:
        """Return the configured place that a name belongs to: the one with the longest name that it begins with."""
        return next((place for place in self._custom if parts[: len(place.name)] == place.name), None)

    def _multichannel(self, name: str, platforms: tuple[str, ...], depth: int) -> Resolved:
        if depth > _MAXIMAL_DEPTH:
            raise InvalidChannel(f"the channel `{name}` contains itself", channel=name)
        members: dict[str, Resolved] = {}
        for text in self._lists[name]:
            found = self._resolve(text, depth + 1)
            for member in found.members or (found,):
                if member.url is not None:
                    members.setdefault(member.url.location, member)
        if platforms:
            members = {key: member._replace(platforms=platforms) for key, member in members.items()}
        return Resolved(name, platforms=platforms, members=tuple(members.values()))

    def _of_url(self, text: str, platforms: tuple[str, ...]) -> Resolved:
        url = split_url(text)
        parts, file_name, platforms = self._without_tail(url.parts, platforms)
        return self._placed(_with_parts(url, parts), platforms, file_name)

    def _of_mirrors(
        self, name: str, platforms: tuple[str, ...], file_name: str | None, given: ChannelUrl | None = None
    ) -> Resolved:
        """Return a mirrored channel; credentials that the URL of one mirror brought are for that mirror alone."""
        mirrors = tuple(
            _borrowed(given, mirror) if given is not None and _is_same_place(given, mirror) else mirror
            for mirror in self._mirrors[name]
        )
        return Resolved(self._owners.get(mirrors[0].location, name), mirrors[0], platforms, file_name, mirrors=mirrors)

    def _placed(self, url: ChannelUrl, platforms: tuple[str, ...], file_name: str | None) -> Resolved:
        mirrored = self._mirrored.get(url.location)
        if mirrored is not None:
            return self._of_mirrors(mirrored, platforms, file_name, url)
        for place in self._moved:
            if _under(url, place.whole):
                return self._named(url.parts[len(place.url.parts) :], platforms, 1)._replace(file_name=file_name)
        url = self._migrated(url)
        for place in self._custom:
            if _under(url, place.whole):
                return self._finished(_borrowed(url, place.url), platforms, file_name)
        if _under(url, self._alias):
            url = _borrowed(url, self._alias)
        return self._finished(url, platforms, file_name)

    def _migrated(self, url: ChannelUrl) -> ChannelUrl:
        """Return the URL below the alias for one below a former alias, which may lie above or below the present one."""
        present = len(self._alias.parts) if _under(url, self._alias) else -1
        former = max(
            (len(old.parts) for old in self._old_aliases if _under(url, old) and len(url.parts) > len(old.parts)),
            default=-1,
        )
        if former <= present:
            return url
        moved = _with_credentials_of(self._alias, url)
        return self._migrated(moved._replace(parts=(*self._alias.parts, *url.parts[former:])))

    def _finished(self, url: ChannelUrl, platforms: tuple[str, ...], file_name: str | None) -> Resolved:
        return Resolved(self._canonical_name(url), url, platforms, file_name)

    def _canonical_name(self, url: ChannelUrl) -> str:
        """Return the name that the configuration gives to a URL, the URL itself where no name leads back to it."""
        owner = self._owners.get(url.location)
        if owner is not None:
            return owner
        for place in (*self._custom, _Place(self._alias, ())):
            if _under(url, place.whole):
                parts = url.parts[len(place.url.parts) :]
                if self._leads_to(parts, url):
                    return "/".join(parts)
        return url.public

    def _leads_to(self, parts: tuple[str, ...], url: ChannelUrl) -> bool:
        """Tell whether these parts, as a name, stand for the channel at the URL and for no other."""
        name = "/".join(parts)
        if not parts or re.search(_NAME_FAULT, name) is not None or is_path(name):
            return False
        if name in _UNKNOWN_TEXTS or name == "nodefaults" or name in self._lists or name in self._mirrors:
            return False
        if self._without_tail(parts, ()) != (parts, None, ()):
            return False
        place = self._place_of(parts)
        base = place.url if place is not None else self._alias
        return base.host == url.host and (*base.parts, *parts) == url.parts

    def _without_tail(
        self, parts: tuple[str, ...], platforms: tuple[str, ...]
    ) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
        file_name = None
        if len(parts) > 1 and parts[-1].endswith(_PACKAGE_SUFFIXES):
            parts, file_name = parts[:-1], parts[-1]
        if parts and parts[-1].lower() in self._settings.known_subdirs:
            parts, platforms = parts[:-1], platforms or (parts[-1].lower(),)
            if parts and parts[-1].lower() in self._settings.known_subdirs:
                text = shown("/".join(parts))
                raise InvalidChannel(
                    f"the channel `{text}` ends in a platform, behind which another one stands", text=text
                )
        return parts, file_name, platforms

    def _place_url(self, text: str, setting: str) -> ChannelUrl:
        try:
            if is_path(text):
                text = path_url(text, self._settings.working_folder, self._settings.home)
            return split_url(text if is_url(text) else f"https://{text}")
        except InvalidChannel as error:
            raise InvalidChannel(f"the setting `{setting}` holds `{shown(text)}`, which is no URL") from error

    def _mirrors_of(self, name: str) -> tuple[ChannelUrl, ...]:
        urls = tuple(
            self._place_url(text, "mirrored_channels") for text in self._settings.mirrored_channels[name] if text
        )
        if not urls or not _parts(name):
            raise InvalidChannel(f"the setting `mirrored_channels` gives no place for `{shown(name)}`")
        return urls

    def _places(self, places: Iterable[_Place]) -> tuple[_Place, ...]:
        return tuple(sorted((place for place in places if place.name), key=lambda place: -len(place.name)))

    def _add_members(self) -> None:
        members: list[_Place] = []
        owners: dict[str, str] = {}
        for name in self._lists:
            for url in _urls(self._multichannel(name, (), 0)):
                owners.setdefault(url.location, name)
                members.append(self._member_place(url))
        self._owners = owners
        known = {place.name for place in self._custom}
        self._custom = self._places(
            (*self._custom, *{place.name: place for place in members if place.name not in known}.values())
        )

    def _member_place(self, url: ChannelUrl) -> _Place:
        if _under(url, self._alias) and len(url.parts) > len(self._alias.parts):
            length = len(self._alias.parts)
        elif url.scheme == "file" and not url.host:
            length = max(len(url.parts) - 1, 0)
        else:
            length = 1 if url.parts[:1] == ("conda",) and len(url.parts) > 1 else 0
        return _Place(url._replace(parts=url.parts[:length]), url.parts[length:])

    def _base_urls(self, texts: Iterable[str]) -> list[ChannelUrl]:
        return [url for text in texts for url in _urls(self._resolve(text, 0))]


def _urls(channel: Resolved) -> list[ChannelUrl]:
    return [member.url for member in (channel.members or (channel,)) if member.url is not None]


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in name.split("/") if part)


def _under(url: ChannelUrl, place: ChannelUrl) -> bool:
    return url.host == place.host and url.parts[: len(place.parts)] == place.parts


def _with_parts(url: ChannelUrl, parts: tuple[str, ...]) -> ChannelUrl:
    """Return the URL with fewer parts, its token no further behind than they reach."""
    return url._replace(parts=parts, token_place=min(url.token_place, len(parts)))


def _is_same_place(url: ChannelUrl, other: ChannelUrl) -> bool:
    return url.location == other.location and url.scheme == other.scheme


def _with_credentials_of(target: ChannelUrl, url: ChannelUrl) -> ChannelUrl:
    """Return the target; credentials that the URL itself brought for the old place are not sent to the new one."""
    return target if url.host != target.host else _borrowed(url, target)._replace(scheme=target.scheme)


def _borrowed(url: ChannelUrl, place: ChannelUrl) -> ChannelUrl:
    """Return the URL with the credentials of its place, unless it brings its own or has another scheme."""
    if url.user is not None or url.token is not None or url.scheme != place.scheme:
        return url
    return url._replace(user=place.user, password=place.password, token=place.token, token_place=place.token_place)
