"""Holds all that the reading of a channel depends on."""

from __future__ import annotations

import os
from types import MappingProxyType

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import expanded
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.subdir import KNOWN_SUBDIRS, is_windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import NoReturn

UNKNOWN_CHANNEL = "<unknown>"

_NO_URLS: Mapping[str, str] = MappingProxyType({})
_NO_LISTS: Mapping[str, Sequence[str]] = MappingProxyType({})
_DEFAULTS = ("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r")
_DEFAULTS_ON_WINDOWS = (*_DEFAULTS, "https://repo.anaconda.com/pkgs/msys2")


def build_folders(places: Iterable[str]) -> tuple[str, ...]:
    """Return the folders among the places that are there, each once, with `~` and variables put in; `local` is them."""
    return tuple(dict.fromkeys(filter(os.path.isdir, map(expanded, filter(None, places)))))


class ChannelSettings(NamedTuple):
    """All that the reading of a channel depends on; shown with its credentials masked.

    `default_channels` left at None means the built-in ones, which depend on `subdir`, the platform in use.
    `mirrored_channels` gives for the name of a channel the places that all hold it, the preferred one first.
    `local_channels` are the output folders of conda-build. `working_folder` and `home` complete relative paths; empty
    means those of this process.
    """

    channel_alias: str = "https://conda.anaconda.org"
    default_channels: Sequence[str] | None = None
    custom_channels: Mapping[str, str] = _NO_URLS
    custom_multichannels: Mapping[str, Sequence[str]] = _NO_LISTS
    migrated_channel_aliases: Sequence[str] = ()
    migrated_custom_channels: Mapping[str, str] = _NO_URLS
    allowlist_channels: Sequence[str] = ()
    denylist_channels: Sequence[str] = ()
    mirrored_channels: Mapping[str, Sequence[str]] = _NO_LISTS
    subdir: str = "noarch"
    known_subdirs: frozenset[str] = KNOWN_SUBDIRS
    local_channels: Sequence[str] = ()
    working_folder: str = ""
    home: str = ""

    def defaults(self) -> Sequence[str]:
        """Return the members of `defaults`."""
        if self.default_channels is not None:
            return self.default_channels
        return _DEFAULTS_ON_WINDOWS if is_windows(self.subdir) else _DEFAULTS

    def __repr__(self) -> str:
        return mask_secrets(f"ChannelSettings{tuple(self)!r}")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("channel settings cannot be pickled: they may hold credentials")
