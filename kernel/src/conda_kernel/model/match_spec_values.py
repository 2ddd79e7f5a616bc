"""Reads the values of the fields that words and brackets of match specs share."""

from __future__ import annotations

import re

from conda_kernel.model.channel_matching import canonical_channel, public_url
from conda_kernel.model.channel_url import InvalidChannel, is_url
from conda_kernel.model.errors import quoted
from conda_kernel.model.match_spec_brackets import Fault, find_brackets
from conda_kernel.model.match_spec_fields import LONGEST_NAME, NAME
from conda_kernel.model.package_reference import EXTENSIONS
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.subdir import KNOWN_SUBDIRS
from conda_kernel.model.version_spec import VersionSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_CHANNEL_FAULT: Final = r"[\s'\"\[\]#,;<>=!|^:]"


def read_channel(text: str, position: int) -> tuple[str | None, str | None]:
    """Return the channel and the subdir that a text such as `conda-forge/linux-64` names; raise Fault."""
    if text in (".", "..", "~"):
        raise Fault(f"{quoted(text)} is no channel", position, f"write `{text}/`")
    try:
        place = public_url(text)
        base, _, last = (place or text.strip("/")).rpartition("/")
        subdir = last.lower() if last.lower() in KNOWN_SUBDIRS else None
        channel = canonical_channel(base if subdir else place or text)
    except InvalidChannel as error:
        raise Fault(error.reason, position) from None
    if channel.rpartition("/")[2].lower() in KNOWN_SUBDIRS:
        raise Fault("the channel ends in two platforms", position)
    faulty = faulty_character(channel)
    if faulty:
        raise Fault(f"{quoted(faulty)} cannot be part of a channel", position)
    return (None if channel in ("", "*") else channel), subdir


def faulty_character(channel: str) -> str:
    """Return the first character with which the name of a channel could not be read back from a match spec, if any.

    A URL can always be read back: what could not is escaped in it.
    """
    faulty = None if is_url(channel) else re.search(_CHANNEL_FAULT, channel)
    return faulty[0] if faulty else ""


def checked_name(name: str, position: int) -> str:
    """Return the name in lower case; raise Fault for one that is neither a name (CEP 26) nor a pattern."""
    lowered = name.lower()
    if lowered.endswith(EXTENSIONS):
        raise Fault(f"the name {quoted(name)} ends as files do", position, "write the path or URL of a package alone")
    if len(name) <= LONGEST_NAME and re.fullmatch(NAME, lowered):
        return lowered
    if not name:
        reason = "the name of the package is missing"
        raise Fault(reason, position, "write `*` for any name")
    if name.startswith("^"):
        Pattern.parse(name)
        if re.search(r"[\s'\"#:]", name) or not _leaves_brackets_alone(name):
            reason = "a regular expression for a name has no blanks, quotes, `#` and `:`, and its brackets are balanced"
            raise Fault(reason, position)
        return name
    if "*" in name and re.fullmatch(r"[a-z0-9_.*-]+", lowered):
        return lowered
    raise Fault(*_name_fault(name, position))


def _leaves_brackets_alone(name: str) -> bool:
    """Tell whether brackets behind the expression would still be found."""
    try:
        return find_brackets(f"{name}[]") == len(name)
    except Fault:
        return False


def _name_fault(name: str, position: int) -> tuple[str, int, str]:
    hint = "names are made of `a-z 0-9 . _ -` and begin with a letter, a digit or `_`"
    bad = re.search(r"[^A-Za-z0-9._-]", name)
    if bad:
        return f"{quoted(bad[0])} cannot be part of the name {quoted(name)}", position + bad.start(), hint
    double = re.search(r"(?!^__[a-zA-Z0-9])[._-][._-]", name)
    if double:
        return f"the name {quoted(name)} has two separators in a row", position + double.start(), hint
    if len(name) > LONGEST_NAME:
        return f"the name is longer than {LONGEST_NAME} characters", position + LONGEST_NAME, hint
    return f"the name {quoted(name)} begins with a separator", position, hint


def read_version(text: str) -> VersionSpec | None:
    """Return the version spec, None for any version; raise InvalidVersionSpec."""
    spec = VersionSpec.parse(text)
    return None if spec.is_any else spec


def read_pattern(text: str) -> Pattern | None:
    """Return the pattern, None for `*`; raise InvalidPattern."""
    return None if text == "*" else Pattern.parse(text)
