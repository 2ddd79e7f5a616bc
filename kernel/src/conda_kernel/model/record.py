"""Holds one package of a channel as its repodata describes it, and reads it from decoded repodata (CEP 36, 48)."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.model.channel_url import without_credentials
from conda_kernel.model.record_fields import (
    LARGEST_NUMBER,
    LAST_SECOND,
    NO_GROUPS,
    USUAL_FIELDS,
    InvalidRecord,
    check_names,
    dependency_groups,
    digest,
    fault,
    milliseconds,
    noarch_kind,
    number,
    required_fields,
    site_packages,
    text,
    texts,
    variant_flags,
    words,
)
from conda_kernel.model.subdir import is_subdir_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "NOTHING",
    "NO_GROUPS",
    "InvalidRecord",
    "PackageRecord",
    "package_record",
    "record_as_json",
    "stored_record",
]

NOTHING: Mapping[str, object] = MappingProxyType({})

_PLAIN_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!~=-]{0,210}").fullmatch
_LISTS = frozenset((list, tuple))
_octets = bytes.fromhex
_EXTENSIONS = (".tar.bz2", ".conda", ".whl")
_TEXTS_WRITTEN_WHEN_SET = ("license", "license_family", "noarch", "python_site_packages_path", "arch", "platform")
_NUMBERS_WRITTEN_WHEN_SET = ("size", "legacy_bz2_size", "indexed_timestamp")
_DIGESTS_WRITTEN_WHEN_SET = ("md5", "sha256", "legacy_bz2_md5")
_READ_OTHERWISE = frozenset(
    (
        "fn",
        "url",
        "channel",
        "schannel",
        "auth",
        "build_string",
        "record_version",
        "features",
        "extra_depends",
        "flags",
    )
)
_KNOWN = USUAL_FIELDS.union(
    _TEXTS_WRITTEN_WHEN_SET, _NUMBERS_WRITTEN_WHEN_SET, _DIGESTS_WRITTEN_WHEN_SET, _READ_OTHERWISE
)


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


_RARE_FIELDS: Mapping[str, Callable[[Mapping[str, object]], object]] = MappingProxyType(
    {
        "arch": lambda entry: text(entry, "arch") or None,
        "platform": lambda entry: text(entry, "platform") or None,
        "features": lambda entry: words(entry, "features"),
        "python_site_packages_path": site_packages,
        "legacy_bz2_md5": lambda entry: digest(entry, "legacy_bz2_md5", 32),
        "legacy_bz2_size": lambda entry: number(entry, "legacy_bz2_size"),
        "indexed_timestamp": lambda entry: number(entry, "indexed_timestamp"),
        "extra_depends": dependency_groups,
        "flags": variant_flags,
    }
)
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


def package_record(  # noqa: C901, PLR0913  (runs for every record of a channel: each call in it would show)
    entry: Mapping[str, object],
    *,
    channel: str,
    subdir: str,
    base_url: str,
    file_name: str,
    channel_url: str = "",
) -> PackageRecord:
    """Return the record for one entry of repodata.

    `channel` is the canonical name, `base_url` the public URL of the folder that holds the packages (CEP 15),
    `file_name` the key of the entry; what the entry itself says about these is not trusted. `channel_url` is needed
    when the packages lie elsewhere than the repodata. The version is not parsed here.

    Raises InvalidRecord for a missing field, a wrong type, a number out of range, and for text in a field that
    becomes part of a path which could lead elsewhere.
    """
    get = entry.get
    name, version, build, build_number = get("name"), get("version"), get("build"), get("build_number")
    if type(name) is not str or type(version) is not str or type(build) is not str or type(build_number) is not int:
        name, version, build, build_number = required_fields(entry)
    name = name.lower()
    if (
        _PLAIN_FILE(file_name) is None
        or ".." in file_name
        or "-" in version
        or "-" in build
        or not (name and version and build)
        or name[0] == "_"
        or not file_name.startswith(f"{name}-{version}-{build}.")
    ):
        check_names(name, version, build, file_name)
    if not 0 <= build_number <= LARGEST_NUMBER:
        raise fault(entry, "build_number", "is out of range")

    depends, constrains, md5, sha256 = get("depends", ()), get("constrains", ()), get("md5"), get("sha256")
    if type(sha256) is bytes:
        sha256 = sha256.hex()
    if type(md5) is bytes:
        md5 = md5.hex()
    try:
        # Joining proves in one step that every element is a text, decoding that a digest is one.
        "".join(depends)  # type: ignore[arg-type]
        "".join(constrains)  # type: ignore[arg-type]
        plain = (
            (sha256 is None or len(_octets(sha256)) == 32)  # type: ignore[arg-type]
            and (md5 is None or len(_octets(md5)) == 16)  # type: ignore[arg-type]
            and type(depends) in _LISTS
            and type(constrains) in _LISTS
        )
    except (TypeError, ValueError):
        plain = False
    if not plain:
        depends, constrains = texts(entry, "depends"), texts(entry, "constrains")
        md5, sha256 = digest(entry, "md5", 32), digest(entry, "sha256", 64)

    size, timestamp = get("size"), get("timestamp")
    if size is not None and not (type(size) is int and 0 <= size <= LARGEST_NUMBER):
        raise fault(entry, "size", "is not a number of bytes")
    if type(timestamp) is not int or not LAST_SECOND < timestamp <= LARGEST_NUMBER:
        timestamp = milliseconds(entry, "timestamp")
    license_name, license_family = get("license"), get("license_family")
    if license_name is not None and type(license_name) is not str:
        raise fault(entry, "license", "is not a text")
    if license_family is not None and type(license_family) is not str:
        raise fault(entry, "license_family", "is not a text")

    record = _new(
        PackageRecord,
        (
            name,
            version,
            build,
            build_number,
            channel,
            subdir,
            file_name,
            f"{base_url}{file_name}" if base_url[-1:] == "/" else f"{base_url}/{file_name}",
            tuple(depends),  # type: ignore[arg-type]
            tuple(constrains),  # type: ignore[arg-type]
            words(entry, "track_features") if "track_features" in entry else (),
            md5 and md5.lower(),  # type: ignore[attr-defined]
            sha256 and sha256.lower(),  # type: ignore[attr-defined]
            size,
            timestamp,
            noarch_kind(entry) if "noarch" in entry else None,
            license_name,
            license_family,
            (),
            None,
            None,
            None,
            None,
            None,
            None,
            NO_GROUPS,
            (),
            channel_url,
            NOTHING,
        ),
    )
    if USUAL_FIELDS.issuperset(entry):
        return record
    return _with_rare_fields(record, entry, base_url)


def stored_record(entry: Mapping[str, object], channel_name: Callable[[str], str]) -> PackageRecord:
    """Return the record of a file that the package manager wrote: `repodata_record.json` or a prefix record.

    Here `fn`, `url`, `channel` and `subdir` are read; a channel with or without subdir is understood (CEP 32), and
    credentials are left out. `channel_name` gives the canonical name for the text of a channel.

    Raises InvalidRecord.
    """
    if entry.get("build_number") is None:
        entry = {**entry, "build_number": 0}
    name, version, build, _ = required_fields(entry)
    url, channel_text = without_credentials(text(entry, "url")), without_credentials(text(entry, "channel"))
    last = url.rpartition("/")[2]
    stated = text(entry, "fn") or (last if last.endswith(_EXTENSIONS) else f"{name.lower()}-{version}-{build}")
    file_name = stated if stated.endswith(_EXTENSIONS) else f"{stated}.tar.bz2"
    folder = url.removesuffix(f"/{file_name}")
    subdir = text(entry, "subdir") or _subdir_of(channel_text) or _subdir_of(folder) or "noarch"
    if not is_subdir_name(subdir):
        raise fault(entry, "subdir", "is no subdir")
    base = channel_text.rstrip("/").removesuffix(f"/{subdir}").removesuffix("/noarch").rstrip("/")
    if not base and folder != url and folder.endswith(f"/{subdir}"):
        base = folder.removesuffix(f"/{subdir}")
    record = package_record(
        entry,
        channel=channel_name(base) if base else "<unknown>",
        subdir=subdir,
        base_url=folder,
        file_name=file_name,
        channel_url=base if "://" in base and url != f"{base}/{subdir}/{file_name}" else "",
    )
    return record if record.url == url else record._replace(url=url)


def record_as_json(record: PackageRecord) -> dict[str, object]:
    """Return the record as JSON holds it in `repodata_record.json`: every field that is set, and the unknown ones.

    `channel` is the base URL of the channel without subdir and credentials (CEP 32).
    """
    document: dict[str, object] = dict(record.extra)
    document.update(
        build=record.build,
        build_number=record.build_number,
        channel=record.base_of_channel,
        constrains=list(record.constrains),
        depends=list(record.depends),
        fn=record.file_name,
        name=record.name,
        subdir=record.subdir,
        # A time so early that a reader takes it for seconds is written in seconds.
        timestamp=record.timestamp if record.timestamp > LAST_SECOND else record.timestamp // 1000,
        url=record.url,
        version=record.version,
    )
    for keys in (_TEXTS_WRITTEN_WHEN_SET, _NUMBERS_WRITTEN_WHEN_SET, _DIGESTS_WRITTEN_WHEN_SET):
        for key in keys:
            value = getattr(record, key)
            if value is not None:
                document[key] = value
    if record.track_features:
        document["track_features"] = " ".join(record.track_features)
    if record.features:
        document["features"] = " ".join(record.features)
    if record.extra_depends:
        document["extra_depends"] = {group: list(specs) for group, specs in record.extra_depends.items()}
    if record.flags:
        document["flags"] = list(record.flags)
    return document


def _with_rare_fields(record: PackageRecord, entry: Mapping[str, object], base_url: str) -> PackageRecord:
    version = number(entry, "record_version")
    if version is not None and version > 1:
        raise fault(entry, "record_version", "is newer than this package manager")
    changes = {key: read(entry) for key, read in _RARE_FIELDS.items() if key in entry}
    if record.file_name.endswith(".whl"):
        changes["url"] = _wheel_url(entry, base_url, record.file_name)
    extra = _extra(entry)
    return record._replace(**changes, extra=extra) if changes or extra else record  # type: ignore[arg-type]


def _extra(entry: Mapping[str, object]) -> Mapping[str, object]:
    if _KNOWN.issuperset(entry):
        return NOTHING
    return MappingProxyType({key: value for key, value in entry.items() if key not in _KNOWN})


def _wheel_url(entry: Mapping[str, object], base_url: str, file_name: str) -> str:
    url = text(entry, "url") or file_name
    if "://" in url:
        if not url.startswith(("https://", "http://")):
            raise fault(entry, "url", "has a scheme that packages are not fetched by")
        return without_credentials(url)
    return f"{base_url.rstrip('/')}/{url}"


def _subdir_of(url: str) -> str:
    last = url.rstrip("/").rpartition("/")[2]
    return last if "/" in url and "-" in last and is_subdir_name(last) else ""
