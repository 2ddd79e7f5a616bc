"""The tokens that `anaconda login` has stored: a file for each server, named for its URL."""

from __future__ import annotations

import os
import re
import sys
from urllib.parse import unquote_plus

from conda_kernel.errors import CondaError
from conda_kernel.model.channel_url import InvalidChannel, split_url
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.model.channel_url import ChannelUrl

SUFFIX = ".token"
LONGEST = 4096
"""Bytes of a token, at most."""

_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]+")


class StoredTokenUnusable(CondaError):
    """A file of a token cannot be read, or holds none; the field `path` names it."""


class StoredToken(NamedTuple):
    """A file whose token is for the channels below the URL `place`."""

    place: ChannelUrl
    path: str

    def covers(self, url: ChannelUrl) -> bool:
        """Tell whether the token is for a URL."""
        own = self.place
        return (own.scheme, own.host) == (url.scheme, url.host) and url.parts[: len(own.parts)] == own.parts

    def read(self) -> Secret:
        """Return the token; raise `StoredTokenUnusable`."""
        try:
            with open(self.path, "rb") as file:
                text = file.read(LONGEST + 1).decode("ascii", "replace").strip()
        except OSError as error:
            why = (error.strerror or "").lower()
            raise StoredTokenUnusable(f"`{printable(self.path)}` cannot be read: {why}", path=self.path) from None
        if len(text) > LONGEST or _TOKEN.fullmatch(text) is None:
            raise StoredTokenUnusable(
                f"`{printable(self.path)}` holds no token",
                hint="run `anaconda login` again, or remove the file",
                path=self.path,
            )
        return Secret(text)


def token_folder(environ: Mapping[str, str]) -> str | None:
    """Return where tokens are stored, whether or not there is such a folder."""
    if environ.get("BINSTAR_CONFIG_DIR"):
        return os.path.join(environ["BINSTAR_CONFIG_DIR"], "data")
    if sys.platform == "win32":
        folder = environ.get("LOCALAPPDATA")
        return os.path.join(folder, "ContinuumIO", "binstar") if folder else None
    home = environ.get("HOME")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "binstar") if home else None
    data = environ.get("XDG_DATA_HOME") or (os.path.join(home, ".local", "share") if home else None)
    return os.path.join(data, "binstar") if data else None


def token_for(url: str, environ: Mapping[str, str]) -> tuple[Secret, int] | None:
    """Return the token for a URL and how many parts of its path stand before it; the longest place counts.

    A token for a server's `api` is for its channels: `https://api.h` for `https://conda.h`, `https://h/api` for
    `https://h/conda`. Raises `StoredTokenUnusable`.
    """
    folder = token_folder(environ)
    wanted = split_url(url)
    fitting = [token for token in _stored(folder) if token.covers(wanted)] if folder else []
    if not fitting:
        return None
    found = max(fitting, key=lambda token: len(token.place.parts))
    return found.read(), len(found.place.parts)


def _stored(folder: str) -> list[StoredToken]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    found = []
    for name in names:
        if name.endswith(SUFFIX):
            try:
                place = split_url(unquote_plus(name.removesuffix(SUFFIX)))
            except InvalidChannel:
                continue
            found.append(StoredToken(_of_channels(place), os.path.join(folder, name)))
    return found


def _of_channels(place: ChannelUrl) -> ChannelUrl:
    if place.host.startswith("api."):
        return place._replace(host="conda." + place.host.removeprefix("api."))
    if place.parts[-1:] == ("api",):
        return place._replace(parts=(*place.parts[:-1], "conda"))
    return place
