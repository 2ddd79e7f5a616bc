"""Tells whether the channel in a match spec and the channel of a record are the same (CEP 29)."""

from __future__ import annotations

from functools import lru_cache

from conda_kernel.model.channel_url import InvalidChannel, is_path, is_url, path_url, split_url
from conda_kernel.model.pattern import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_ALIAS: Final = "conda.anaconda.org"
_PKGS: Final = "repo.anaconda.com"
_DEFAULTS: Final = frozenset(("defaults", "pkgs/main", "pkgs/r", "pkgs/msys2"))
_RESERVED: Final = _DEFAULTS | {"pkgs/pro", "local"}


def canonical_channel(text: str) -> str:
    """Return the name of a channel as match specs write it: a name, or a URL without credentials.

    URLs of the built-in places become names, paths become `file:` URLs. The configuration plays no part: whoever has
    another alias names the channel by the name that records carry. Raise InvalidChannel.
    """
    place = public_url(text)
    return _canonical_url(place) if place else text.strip("/")


def public_url(text: str) -> str:
    """Return the URL, without credentials, that a URL or path stands for; empty for a name. Raise InvalidChannel."""
    if is_url(text):
        return split_url(text).public
    return split_url(path_url(text)).public if is_path(text) else ""


def channel_matches(spec_channel: str, record_channel: str) -> bool:
    """Tell whether a record's channel, a canonical name or a base URL, is the one that a match spec asks for.

    Scheme and credentials do not count. `defaults` accepts its members, a member accepts itself alone, a glob is
    compared with the name, and a bare name never stands for a channel on another host.
    """
    wanted, found = _comparable(spec_channel), _comparable(record_channel)
    if wanted == "defaults":
        return found in _DEFAULTS
    return Pattern.parse(wanted).matches(found) if "*" in wanted else wanted == found


@lru_cache(maxsize=1 << 10)
def _comparable(channel: str) -> str:
    try:
        name = _canonical_url(channel) if is_url(channel) else channel.strip("/")
    except InvalidChannel:
        name = channel
    return name.partition("://")[2] or name


def _canonical_url(text: str) -> str:
    url = split_url(text)
    name = "/".join(url.parts)
    if url.host == _ALIAS and name and not is_path(name) and name not in _RESERVED:
        return name
    if url.host == _PKGS and name in _RESERVED:
        return name
    return url.public
