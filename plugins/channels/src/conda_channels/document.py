"""What a repodata file says of itself, and whether it can be used (CEP 36)."""

from __future__ import annotations

from typing import Any

import msgspec

from conda_channels.invalid import InvalidRepodata, invalid
from conda_kernel.model.paths import printable

LARGEST = 1 << 31
"""Bytes of the largest index that is unpacked; the largest real one has about a fifth of it."""

KNOWN_VERSION = 2


class Info(msgspec.Struct):
    """What the file says of itself."""

    subdir: str | None = None
    base_url: str | None = None
    repodata_version: int | None = None
    repodata_revisions: Any = None
    channel_relations: Any = None


def check_info(info: Info, version: int, url: str, subdir: str) -> None:
    """Raise `InvalidRepodata` for the index of another subdir, or of a version that is not known.

    The version stands in the info (CEP 36) or beside it, as in real files; the larger counts.
    """
    if info.subdir is not None and info.subdir != subdir:
        raise invalid(url, f"is the index of `{printable(info.subdir[:80])}` instead of `{subdir}`")
    version = max(version, info.repodata_version or 1)
    if version > KNOWN_VERSION:
        raise InvalidRepodata(
            f"the index at `{url}` has the format {version}, which is too new",
            hint="update the package manager",
            url=url,
        )
