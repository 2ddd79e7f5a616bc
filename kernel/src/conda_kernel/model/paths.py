"""Checks every path and name that comes out of repodata, a manifest or an archive before it is used.

All of them pass `safe_relative_path` or `safe_name`, and links pass `check_link_target`; what third parties wrote is
shown through `printable`. What the user wrote is trusted, and `expanded`.
"""

from __future__ import annotations

import os
import re

from conda_kernel.model.errors import CondaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MAXIMAL_PATH = 4096
MAXIMAL_PART = 255

_CONTROL = "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]"
_DRIVE = r"[A-Za-z]:"
_NAME_FAULT = '[\x00-\x20\x7f-\xa0\ud800-\udfff\u2028\u2029/\\\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]'
_PLAIN_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+!-")
_TERMINAL_SEQUENCE = (
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
_WINDOWS_FAULT = r'[<>:"|?*]'
_WINDOWS_DEVICE = r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)"


class UnsafePath(CondaError):
    """A path, name or link target of a third party would lead out of its folder."""


def safe_relative_path(text: str, *, windows: bool = False) -> str:
    """Return the path in its plain form, `/` separated and without `.` and empty parts.

    Refused are absolute paths, drive letters, `..`, backslashes, control characters, text that has no UTF-8 form,
    nothing at all, parts over 255 bytes and paths over 4096 bytes. For `windows` also what that system cannot hold:
    device names, reserved characters, parts that end in a blank or a dot.

    Raises UnsafePath.
    """
    if not (
        text.isprintable()
        and "\\" not in text
        and "/." not in text
        and "//" not in text
        and ":" not in text[:2]
        and text[:1] not in ("", ".", "/")
        and text[-1:] != "/"
        and (len(text) <= MAXIMAL_PART // 4 or (len(text) <= MAXIMAL_PART and text.isascii()))
    ):
        text = _checked_path(text)
    if windows:
        _check_windows_parts(text)
    return text


def safe_relative_paths(texts: Sequence[str]) -> tuple[str, ...]:
    """Return many paths in their plain form; as `safe_relative_path`, at a tenth of its cost when all are plain.

    Raises UnsafePath.
    """
    whole = "\n".join(("", *texts, ""))
    # With separators around each path, an empty part shows wherever it is.
    parts = whole.replace("\n", "/")
    if (
        whole.count("\n") == len(texts) + 1
        and not any(sign in whole for sign in ("\\", ":"))
        and not any(sign in parts for sign in ("//", "/./", "/../"))
        and whole.replace("\n", "").isprintable()
        and max(map(len, texts), default=0) <= (MAXIMAL_PART if whole.isascii() else MAXIMAL_PART // 4)
    ):
        return tuple(texts)
    return tuple([safe_relative_path(text) for text in texts])


def expanded(path: str) -> str:
    """Return the absolute path for one that the user wrote, with `~` and variables put in.

    Raises FileNotFoundError for a relative path when the current folder is gone.
    """
    return os.path.abspath(os.path.expanduser(os.path.expandvars(path)))


def safe_name(text: str, what: str = "name") -> str:
    """Return the text when it can be one part of a path: a package name, version, build or file name.

    Refused are separators, `:`, wildcards, quotes, blanks, control and invisible characters, `.`, `..`, nothing at
    all and more than 255 bytes. `what` is the word for it in the error.

    Raises UnsafePath.
    """
    if _PLAIN_NAME.issuperset(text) and text[:1] not in ("", ".", "+", "!", "-") and len(text) <= MAXIMAL_PART:
        return text
    if not text:
        raise UnsafePath(f"the {what} is empty")
    if text in (".", ".."):
        raise UnsafePath(f"the {what} `{text}` is not a name", path=text)
    if re.search(_NAME_FAULT, text) is not None:
        raise UnsafePath(f"the {what} `{printable(text)}` holds a character that is not allowed", path=text)
    if len(text.encode("utf-8")) > MAXIMAL_PART:
        raise UnsafePath(f"the {what} `{printable(text[:40])}…` is longer than {MAXIMAL_PART} bytes", path=text)
    return text


def check_link_target(path: str, target: str) -> str:
    """Return the target of the symbolic link at `path` when it stays inside the tree.

    `path` has passed `safe_relative_path`. Only the text is judged, nothing is looked up. A link to itself is refused.

    Raises UnsafePath.
    """
    shown = f"the link `{printable(path)}` to `{printable(target)}`"
    if not target:
        raise UnsafePath(f"the link `{printable(path)}` has no target", path=path, target=target)
    if re.search(_CONTROL, target) is not None or "\\" in target:
        raise UnsafePath(f"{shown} holds a character that is not allowed", path=path, target=target)
    if target.startswith("/") or re.match(_DRIVE, target) is not None:
        raise UnsafePath(f"{shown} is absolute", path=path, target=target)
    place = path.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            if not place:
                raise UnsafePath(f"{shown} leaves its tree", path=path, target=target)
            place.pop()
        elif part not in ("", "."):
            place.append(part)
    if "/".join(place) == path:
        raise UnsafePath(f"{shown} points to itself", path=path, target=target)
    return target


def is_reserved(path: str) -> bool:
    """Tell whether a safe path lies in `conda-meta`, which no package may write to (CEP 34), in any case of letters."""
    return path.split("/", 1)[0].casefold() == "conda-meta"


def printable(text: str, *, lines: bool = False) -> str:
    """Return third-party text without terminal sequences, control, invisible and direction characters.

    Line ends and tabs become blanks; with `lines` line ends are kept.
    """
    if text.isprintable():
        return text
    text = re.sub(_TERMINAL_SEQUENCE, "", text)
    return "".join([_shown(character, lines=lines) for character in text])


def _shown(character: str, *, lines: bool) -> str:
    if character.isprintable() or (lines and character == "\n"):
        return character
    return " " if character.isspace() and character not in "\x1c\x1d\x1e\x1f\x85" else ""


def _checked_path(text: str) -> str:
    if not text:
        raise UnsafePath("a path is empty", path=text)
    shown = printable(text[:200])
    if re.search(_CONTROL, text) is not None:
        raise UnsafePath(f"the path `{shown}` holds a control character", path=text)
    if "\\" in text:
        raise UnsafePath(f"the path `{shown}` holds a backslash", path=text)
    if text.startswith("/"):
        raise UnsafePath(f"the path `{shown}` is absolute", path=text)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if not parts:
        raise UnsafePath(f"the path `{shown}` names nothing", path=text)
    if ".." in parts:
        raise UnsafePath(f"the path `{shown}` holds a `..`", path=text)
    if max(len(part.encode("utf-8")) for part in parts) > MAXIMAL_PART:
        raise UnsafePath(f"the path `{shown}` has a part of more than {MAXIMAL_PART} bytes", path=text)
    plain = "/".join(parts)
    if len(plain.encode("utf-8")) > MAXIMAL_PATH:
        raise UnsafePath(f"the path `{shown}` is longer than {MAXIMAL_PATH} bytes", path=text)
    if re.match(_DRIVE, plain) is not None:
        raise UnsafePath(f"the path `{shown}` is absolute", path=text)
    return plain


def _check_windows_parts(path: str) -> None:
    for part in path.split("/"):
        if (
            re.search(_WINDOWS_FAULT, part) is not None
            or part[-1] in " ."
            or re.match(_WINDOWS_DEVICE, part) is not None
        ):
            raise UnsafePath(f"the path `{printable(path)}` cannot exist on Windows", path=path)
