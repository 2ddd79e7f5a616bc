"""Keeps text that must not be shown: passwords, tokens, URLs that carry them.

A `Secret` has one way out, `reveal()`; every other way of turning it into text shows `<hidden>`, and ways that
would carry the text along unseen (pickle, copies into JSON) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

HIDDEN = "<hidden>"

_TELLING_NAME = r"(?i)token|passw|secret|key|credential|auth"

# A scheme that no advice on what to write follows, as in `https://USER:PASSWORD@HOST/`.
_SCHEME = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?!USER:PASSWORD@[A-Z:]+(?:[/`]|$))"
# What stands before `@` in an authority, whatever it holds.
_AUTHORITY = _SCHEME + r"[^/?#\s]*@"
# A password with a raw `/`, `?` or `#`: what looks like a port is none.
_ODD_AUTHORITY = _SCHEME + r"[^/?#\s@:]*:(?![0-9]{0,5}(?:[/?#\s'\"]|$))[^\s@]{1,256}@"
# A URL that was taken for a path and lost a slash.
_PATH_LIKE = r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,30}:/)[^/?#\s:@]{1,256}:[^/?#\s@]*@"
_BARE_LOGIN = r"(?<![^\s'\"(=,\[])[^\s/:@'\"(=,\[<]{1,256}:[^\s/@]{1,256}@(?=[A-Za-z0-9\[])"
# A folder named `t` in a `file:` URL is a folder.
_T_PATH = r"(?i)(?P<local>file://[^\s'\"]*)|/t/(?!(?-i:TOKEN)/)[^/\s?#'\"]+"


class Secret:
    """Text that is shown nowhere; `reveal` is the only way to it."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """Return the text, for use on the wire alone."""
        return self._text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a secret does not change")

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return _equal(self._text, other._text)

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return HIDDEN

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, specification: str) -> str:
        return format(HIDDEN, specification)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")


def mask_secrets(text: str) -> str:
    """Return the text with every login and every token in a URL replaced by `<hidden>`.

    A login is what stands before `@` in the authority of a URL, the user name included, and also
    `user:password@host` without a scheme; a token is the path part after `/t/`.
    """
    if "@" in text:
        text = re.sub(_AUTHORITY, _masked_login, text)
        text = re.sub(_ODD_AUTHORITY, _masked_login, text)
        text = re.sub(_PATH_LIKE, _masked_login, text)
        text = re.sub(_BARE_LOGIN, f"{HIDDEN}@", text)
    if "/t/" in text:
        text = re.sub(_T_PATH, _masked_token, text)
    return text


def names_a_secret(name: str) -> bool:
    """Tell whether the name of a variable or a setting says that what it holds is to be kept secret."""
    return re.search(_TELLING_NAME, name) is not None


def masked(value: object) -> object:
    """Return a JSON value in whose texts, keys among them, `mask_secrets` has replaced every login and token."""
    if isinstance(value, str):
        return mask_secrets(value)
    if isinstance(value, Mapping):
        return {masked(key): masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    if isinstance(value, tuple):
        return tuple(masked(inner) for inner in value)
    if isinstance(value, AbstractSet):
        return {masked(inner) for inner in value}
    return value


def _masked_login(match: re.Match[str]) -> str:
    return f"{match['scheme']}{HIDDEN}@"


def _masked_token(match: re.Match[str]) -> str:
    return match["local"] or f"/t/{HIDDEN}"


def _equal(left: str, right: str) -> bool:
    """Compare in a time that tells nothing about where the texts differ; `hmac` costs 2 ms at start-up."""
    difference = len(left) ^ len(right)
    for one, other in zip(left, right, strict=False):
        difference |= ord(one) ^ ord(other)
    return difference == 0
