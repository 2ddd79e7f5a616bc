"""Holds one package of a channel as its repodata describes it, and reads it from decoded repodata (CEP 36, 48)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from conda_kernel.model.errors import ParseError, quoted
from conda_kernel.model.paths import UnsafePath, safe_name, safe_relative_path
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.subdir import is_subdir_name

NOTHING: Mapping[str, object] = MappingProxyType({})
NO_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({})

LARGEST_NUMBER = 2**63 - 1
LAST_SECOND = 253_402_300_799

_PLAIN_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!~=-]{0,210}").fullmatch
_GROUP = re.compile(r"[a-z0-9_.+-]{1,64}").fullmatch
_FLAG = re.compile(r"[a-z0-9_]+(?::[a-z0-9_]+)?").fullmatch
_EXTENSIONS = (".tar.bz2", ".conda", ".whl")
_NOARCH: Mapping[object, str | None] = MappingProxyType(
    {None: None, False: None, True: "generic", "generic": "generic", "python": "python"}
)
# The fields that nearly every record of a channel has; a record with no others takes the short way.
_USUAL = frozenset(
    (
        "name",
        "version",
        "build",
        "build_number",
        "depends",
        "constrains",
        "subdir",
        "md5",
        "sha256",
        "size",
        "timestamp",
        "noarch",
        "license",
        "license_family",
        "track_features",
        "fn",
        "url",
        "channel",
    )
)
_RARE = frozenset(
    (
        "features",
        "python_site_packages_path",
        "arch",
        "platform",
        "legacy_bz2_md5",
        "legacy_bz2_size",
        "indexed_timestamp",
        "extra_depends",
        "flags",
        "record_version",
        "build_string",
        "schannel",
        "auth",
    )
)
_KNOWN = _USUAL | _RARE


class InvalidRecord(ParseError):
    """The description of a package lacks a field, or a field has a wrong type or an unsafe text."""


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


def package_record(
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
    name, version, build = get("name"), get("version"), get("build")
    number = get("build_number")
    if type(name) is not str or type(version) is not str or type(build) is not str or type(number) is not int:
        name, version, build, number = _required(entry)
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
        _check_names(name, version, build, file_name)
    if not 0 <= number <= LARGEST_NUMBER:
        raise _fault("build_number", "is out of range", entry)

    depends = get("depends", ())
    constrains = get("constrains", ())
    md5, sha256 = get("md5"), get("sha256")
    try:
        # Joining proves in one step that every element is a text.
        "".join(depends)  # type: ignore[arg-type]
        "".join(constrains)  # type: ignore[arg-type]
        if type(depends) is str or type(constrains) is str:
            raise _fault("depends", "is not a list of texts", entry)
        md5 = bytes.fromhex(md5).hex() if type(md5) is str else _digest(md5)
        sha256 = bytes.fromhex(sha256).hex() if type(sha256) is str else _digest(sha256)
    except (TypeError, ValueError):
        _check_lists(entry)
        depends, constrains = depends or (), constrains or ()
        md5, sha256 = _hex_digest(entry, "md5"), _hex_digest(entry, "sha256")
    if (md5 and len(md5) != 32) or (sha256 and len(sha256) != 64):
        raise _fault("md5` or `sha256", "has a wrong length", entry)

    size = get("size")
    if size is not None and not (type(size) is int and 0 <= size <= LARGEST_NUMBER):
        raise _fault("size", "is not a number of bytes", entry)
    timestamp = get("timestamp", 0)
    if type(timestamp) is not int or not LAST_SECOND < timestamp <= LARGEST_NUMBER:
        timestamp = _milliseconds(timestamp, entry)
    noarch = get("noarch")
    if noarch is not None:
        noarch = _noarch(noarch, entry)
    track_features = get("track_features")
    track_features = () if track_features is None else _words(track_features, "track_features", entry)
    license_name, license_family = get("license"), get("license_family")
    if license_name is not None and type(license_name) is not str:
        raise _fault("license", "is not a text", entry)
    if license_family is not None and type(license_family) is not str:
        raise _fault("license_family", "is not a text", entry)

    common = (
        name,
        version,
        build,
        number,
        channel,
        subdir,
        file_name,
        f"{base_url}/{file_name}" if base_url[-1:] != "/" else base_url + file_name,
        tuple(depends),  # type: ignore[arg-type]
        tuple(constrains),  # type: ignore[arg-type]
        track_features,
        md5 or None,
        sha256 or None,
        size,
        timestamp,
        noarch,
        license_name,
        license_family,
    )
    if _USUAL.issuperset(entry):
        return _new(PackageRecord, (*common, *_NONE_OF_THE_RARE, channel_url, NOTHING))
    record = _new(PackageRecord, (*common, *_rare_fields(entry), channel_url, _extra(entry)))
    return record if file_name[-4:] != ".whl" else record._replace(url=_wheel_url(entry, base_url, file_name))


def stored_record(entry: Mapping[str, object], channel_name: Callable[[str], str]) -> PackageRecord:
    """Return the record of a file that the package manager wrote: `repodata_record.json` or a prefix record.

    Here `fn`, `url`, `channel` and `subdir` are read; a channel with or without subdir is understood (CEP 32), and
    credentials are masked. `channel_name` gives the canonical name for the text of a channel.

    Raises InvalidRecord.
    """
    name, version, build, _ = _required(entry)
    file_name = _text(entry, "fn") or f"{name.lower()}-{version}-{build}.tar.bz2"
    url = mask_secrets(_text(entry, "url"))
    channel_text = mask_secrets(_text(entry, "channel"))
    subdir = _text(entry, "subdir") or _subdir_of(channel_text) or _subdir_of(url.rpartition("/")[0]) or "noarch"
    if not is_subdir_name(subdir):
        raise _fault("subdir", "is no subdir", entry)
    if not file_name.endswith(_EXTENSIONS):
        file_name += ".tar.bz2"
    own_url = channel_text.rstrip("/").removesuffix(f"/{subdir}").removesuffix("/noarch").rstrip("/")
    place = url.removesuffix(f"/{file_name}")
    if not own_url and place != url and place.endswith(f"/{subdir}"):
        own_url = place.removesuffix(f"/{subdir}")
    record = package_record(
        entry,
        channel=channel_name(own_url) if own_url else "<unknown>",
        subdir=subdir,
        base_url=place,
        file_name=file_name,
        channel_url=own_url if "://" in own_url and url != f"{own_url}/{subdir}/{file_name}" else "",
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
        timestamp=record.timestamp,
        url=record.url,
        version=record.version,
    )
    if record.track_features:
        document["track_features"] = " ".join(record.track_features)
    if record.features:
        document["features"] = " ".join(record.features)
    for key in _WRITTEN_WHEN_SET:
        value = getattr(record, key)
        if value is not None:
            document[key] = value
    if record.extra_depends:
        document["extra_depends"] = {group: list(specs) for group, specs in record.extra_depends.items()}
    if record.flags:
        document["flags"] = list(record.flags)
    return document


_WRITTEN_WHEN_SET = (
    "arch",
    "indexed_timestamp",
    "legacy_bz2_md5",
    "legacy_bz2_size",
    "license",
    "license_family",
    "md5",
    "noarch",
    "platform",
    "python_site_packages_path",
    "sha256",
    "size",
)
_NONE_OF_THE_RARE = ((), None, None, None, None, None, None, NO_GROUPS, ())
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


def _required(entry: Mapping[str, object]) -> tuple[str, str, str, int]:
    texts = []
    for key in ("name", "version", "build"):
        value = entry.get(key)
        if key == "build" and value is None:
            value = entry.get("build_string")
        if value is None:
            raise _fault(key, "is missing", entry)
        if type(value) is not str:
            raise _fault(key, "is not a text", entry)
        texts.append(value)
    number = entry.get("build_number")
    if number is None:
        raise _fault("build_number", "is missing", entry)
    if type(number) is not int:
        raise _fault("build_number", "is not a whole number", entry)
    return texts[0], texts[1], texts[2], number


def _check_names(name: str, version: str, build: str, file_name: str) -> None:
    try:
        safe_name(name, "name")
        safe_name(version, "version")
        safe_name(build, "build")
        safe_name(file_name, "file name")
    except UnsafePath as error:
        raise InvalidRecord(f"the record {quoted(file_name)} cannot be used: {error}", text=file_name) from error
    if "-" in version or "-" in build:
        raise InvalidRecord(f"the record {quoted(file_name)} has a dash in its version or build", text=file_name)
    if name.startswith("__"):
        raise InvalidRecord(f"the record {quoted(file_name)} has the name of a virtual package", text=file_name)


def _check_lists(entry: Mapping[str, object]) -> None:
    for key in ("depends", "constrains"):
        value = entry.get(key)
        if value is not None:
            _texts(value, key, entry)


def _texts(value: object, key: str, entry: Mapping[str, object]) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(type(element) is str for element in value):
        raise _fault(key, "is not a list of texts", entry)
    return tuple(value)


def _digest(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.hex()
    raise ValueError


def _hex_digest(entry: Mapping[str, object], key: str) -> str | None:
    value = entry.get(key)
    try:
        return bytes.fromhex(value).hex() if isinstance(value, str) else _digest(value)
    except ValueError:
        raise _fault(key, "is not a digest in hexadecimal digits", entry) from None


def _milliseconds(value: object, entry: Mapping[str, object], key: str = "timestamp") -> int:
    if value is None:
        return 0
    if type(value) is float and 0 <= value <= LARGEST_NUMBER:
        value = int(value)
    if type(value) is not int or not 0 <= value <= LARGEST_NUMBER:
        raise _fault(key, "is not a time", entry)
    return value * 1000 if value <= LAST_SECOND else value


def _noarch(value: object, entry: Mapping[str, object]) -> str | None:
    if type(value) not in (str, bool) or value not in _NOARCH:
        raise _fault("noarch", "is neither `python` nor `generic`", entry)
    return _NOARCH[value]


def _words(value: object, key: str, entry: Mapping[str, object]) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return tuple(word for text in _texts(value, key, entry) for word in text.replace(",", " ").split())


def _rare_fields(entry: Mapping[str, object]) -> tuple[object, ...]:
    version = entry.get("record_version")
    if version is not None and (type(version) is not int or version > 1):
        raise _fault("record_version", "is newer than this package manager", entry)
    features, size, indexed = (entry.get(key) for key in ("features", "legacy_bz2_size", "indexed_timestamp"))
    if size is not None and not (type(size) is int and 0 <= size <= LARGEST_NUMBER):
        raise _fault("legacy_bz2_size", "is not a number of bytes", entry)
    site_packages = _text(entry, "python_site_packages_path") or None
    if site_packages is not None:
        try:
            site_packages = safe_relative_path(site_packages)
        except UnsafePath as error:
            raise InvalidRecord(f"`python_site_packages_path` cannot be used: {error}") from error
    legacy_md5 = _hex_digest(entry, "legacy_bz2_md5") or None
    if legacy_md5 is not None and len(legacy_md5) != 32:
        raise _fault("legacy_bz2_md5", "has a wrong length", entry)
    return (
        () if features is None else _words(features, "features", entry),
        site_packages,
        _text(entry, "arch") or None,
        _text(entry, "platform") or None,
        legacy_md5,
        size,
        None if indexed is None else _milliseconds(indexed, entry, "indexed_timestamp"),
        _groups(entry),
        _flags(entry),
    )


def _groups(entry: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    value = entry.get("extra_depends")
    if not value:
        return NO_GROUPS
    if not isinstance(value, Mapping) or not all(type(group) is str and _GROUP(group) for group in value):
        raise _fault("extra_depends", "is not a map of groups", entry)
    return MappingProxyType({group: _texts(specs, "extra_depends", entry) for group, specs in value.items()})


def _flags(entry: Mapping[str, object]) -> tuple[str, ...]:
    value = entry.get("flags")
    if not value:
        return ()
    flags = _texts(value, "flags", entry)
    if not all(map(_FLAG, flags)):
        raise _fault("flags", "holds a text that is no flag", entry)
    return flags


def _extra(entry: Mapping[str, object]) -> Mapping[str, object]:
    if entry.keys() <= _KNOWN:
        return NOTHING
    return MappingProxyType({key: value for key, value in entry.items() if key not in _KNOWN})


def _wheel_url(entry: Mapping[str, object], base_url: str, file_name: str) -> str:
    url = _text(entry, "url") or file_name
    if "://" in url:
        if not url.startswith(("https://", "http://")):
            raise _fault("url", "has a scheme that packages are not fetched by", entry)
        return mask_secrets(url)
    return f"{base_url.rstrip('/')}/{url}"


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if type(value) is not str:
        raise _fault(key, "is not a text", entry)
    return value


def _subdir_of(url: str) -> str:
    last = url.rstrip("/").rpartition("/")[2]
    return last if "/" in url and "-" in last and is_subdir_name(last) else ""


def _fault(key: str, fault: str, entry: Mapping[str, object]) -> InvalidRecord:
    name = entry.get("name")
    whose = f" of {quoted(name)}" if isinstance(name, str) else ""
    return InvalidRecord(f"the field `{key}`{whose} {fault}", field=key)
