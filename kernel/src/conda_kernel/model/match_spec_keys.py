"""Reads the values of the keys in the brackets of a match spec (CEP 29, 43, 44, 45)."""

from __future__ import annotations

import re

from conda_kernel.model.channel_url import split_url
from conda_kernel.model.condition import InvalidCondition, read_condition
from conda_kernel.model.errors import ParseError, quoted
from conda_kernel.model.match_spec_brackets import Fault, Pair
from conda_kernel.model.match_spec_values import read_channel, read_pattern, read_version
from conda_kernel.model.number_spec import NumberSpec
from conda_kernel.model.secret import Secret, mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from conda_kernel.model.match_spec_fields import MatchSpecFields

_BLANKS: Final = " \t\r\n\f\v"
_EXTRA: Final = r"[a-z0-9_.+-]{1,64}"
_FLAG: Final = r"[a-z0-9_*]+(?::[a-z0-9_*]+)?"
_ALIASES: Final = {"build_string": "build", "filename": "fn"}
_IGNORED: Final = ("name", "namespace", "optional", "target")


def with_pairs(fields: MatchSpecFields, pairs: list[Pair], warnings: list[str]) -> MatchSpecFields:
    """Return the fields with those that the brackets name replaced."""
    changes: dict[str, Any] = {}
    seen: set[str] = set()
    for pair in pairs:
        key = _ALIASES.get(pair.key, pair.key)
        if key in seen:
            reason = f"the key `{key}` is given twice"
            raise Fault(reason, pair.position)
        seen.add(key)
        if key in _IGNORED:
            warnings.append(f"the key `{key}` is ignored")
            continue
        if key not in _READERS:
            known = ", ".join(f"`{name}`" for name in _READERS)
            reason = f"there is no key {quoted(pair.key)}"
            raise Fault(reason, pair.position, f"keys are {known}")
        try:
            read = _READERS[key](pair)
        except ParseError as error:
            raise Fault(error.reason, pair.position, error.hint) from None
        changes = {**read, **changes} if key == "channel" else {**changes, **read}
    return fields._replace(**changes)


def _text_of(pair: Pair) -> str:
    if pair.items is not None:
        reason = f"the key `{pair.key}` takes no list"
        raise Fault(reason, pair.position)
    if pair.value is None:
        reason = f"the key `{pair.key}` has no value"
        raise Fault(reason, pair.position, f"write `{pair.key}='…'`")
    return pair.value.strip(_BLANKS)


def _read_version(pair: Pair) -> dict[str, object]:
    return {"version": read_version(_text_of(pair))}


def _read_build(pair: Pair) -> dict[str, object]:
    return {"build": read_pattern(_text_of(pair))}


def _read_build_number(pair: Pair) -> dict[str, object]:
    text = _text_of(pair)
    try:
        return {"build_number": None if text == "*" else NumberSpec.parse(text)}
    except ValueError as error:
        raise Fault(str(error), pair.position) from None


def _read_channel(pair: Pair) -> dict[str, object]:
    channel, subdir = read_channel(_text_of(pair), pair.position)
    return {"channel": channel, "subdir": subdir} if subdir else {"channel": channel}


def _read_subdir(pair: Pair) -> dict[str, object]:
    text = _text_of(pair).lower()
    return {"subdir": None if text == "*" else text}


def _read_file_name(pair: Pair) -> dict[str, object]:
    text = _text_of(pair)
    return {"file_name": None if text == "*" else text}


def _read_url(pair: Pair) -> dict[str, object]:
    text = _text_of(pair)
    url = split_url(text).public
    return {"url": url, "secret_url": Secret(text) if mask_secrets(text) != text else None}


def _digest_reader(key: str, length: int) -> Callable[[Pair], dict[str, object]]:
    def read(pair: Pair) -> dict[str, object]:
        text = _text_of(pair).lower()
        if not re.fullmatch(f"[0-9a-f]{{{length}}}", text):
            reason = f"`{key}` takes {length} hexadecimal digits"
            raise Fault(reason, pair.position)
        return {key: text}

    return read


def _pattern_reader(key: str) -> Callable[[Pair], dict[str, object]]:
    return lambda pair: {key: read_pattern(_text_of(pair) if "\\" in _text_of(pair) else _text_of(pair).lower())}


def _set_reader(key: str) -> Callable[[Pair], dict[str, object]]:
    return lambda pair: {key: tuple(sorted(set(_text_of(pair).replace(",", " ").split())))}


def _list_reader(key: str, grammar: str) -> Callable[[Pair], dict[str, object]]:
    def read(pair: Pair) -> dict[str, object]:
        items = pair.items if pair.items is not None else (_text_of(pair),)
        for item in items:
            if not re.fullmatch(grammar, item):
                reason = f"{quoted(item)} cannot be one of the `{key}`"
                raise Fault(reason, pair.position)
        return {key: tuple(sorted(set(items)))}

    return read


def _read_when(pair: Pair) -> dict[str, object]:
    text = _text_of(pair)
    try:
        return {"when": text, "condition": read_condition(text)}
    except InvalidCondition as error:
        raise Fault(str(error), pair.position) from None


_READERS: Final[dict[str, Callable[[Pair], dict[str, object]]]] = {
    "version": _read_version,
    "build": _read_build,
    "build_number": _read_build_number,
    "channel": _read_channel,
    "subdir": _read_subdir,
    "fn": _read_file_name,
    "url": _read_url,
    "md5": _digest_reader("md5", 32),
    "sha256": _digest_reader("sha256", 64),
    "license": _pattern_reader("license"),
    "license_family": _pattern_reader("license_family"),
    "track_features": _set_reader("track_features"),
    "features": _set_reader("features"),
    "extras": _list_reader("extras", _EXTRA),
    "flags": _list_reader("flags", _FLAG),
    "when": _read_when,
}
