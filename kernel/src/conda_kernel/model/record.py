"""Reads one package of a channel, from decoded repodata and as it was written (CEP 36, 48)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from conda_kernel.model.channel_url import without_credentials
from conda_kernel.model.errors import quoted
from conda_kernel.model.package import LAST_SECOND, NO_GROUPS, NOTHING, PackageRecord
from conda_kernel.model.record_fields import (
    LARGEST_NUMBER,
    InvalidRecord,
    check_names,
    check_record_version,
    dependency_groups,
    digest,
    fault,
    milliseconds,
    noarch_kind,
    number,
    optional_text,
    required_fields,
    site_packages,
    text,
    texts,
    variant_flags,
    words,
)
from conda_kernel.model.subdir import KNOWN_SUBDIRS, is_subdir_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["NOTHING", "NO_GROUPS", "InvalidRecord", "PackageRecord"]
__all__ += ["package_record", "record_reader", "stored_record"]

_EXTENSIONS = (".tar.bz2", ".conda", ".whl")
_READ_OTHERWISE = ("fn", "url", "channel", "schannel", "auth", "build_string", "record_version")
_KNOWN = frozenset((*PackageRecord._fields, *_READ_OTHERWISE)) - {"file_name", "channel_url", "extra"}
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
    )
)

# What follows serves the quick way alone: names bound once, since each call in it would show.
USUAL_NAME = r"_?[a-z0-9][a-z0-9_.+!~=-]{0,99}+"
USUAL_PART = r"[a-z0-9_+!~=][a-z0-9_.+!~=]{0,49}+"
_joined = "".join
_octets = bytes.fromhex
_NOARCH = ("python", "generic")
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


def record_reader(  # noqa: C901 - what it returns runs for every record of a channel: each call would show
    *, channel: str, subdir: str, base_url: str, channel_url: str = ""
) -> Callable[[str, Mapping[str, object]], PackageRecord]:
    """Return the function that makes records of one subdir, from the file name and the entry of each.

    `channel` is the canonical name, `base_url` the public URL of the folder that holds the packages (CEP 15).
    `channel_url` is needed when the packages lie elsewhere than the repodata. The file name is the key of the entry;
    what the entry itself says about these is not trusted. The version is not parsed here.

    The function raises InvalidRecord for a missing field, a wrong type, a number out of range, and for text in a field
    that becomes part of a path which could lead elsewhere.
    """
    folder = base_url if base_url.endswith("/") else f"{base_url}/"
    usual_name, usual_part = re.compile(USUAL_NAME).fullmatch, re.compile(USUAL_PART).fullmatch
    # What was found to be safe in a path: most names, versions and builds of a channel come again.
    names: set[str] = set()
    parts: set[str] = set()

    def read_carefully(file_name: str, entry: Mapping[str, object]) -> PackageRecord:
        return _checked_record(
            entry, channel=channel, subdir=subdir, base_url=folder, file_name=file_name, channel_url=channel_url
        )

    def read(file_name: str, entry: Mapping[str, Any]) -> PackageRecord:  # noqa: C901, PLR0912 - as above
        try:
            name, version, build, build_number = entry["name"], entry["version"], entry["build"], entry["build_number"]
            md5, sha256, size, depends = entry["md5"], entry["sha256"], entry["size"], entry["depends"]
            if type(sha256) is bytes:
                md5, sha256 = md5.hex(), sha256.hex()
            # Joining proves in one step that every element is a text; so does decoding for digests.
            _joined(depends)
            if name not in names:
                if usual_name(name) is None:
                    return read_carefully(file_name, entry)
                names.add(name)
            if version not in parts or build not in parts:
                if usual_part(version) is None or usual_part(build) is None:
                    return read_carefully(file_name, entry)
                parts.update((version, build))
            stem = f"{name}-{version}-{build}"
            if (
                (file_name != stem + ".conda" and file_name != stem + ".tar.bz2")
                or type(build_number) is not int
                or type(size) is not int
                or not 0 <= build_number <= LARGEST_NUMBER >= size >= 0
                or type(depends) is not list
                or len(sha256) != 64
                or len(md5) != 32
                or len(_octets(sha256 + md5)) != 48
            ):
                return read_carefully(file_name, entry)

            get = entry.get
            constrains, timestamp, noarch = get("constrains"), get("timestamp"), get("noarch")
            license_name, license_family = get("license"), get("license_family")
            # It is counted which fields are there and as usual: when they are all, there is no other.
            fields = 9 if "subdir" in entry else 8
            if constrains is None:
                constrains = ()
            elif type(constrains) is list:
                _joined(constrains)
                constrains = tuple(constrains)
                fields += 1
            if timestamp is None:
                timestamp = 0
            elif type(timestamp) is int and LAST_SECOND < timestamp <= LARGEST_NUMBER:
                fields += 1
            fields += (type(license_name) is str) + (type(license_family) is str)
            if noarch is not None and noarch in _NOARCH:
                fields += 1
            arch = platform = None
            extra = NOTHING
            if fields != len(entry):
                arch, platform = get("arch"), get("platform")
                fields += (type(arch) is str and arch != "") + (type(platform) is str and platform != "")
                if fields != len(entry):
                    extra = _unknown_fields(entry)
                    if fields + len(extra) != len(entry):
                        return read_carefully(file_name, entry)
            return _new(
                PackageRecord,
                (
                    name,
                    version,
                    build,
                    build_number,
                    channel,
                    subdir,
                    file_name,
                    folder + file_name,
                    tuple(depends),
                    constrains,
                    (),
                    md5.lower(),
                    sha256.lower(),
                    size,
                    timestamp,
                    noarch,
                    license_name,
                    license_family,
                    (),
                    None,
                    arch,
                    platform,
                    None,
                    None,
                    None,
                    NO_GROUPS,
                    (),
                    channel_url,
                    extra,
                ),
            )
        except (KeyError, TypeError, AttributeError, ValueError):
            pass
        return read_carefully(file_name, entry)

    return read


def package_record(  # noqa: PLR0913 - as `record_reader`, with what differs from record to record
    entry: Mapping[str, object],
    *,
    channel: str,
    subdir: str,
    base_url: str,
    file_name: str,
    channel_url: str = "",
) -> PackageRecord:
    """Return the record for one entry of repodata; for many of them use `record_reader`, which says what is read.

    Raises InvalidRecord.
    """
    read = record_reader(channel=channel, subdir=subdir, base_url=base_url, channel_url=channel_url)
    return read(file_name, entry)


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
    subdir = text(entry, "subdir") or _subdir_of(folder) or _subdir_of(channel_text) or "noarch"
    if not is_subdir_name(subdir):
        raise fault(entry, "subdir", "is no subdir")
    base = channel_text.rstrip("/").removesuffix(f"/{subdir}").removesuffix("/noarch").rstrip("/")
    if not base and folder != url and folder.endswith(f"/{subdir}"):
        base = folder.removesuffix(f"/{subdir}")
    record = _checked_record(
        entry,
        channel=channel_name(base) if base else "<unknown>",
        subdir=subdir,
        base_url=f"{folder}/",
        file_name=file_name,
        channel_url=base if "://" in base and url != f"{base}/{subdir}/{file_name}" else "",
    )
    return record if record.url == url else record._replace(url=url)


def _checked_record(  # noqa: PLR0913 - as `package_record`
    entry: Mapping[str, object], *, channel: str, subdir: str, base_url: str, file_name: str, channel_url: str
) -> PackageRecord:
    """Return the record for an entry field by field, which finds out what is wrong; `base_url` ends with a slash."""
    if not isinstance(entry, Mapping):
        raise InvalidRecord(f"the entry of {quoted(file_name)} is no object", text=file_name)
    check_record_version(entry)
    name, version, build, build_number = required_fields(entry)
    name = name.lower()
    check_names(name, version, build, file_name)
    return PackageRecord(
        name=name,
        version=version,
        build=build,
        build_number=build_number,
        channel=channel,
        subdir=subdir,
        file_name=file_name,
        url=_wheel_url(entry, base_url, file_name) if file_name.endswith(".whl") else base_url + file_name,
        depends=texts(entry, "depends"),
        constrains=texts(entry, "constrains"),
        track_features=words(entry, "track_features"),
        md5=digest(entry, "md5", 32),
        sha256=digest(entry, "sha256", 64),
        size=number(entry, "size"),
        timestamp=milliseconds(entry, "timestamp"),
        noarch=noarch_kind(entry),
        license=optional_text(entry, "license"),
        license_family=optional_text(entry, "license_family"),
        channel_url=channel_url,
        extra=NOTHING if _KNOWN.issuperset(entry) else _unknown_fields(entry),
        **({} if _RARE.isdisjoint(entry) else _rare_fields(entry)),
    )


def _rare_fields(entry: Mapping[str, object]) -> dict[str, Any]:
    return {
        "features": words(entry, "features"),
        "python_site_packages_path": site_packages(entry),
        "arch": text(entry, "arch") or None,
        "platform": text(entry, "platform") or None,
        "legacy_bz2_md5": digest(entry, "legacy_bz2_md5", 32),
        "legacy_bz2_size": number(entry, "legacy_bz2_size"),
        "indexed_timestamp": number(entry, "indexed_timestamp"),
        "extra_depends": dependency_groups(entry),
        "flags": variant_flags(entry),
    }


def _unknown_fields(entry: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType({key: value for key, value in entry.items() if key not in _KNOWN})


def _wheel_url(entry: Mapping[str, object], base_url: str, file_name: str) -> str:
    url = text(entry, "url") or file_name
    if "://" in url:
        if not url.startswith(("https://", "http://")):
            raise fault(entry, "url", "has a scheme that packages are not fetched by")
        return without_credentials(url)
    return base_url + url


def _subdir_of(url: str) -> str:
    last = url.rstrip("/").rpartition("/")[2]
    return last if "/" in url and last in KNOWN_SUBDIRS else ""
