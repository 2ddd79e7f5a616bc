"""Splits a channel's URL into its parts, credentials taken out, and puts it together again."""

from __future__ import annotations

import os
import re

from conda_kernel.model.errors import ParseError
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import Secret, mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidChannel(ParseError):
    """A text names no channel, or a channel that may not be used."""


class ChannelUrl(NamedTuple):
    """A URL in its parts; `host` holds the port, `parts` the path without the token and without empty parts."""

    scheme: str
    host: str
    parts: tuple[str, ...]
    user: Secret | None = None
    password: Secret | None = None
    token: Secret | None = None
    token_place: int = 0

    @property
    def location(self) -> str:
        """The URL without scheme and credentials: host and path."""
        return "/".join((self.host, *self.parts))

    @property
    def public(self) -> str:
        """The URL without credentials and without a trailing slash."""
        return f"{self.scheme}://{self.location}"


_LONGEST_SCHEME = 12
_T_PART = r"[A-Za-z0-9_.-]*"
_DRIVE = r"[A-Za-z]:(?:[/\\]|$)"
_CONTROL = "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]"
_ESCAPE = "%([0-9A-Fa-f]{2})|%|[^A-Za-z0-9._~!$&'()*+,;=:@-]+"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_ESCAPE = "[^A-Za-z0-9._~!$&'()*+,;=:@/-]+"
_HOST = r"(\[[0-9a-f:.]+\]|[^\s\\<>\"`{}|^%:\[\]@]+)(?::([0-9]{0,5}))?"
_VARIABLE = r"\$(?:(\w+)|\{([^{}]*)\})|%(\w+)%"
_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21"}


def is_url(text: str) -> bool:
    """Tell whether the text begins with a scheme; a drive letter is none."""
    scheme, mark, _ = text.partition("://")
    is_word = scheme[:1].isalpha() and scheme.isalnum() and scheme.isascii()
    return bool(mark) and is_word and 1 < len(scheme) <= _LONGEST_SCHEME


def is_path(text: str) -> bool:
    r"""Tell whether the text is a path: `.`, `..`, or what begins with `/`, `./`, `../`, `~`, `\` or a drive letter."""
    return (
        text[:1] in ("/", "~", "\\")
        or text in (".", "..")
        or text.startswith(("./", "../", ".\\", "..\\"))
        or _has_drive(text)
    )


def path_url(path: str, working_folder: str = "", home: str = "") -> str:
    r"""Return the `file:` URL of a path, also of a Windows path on any system.

    `working_folder` and `home` are those of this process when empty. `\\host\share\x` becomes `file://host/share/x`.
    """
    if _holds_control(path):
        raise InvalidChannel(f"the path `{printable(path)}` holds a control character", text=printable(path))
    if path == "~" or path.startswith(("~/", "~\\")):
        path = (home or os.path.expanduser("~")) + path[1:]
    elif path.startswith("~"):
        path = os.path.expanduser(path)
    if not _has_drive(path) and not path.startswith(("\\\\", "/", "\\")):
        path = (working_folder or os.getcwd()).rstrip("/\\") + "/" + path
    unc = path.startswith("\\\\")
    parts = _without_dots(path.replace("\\", "/").split("/"))
    plain = re.sub(_PATH_ESCAPE, _escaped, "/".join(parts))
    return f"file://{plain}" if unc else f"file:///{plain}"


def with_variables(path: str, environ: Mapping[str, str]) -> str:
    """Return a path with `$NAME`, `${NAME}` and `%NAME%` replaced; what is not set stays as it is written."""
    return re.sub(_VARIABLE, lambda found: environ.get(found[1] or found[2] or found[3], found[0]), path)


def url_path(url: str) -> str:
    """Return the path that a `file:` URL stands for, with `/` as separator; `file:///C:/x` is `C:/x` everywhere."""
    scheme, authority, path = _cut(url)
    if scheme != "file" or _holds_control(url):
        raise InvalidChannel(f"`{shown(url)}` is not a `file:` URL", text=shown(url))
    if "%" in path:
        octets = re.sub(rb"%([0-9A-Fa-f]{2})", lambda escape: bytes.fromhex(escape[1].decode()), path.encode("utf-8"))
        path = octets.decode("utf-8", "surrogateescape")
    if "\x00" in path:
        raise InvalidChannel(f"`{shown(url)}` holds a NUL character", text=shown(url))
    if _has_drive(path[1:]):
        return path[1:]
    if authority and authority.lower() != "localhost":
        return f"//{authority}{path}"
    return path


def split_url(text: str) -> ChannelUrl:
    """Return the parts of a URL; query and fragment are dropped, `.` and `..` resolved, escapes made uniform.

    A `file:` URL has no token and no login.

    Raises InvalidChannel.
    """
    scheme, authority, path = _cut(text)
    if not scheme or _holds_control(text):
        raise InvalidChannel(f"`{shown(text)}` is not a URL", text=shown(text))
    if scheme == "file":
        return _split_file_url(authority, path)
    login, _, host = authority.rpartition("@")
    host = _plain_host(scheme, host) or ""
    if not host:
        raise InvalidChannel(f"`{shown(text)}` names no host", text=shown(text))
    user, colon, password = login.partition(":")
    parts, token, place = _without_token([_encoded(part) for part in path[1:].split("/")])
    return ChannelUrl(
        scheme=scheme,
        host=host,
        parts=tuple(parts),
        user=Secret(user) if login else None,
        password=Secret(password) if colon else None,
        token=token,
        token_place=place,
    )


def with_credentials(url: ChannelUrl, credentials: ChannelUrl, trailing: str = "") -> Secret:
    """Return the whole URL with the login and the token of `credentials`, the token at its place in the path."""
    login = ""
    if credentials.user is not None:
        password = f":{credentials.password.reveal()}" if credentials.password is not None else ""
        login = f"{credentials.user.reveal()}{password}@"
    parts, place = url.parts, credentials.token_place
    if credentials.token is not None:
        parts = (*parts[:place], "t", credentials.token.reveal(), *parts[place:])
    return Secret(f"{url.scheme}://{login}{'/'.join((url.host, *parts))}{trailing}")


def without_credentials(text: str) -> str:
    """Return a URL without login and token; any other text, and a URL without them, as it is but masked."""
    if "@" not in text and "/t/" not in text:
        return text
    try:
        url = split_url(text)
    except InvalidChannel:
        return mask_secrets(text)
    if url.user is None and url.token is None:
        return mask_secrets(text)
    return url.public + ("/" if text.endswith("/") else "")


def shown(text: str) -> str:
    """Return the text as an error may show it: without credentials and control characters."""
    text = printable(text)
    return mask_secrets(f"/{text}")[1:] if text.startswith("t/") else mask_secrets(text)


def _cut(text: str) -> tuple[str, str, str]:
    """Return scheme, authority and path of a URL, without query and fragment; all are empty when it is none."""
    if not is_url(text):
        return "", "", ""
    scheme, _, rest = text.partition("://")
    authority, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    return scheme.lower(), authority, slash + path


def _holds_control(text: str) -> bool:
    # What is asked first spares nearly every command the expression, which takes a third of a millisecond to compile.
    return not text.isprintable() and re.search(_CONTROL, text) is not None


def _has_drive(text: str) -> bool:
    return text[1:2] == ":" and re.match(_DRIVE, text) is not None


def _split_file_url(authority: str, path: str) -> ChannelUrl:
    if _has_drive(authority):
        authority, path = "", f"/{authority}{path}"
    if authority.lower() == "localhost":
        authority = ""
    if "@" in authority:
        raise InvalidChannel("a `file:` URL has no login")
    host = _plain_host("file", authority)
    if authority and not host:
        raise InvalidChannel("the host of a `file:` URL is none")
    parts = _without_dots([_encoded(part) for part in path.split("/")])
    return ChannelUrl(scheme="file", host=host or "", parts=tuple(parts))


def _plain_host(scheme: str, host: str) -> str | None:
    host = host if scheme in ("s3", "oci") else host.lower()
    # As above: nearly every host is a plain name, or none.
    if not host or host.replace("-", "a").replace(".", "a").isalnum():
        return host.rstrip(".") or None
    match = re.fullmatch(_HOST, host)
    if match is None or not host.isprintable():
        return None
    port = match[2] if match[2] and match[2] != _DEFAULT_PORTS.get(scheme) else ""
    name = match[1].rstrip(".")
    return f"{name}:{port}" if port else name or None


def _without_token(parts: list[str]) -> tuple[list[str], Secret | None, int]:
    index = _token_index(parts, 0)
    if index is None:
        return _without_dots(parts), None, 0
    if _token_index(parts, index + 2) is not None:
        raise InvalidChannel("the URL of a channel holds two tokens, each after `/t/`")
    before, token = _without_dots(parts[:index]), parts[index + 1]
    return _without_dots([*before, *parts[index + 2 :]]), Secret(token) if token else None, len(before)


def _token_index(parts: list[str], start: int) -> int | None:
    for index in range(start, len(parts) - 1):
        if parts[index] == "t" and re.fullmatch(_T_PART, parts[index + 1]) is not None:
            return index
    return None


def _without_dots(parts: list[str]) -> list[str]:
    plain: list[str] = []
    for part in parts:
        if part == "..":
            if plain:
                plain.pop()
        elif part not in ("", "."):
            plain.append(part)
    return plain


def _encoded(part: str) -> str:
    return part if _UNRESERVED.issuperset(part) else re.sub(_ESCAPE, _uniform, part)


def _uniform(match: re.Match[str]) -> str:
    if match[1] is None:
        return _escaped(match)
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _escaped(match: re.Match[str]) -> str:
    # The working folder and the home of a user need not be UTF-8; Python holds the octets that are not as surrogates.
    return "".join([f"%{octet:02X}" for octet in match[0].encode("utf-8", "surrogateescape")])
