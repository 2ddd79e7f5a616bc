"""What a repodata file says of itself, and whether it can be used (CEP 36)."""

from __future__ import annotations

import json

from conda_channels.invalid import InvalidRepodata, invalid
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

LARGEST = 1 << 31
"""Bytes of the largest index that is unpacked; the largest real one has about a fifth of it."""

KNOWN_VERSION = 2


class Info(NamedTuple):
    """What the file says of itself."""

    subdir: str | None = None
    base_url: str | None = None
    repodata_version: int | None = None
    repodata_revisions: object = None
    channel_relations: object = None

    @classmethod
    def parse(cls, text: bytes) -> Info:
        """Read the JSON of it; raise ValueError for what is something else."""
        said = json_value(text)
        if said is None:
            return cls()
        if type(said) is not dict:
            raise ValueError("`info` is no object")
        info = cls(**{field: said[field] for field in cls._fields if field in said})
        for field, kind in (("subdir", str), ("base_url", str), ("repodata_version", int)):
            if type(getattr(info, field)) not in (kind, type(None)):
                raise ValueError(f"`{field}` in `info` is not as it must be")
        return info


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


def json_value(text: bytes) -> object:
    """Return what JSON stands for; raise ValueError or RecursionError for what is none, as `NaN` is."""
    return _decode(str(text, "utf-8"))


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode
