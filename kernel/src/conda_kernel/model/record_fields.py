"""Reads single fields of a package's description; each reader gives the value or says which field is wrong."""

from __future__ import annotations

import re
from types import MappingProxyType

from conda_kernel.model.errors import ParseError, quoted
from conda_kernel.model.package import LAST_SECOND, NO_GROUPS
from conda_kernel.model.paths import UnsafePath, safe_name, safe_relative_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_NUMBER = 2**63 - 1

_LATEST_RECORD_VERSION = 1
_HEXADECIMAL = r"[0-9a-fA-F]+"
_GROUP = r"[a-z0-9_.+-]{1,64}"
_FLAG = r"[a-z0-9_]+(?::[a-z0-9_]+)?"
_NOARCH_WORDS = frozenset(("python", "generic"))


class InvalidRecord(ParseError):
    """The description of a package lacks a field, or a field has a wrong type or an unsafe text."""


def fault(entry: Mapping[str, object], key: str, what: str) -> InvalidRecord:
    """Return the error for one field of an entry; `what` ends its sentence."""
    name = entry.get("name")
    whose = f" of {quoted(name)}" if isinstance(name, str) else ""
    return InvalidRecord(f"the field `{key}`{whose} {what}", field=key)


def check_record_version(entry: Mapping[str, object]) -> None:
    """Refuse an entry in a form that is not known here; the form without a number is 0."""
    version = number(entry, "record_version")
    if version is not None and version > _LATEST_RECORD_VERSION:
        raise fault(entry, "record_version", "is newer than this package manager")


def required_fields(entry: Mapping[str, object]) -> tuple[str, str, str, int]:
    """Return name, version, build and build number; `build_string` is an old word for build."""
    number = entry.get("build_number")
    if number is not None and type(number) is not int:
        raise fault(entry, "build_number", "is not a whole number")
    build_key = "build" if entry.get("build") is not None or "build_string" not in entry else "build_string"
    name, version, build = (text(entry, key) for key in ("name", "version", build_key))
    for key, value in (("name", name), ("version", version), ("build", build)):
        if not value:
            raise fault(entry, key, "is missing")
    if number is None or not 0 <= number <= LARGEST_NUMBER:
        raise fault(entry, "build_number", "is missing" if number is None else "is out of range")
    return name, version, build, number


def check_names(name: str, version: str, build: str, file_name: str) -> None:
    """Refuse what cannot be part of a path, what makes file names ambiguous, and names of virtual packages."""
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


def text(entry: Mapping[str, object], key: str) -> str:
    """Return a text; missing and null read as empty."""
    value = entry.get(key)
    if value is None:
        return ""
    if type(value) is not str:
        raise fault(entry, key, "is not a text")
    return value


def optional_text(entry: Mapping[str, object], key: str) -> str | None:
    """Return a text, or None when it is missing."""
    return None if entry.get(key) is None else text(entry, key)


def texts(entry: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Return a list of texts; missing and null read as empty."""
    value = entry.get(key)
    return () if value is None else _texts(entry, key, value)


def words(entry: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Return the words of a text, or of a list of texts, split at blanks and commas."""
    value = entry.get(key)
    if value is None:
        return ()
    listed = (value,) if isinstance(value, str) else _texts(entry, key, value)
    return tuple([word for element in listed for word in element.replace(",", " ").split()])


def digest(entry: Mapping[str, object], key: str, digits: int) -> str | None:
    """Return a digest in lower-case hexadecimal digits; in shards it is octets."""
    value = entry.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bytes):
        value = value.hex()
    if not isinstance(value, str) or len(value) != digits or re.fullmatch(_HEXADECIMAL, value) is None:
        raise fault(entry, key, f"is not a digest of {digits} hexadecimal digits")
    return value.lower()


def number(entry: Mapping[str, object], key: str) -> int | None:
    """Return a whole number from 0, or None when it is missing."""
    value = entry.get(key)
    if value is not None and not (type(value) is int and 0 <= value <= LARGEST_NUMBER):
        raise fault(entry, key, "is not a whole number that is 0 or more")
    return value


def milliseconds(entry: Mapping[str, object], key: str) -> int:
    """Return a time in milliseconds since 1970; one that can be in seconds is taken for seconds, none is 0."""
    value = entry.get(key)
    if value is None:
        return 0
    if type(value) is float and 0 <= value <= LARGEST_NUMBER:
        value = int(value)
    if type(value) is not int or not 0 <= value <= LARGEST_NUMBER:
        raise fault(entry, key, "is not a time")
    return value * 1000 if value <= LAST_SECOND else value


def noarch_kind(entry: Mapping[str, object]) -> str | None:
    """Return `python`, `generic` or None; the old `true` means generic."""
    value = entry.get("noarch")
    if value is None or value is False:
        return None
    if value is True:
        return "generic"
    if not isinstance(value, str) or value not in _NOARCH_WORDS:
        raise fault(entry, "noarch", "is neither `python` nor `generic`")
    return value


def site_packages(entry: Mapping[str, object]) -> str | None:
    """Return where python keeps packages, relative to the prefix (CEP 17)."""
    path = text(entry, "python_site_packages_path")
    if not path:
        return None
    try:
        return safe_relative_path(path)
    except UnsafePath as error:
        raise fault(entry, "python_site_packages_path", f"cannot be used: {error}") from error


def dependency_groups(entry: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    """Return the optional dependencies by group (CEP 44)."""
    value = entry.get("extra_depends")
    if not value:
        return NO_GROUPS
    if not isinstance(value, dict) or not all(type(group) is str and re.fullmatch(_GROUP, group) for group in value):
        raise fault(entry, "extra_depends", "is not a map of groups")
    return MappingProxyType({group: _texts(entry, "extra_depends", specs) for group, specs in value.items()})


def variant_flags(entry: Mapping[str, object]) -> tuple[str, ...]:
    """Return the flags of a variant (CEP 45)."""
    flags = texts(entry, "flags")
    if not all(re.fullmatch(_FLAG, flag) for flag in flags):
        raise fault(entry, "flags", "holds a text that is no flag")
    return flags


def _texts(entry: Mapping[str, object], key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(type(element) is str for element in value):
        raise fault(entry, key, "is not a list of texts")
    return tuple(value)
