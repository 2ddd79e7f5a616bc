"""Where the packages of a subdir lie (CEP 15)."""

from __future__ import annotations

import re

from conda_channels.invalid import InvalidRepodata
from conda_kernel.model.channel_url import InvalidChannel, is_url, shown, split_url

_LOCAL = "file"
_BELOW = r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]*"
"""Folders below a folder, as every channel that names a place spells them."""


def package_base(subdir_url: str, base_url: str | None) -> str:
    """Return the public URL, without trailing slash, that file names are appended to.

    `subdir_url` is that of the folder the index came from; `base_url` what the index says, absolute or relative to it.
    Credentials in it are dropped: packages elsewhere are fetched with none. Raises `InvalidRepodata` for what is no
    URL, and when an index of the network leads to files of this machine.
    """
    if not base_url:
        return subdir_url
    scheme = subdir_url.partition("://")[0]
    try:
        base = split_url(base_url if is_url(base_url) else _joined(subdir_url, base_url))
    except (InvalidChannel, ValueError) as error:
        raise InvalidRepodata(
            f"the index of `{subdir_url}` names a place for its packages that is no URL: `{shown(base_url[:160])}`",
            hint="tell the owners of the channel",
            url=subdir_url,
        ) from error
    if base.scheme == _LOCAL and scheme != _LOCAL:
        raise InvalidRepodata(
            f"the index of `{subdir_url}` says that its packages are files of this machine",
            hint="tell the owners of the channel",
            url=subdir_url,
        )
    return base.public


def _joined(folder: str, relative: str) -> str:
    """Return the URL that a relative one means in a folder; raise ValueError for one that cannot be."""
    below = relative.removeprefix("./")
    if re.fullmatch(_BELOW, below):
        return f"{folder}/{below}"
    from urllib.parse import urljoin  # noqa: PLC0415 - costs a millisecond, and few channels name another place

    # The library joins relative URLs of the schemes that it knows; `s3` is none of them.
    scheme = folder.partition("://")[0]
    joined = urljoin(f"http{folder[len(scheme) :]}/", relative)
    return scheme + joined.removeprefix("http")
