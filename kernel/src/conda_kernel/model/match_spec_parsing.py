"""Reads match specs: text becomes the fields of a match spec (CEP 29, 26, 43, 44, 45, 23)."""

from __future__ import annotations

import re

from conda_kernel.model.channel_matching import canonical_channel
from conda_kernel.model.errors import InvalidMatchSpec, ParseError, quoted
from conda_kernel.model.match_spec_brackets import Fault, closing_quote, find_brackets, read_brackets
from conda_kernel.model.match_spec_fields import MatchSpecFields
from conda_kernel.model.match_spec_keys import with_pairs
from conda_kernel.model.match_spec_values import (
    checked_name,
    faulty_character,
    read_channel,
    read_pattern,
    read_version,
)
from conda_kernel.model.match_spec_words import after_blanks, cut_name, cut_words
from conda_kernel.model.package_reference import is_package_reference, read_package_reference
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.secret import HIDDEN, mask_secrets
from conda_kernel.model.version_spec import VersionSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_BLANKS: Final = " \t\r\n\f\v"
_OLD_CONDITION: Final = r";\s*if\b|\sif\s"
_NAMESPACE: Final = r"[A-Za-z0-9_.-]*"
_QUOTED: Final = r"`([^`]*)`"


def read_match_spec(text: str) -> MatchSpecFields:
    """Return the fields that the text of a match spec spells; raise InvalidMatchSpec."""
    try:
        return _read(text)
    except Fault as fault:
        raise _error(text, str(fault), fault.position, fault.hint) from None
    except ParseError as error:
        start = max(text.find(str(error.fields.get("text", ""))), 0)
        raise _error(text, error.reason, start + error.position, error.hint) from None


def _error(text: str, reason: str, position: int, hint: str) -> InvalidMatchSpec:
    shown = mask_secrets(text)
    if shown != text:
        # A part of the text is not known as a secret once it is cut out of its URL.
        reason = re.sub(_QUOTED, lambda quote: quote[0] if quote[1] in shown else f"`{HIDDEN}`", reason)
    message = f"match spec {quoted(shown)} is not valid: {mask_secrets(reason)}" if text else "a match spec is empty"
    hint = hint or "match specs look like `numpy`, `numpy>=1.26,<3`, `numpy=2.1=py312*` or `conda-forge::numpy`"
    return InvalidMatchSpec(message, hint=hint, reason=mask_secrets(reason), text=shown, position=position)


def _read(whole: str) -> MatchSpecFields:
    text = whole.strip(_BLANKS)
    if text.endswith("@") and re.fullmatch(r"[A-Za-z0-9_.-]+", text[:-1]):
        return MatchSpecFields(track_features=(text[:-1].lower(),))
    if is_package_reference(text):
        return _read_reference(text)
    text = _without_comment(text).rstrip(_BLANKS)
    warnings: list[str] = []
    legacy = _legacy_start(text)
    if legacy < len(text):
        warnings.append(f"{quoted(text[legacy:])} is ignored")
        text = text[:legacy].rstrip(_BLANKS)
    start = find_brackets(text)
    words = text[:start]
    _refuse_old_conditions(words)
    channel, subdir, name_start = _prefix(words)
    name_end = cut_name(words, name_start)
    name = checked_name(words[name_start:name_end], name_start)
    fields = MatchSpecFields(name, *_version_and_build(*cut_words(words, name_end)), channel=channel, subdir=subdir)
    if start < len(text):
        fields = with_pairs(fields, read_brackets(text, start, warnings), warnings)
    return fields._replace(warnings=tuple(warnings)) if warnings else fields


def _without_comment(text: str) -> str:
    """Cut at the first `#` outside quotes; only brackets have quotes."""
    if "#" not in text:
        return text
    depth = position = 0
    while position < len(text) and text[position] != "#":
        character = text[position]
        if character in "[]":
            depth += 1 if character == "[" else -1
        elif depth > 0 and character in "'\"":
            position = closing_quote(text, position)
        position += 1
    return text[:position]


def _legacy_start(text: str) -> int:
    """Return where a section such as `(optional)` or `(target=x)` at the end begins, or the length of the text."""
    start = text.rfind("(") if text.endswith(")") else -1
    if start < 0:
        return len(text)
    for item in text[start + 1 : -1].split(","):
        key, _, value = item.strip(_BLANKS).partition("=")
        if key != "optional" and not (key.strip(_BLANKS).isidentifier() and value and value[0] not in "=<>"):
            return len(text)
    return start


def _refuse_old_conditions(words: str) -> None:
    found = re.search(_OLD_CONDITION, words)
    if found:
        reason = "conditions are not written with `if`"
        condition = words[found.end() :].strip(_BLANKS)
        raise Fault(reason, found.start(), f'write `[when="{condition}"]`')


def _prefix(words: str) -> tuple[str | None, str | None, int]:
    """Return channel, subdir and where the name begins."""
    searched = words.partition("^")[0]
    last = searched.rfind(":")
    if last < 0:
        return None, None, after_blanks(words, 0)
    middle = searched.rfind(":", 0, last)
    namespace = searched[middle + 1 : last]
    if not re.fullmatch(_NAMESPACE, namespace):
        reason = f"{quoted(namespace)} is no namespace"
        raise Fault(reason, middle + 1, "write `channel::name`")
    channel = searched[: max(middle, 0)].strip(_BLANKS)
    if "::" in channel.rpartition("/")[2]:
        reason = "`::` occurs twice"
        raise Fault(reason, middle, "write `channel::name`")
    return *read_channel(channel, 0), after_blanks(words, last + 1)


def _version_and_build(version: str, build: str | None) -> tuple[VersionSpec | None, Pattern | None]:
    """Read the words after the name; with a build, `=1.8` is exact."""
    if build is None:
        return (None if version in ("", "=") else read_version(version)), None
    if version[:1] == "=" and version[1:2].isalnum() and not re.search(r"[,|()*]", version):
        version = version[1:]
    return read_version(version), read_pattern(build)


def _read_reference(text: str) -> MatchSpecFields:
    reference = read_package_reference(text)
    fields = MatchSpecFields(
        url=reference.url, file_name=reference.file_name, md5=reference.md5, sha256=reference.sha256
    )
    if reference.secret_url is not None:
        fields = fields._replace(secret_url=reference.secret_url)
    channel = canonical_channel(reference.channel_url) if reference.channel_url else ""
    if channel and not faulty_character(channel):
        fields = fields._replace(channel=channel, subdir=reference.subdir)
    parts = reference.name_version_build
    if parts is None:
        return fields
    name, version, build = parts
    try:
        return fields._replace(
            name=checked_name(name, 0), version=VersionSpec.parse(f"=={version}"), build=Pattern.parse(build)
        )
    except (Fault, ParseError):
        return fields
