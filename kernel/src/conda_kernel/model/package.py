"""Holds one package of a channel as its repodata describes it."""

from __future__ import annotations

from types import MappingProxyType

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LAST_SECOND = 253_402_300_799
"""The end of the year 9999 in seconds: what is not above it is taken for seconds, and not for milliseconds."""

NOTHING: Mapping[str, object] = MappingProxyType({})
NO_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class PackageRecord(NamedTuple):
    """One package as its channel describes it.

    `channel` is the canonical name and `channel_url` the public base URL of the channel, empty when `url` is
    `channel_url/subdir/file_name`. `size` is in bytes, times are in milliseconds since 1970, 0 means unknown. `noarch`
    is None, `python` or `generic`. `extra` holds the fields that are not known here, as they were read.
    """

    name: str
    version: str
    build: str
    build_number: int = 0
    channel: str = "<unknown>"
    subdir: str = "noarch"
    file_name: str = ""
    url: str = ""
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    track_features: tuple[str, ...] = ()
    md5: str | None = None
    sha256: str | None = None
    size: int | None = None
    timestamp: int = 0
    noarch: str | None = None
    license: str | None = None
    license_family: str | None = None
    features: tuple[str, ...] = ()
    python_site_packages_path: str | None = None
    arch: str | None = None
    platform: str | None = None
    legacy_bz2_md5: str | None = None
    legacy_bz2_size: int | None = None
    indexed_timestamp: int | None = None
    extra_depends: Mapping[str, tuple[str, ...]] = NO_GROUPS
    flags: tuple[str, ...] = ()
    channel_url: str = ""
    extra: Mapping[str, object] = NOTHING

    @property
    def dist_name(self) -> str:
        """`name-version-build`, the stem of file names."""
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def identity(self) -> tuple[str, str, str, str, int, str]:
        """What makes two records one package: channel, subdir, name, version text, build number, build."""
        return (self.channel, self.subdir, self.name, self.version, self.build_number, self.build)

    @property
    def base_of_channel(self) -> str:
        """The public base URL of the channel, or its name when no URL is known."""
        if self.channel_url:
            return self.channel_url
        base = self.url.removesuffix(f"/{self.subdir}/{self.file_name}")
        return base if base and base != self.url else self.channel

    def __str__(self) -> str:
        return f"{self.channel}/{self.subdir}::{self.name}-{self.version}-{self.build}"

    def __hash__(self) -> int:
        return hash((self.name, self.version, self.build, self.subdir, self.channel, self.file_name))
