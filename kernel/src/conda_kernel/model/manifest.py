"""Reads what an extracted package says about its files: the list, links, entry points, and where noarch files go."""

from __future__ import annotations

import json
import os
import re
from keyword import iskeyword

from conda_kernel.model.errors import ParseError, quoted
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import UnsafePath, is_reserved, safe_name, safe_relative_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

DEFAULT_PLACEHOLDER = "/opt/anaconda1anaconda2anaconda3"

_PATH_TYPES = frozenset(("hardlink", "softlink", "directory"))
_FILE_MODES = frozenset(("text", "binary"))
_QUOTED_WORD = r"\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))"
_SHA256 = r"[0-9a-fA-F]{64}"
_MAJOR_MINOR = r"(?:\d+!)?(\d+)(?:\.(\d+))?"


class InvalidManifest(ParseError):
    """The `info` folder of a package is missing, unreadable or contradicts itself."""


class PathEntry(NamedTuple):
    """One file of a package; `size_in_bytes` and `sha256` are those in the package, for a softlink of its target."""

    path: str
    path_type: str = "hardlink"
    sha256: str | None = None
    size_in_bytes: int | None = None
    no_link: bool = False
    prefix_placeholder: str | None = None
    file_mode: str | None = None


class LinkFile(NamedTuple):
    """What `info/link.json` says; `noarch` is None, `python` or `generic`."""

    noarch: str | None = None
    entry_points: tuple[EntryPoint, ...] = ()


class EntryPoint(NamedTuple):
    """A command that calls a function: `command = module:function`."""

    command: str
    module: str
    function: str

    @classmethod
    def parse(cls, text: str) -> EntryPoint:
        """Return the entry point of one definition.

        The module and function are dotted identifiers, the command is a plain file name, for all of this is pasted
        into a script. Raises InvalidManifest.
        """
        command, equals, reference = text.partition("=")
        module, colon, function = reference.strip(" \t'\"").rpartition(":")
        entry_point = cls(command.strip(), module.strip(), function.strip())
        if not equals or not colon or not _is_dotted(entry_point.module) or not _is_dotted(entry_point.function):
            raise InvalidManifest(f"{quoted(text)} is not an entry point `command = module:function`", text=text)
        try:
            safe_name(entry_point.command, "command")
        except UnsafePath as error:
            raise InvalidManifest(f"the entry point {quoted(text)} cannot be used: {error}", text=text) from error
        if entry_point.command.startswith("."):
            raise InvalidManifest(f"the command of the entry point {quoted(text)} is hidden", text=text)
        return entry_point

    def __str__(self) -> str:
        return f"{self.command} = {self.module}:{self.function}"


def read_manifest(folder: str) -> tuple[PathEntry, ...]:
    """Return the files of the extracted package in `folder`, from `info/paths.json` or the files before it.

    Every path is safe, plain and named once; nothing lies in `conda-meta`.

    Raises InvalidManifest and UnsafePath.
    """
    listed = read_listed(folder)
    if listed is not None:
        return _without_repeats([path_entry(entry) for entry in listed])
    files = _read(folder, "files")
    if files is None:
        raise InvalidManifest("the package has neither `info/paths.json` nor `info/files`", folder=folder)
    return manifest_of_files(
        files, _read(folder, "has_prefix") or "", (_read(folder, "no_link") or "").splitlines(), folder
    )


def read_listed(folder: str) -> list[Any] | None:
    """Return what the extracted package in `folder` lists in `info/paths.json`; `None` when it has no such file.

    The entries are decoded and not looked at. Raises InvalidManifest.
    """
    text = _read(folder, "paths.json")
    if text is None:
        return None
    document = _json_object(text, "info/paths.json")
    version = document.get("paths_version", 1)
    if type(version) is not int or version != 1:
        raise InvalidManifest(
            "`info/paths.json` has a version that is not known here", hint="a newer package manager may read it"
        )
    paths = document.get("paths")
    if not isinstance(paths, list):
        raise InvalidManifest("`info/paths.json` has no list of paths")
    return paths


def manifest_of_files(files: str, has_prefix: str, no_link: list[str], folder: str = "") -> tuple[PathEntry, ...]:
    """Return the entries that the old files `files`, `has_prefix` and `no_link` make.

    With `folder` it is looked up which of them are links. Raises InvalidManifest and UnsafePath.
    """
    prefixes = parse_has_prefix(has_prefix)
    copied = {line.strip() for line in no_link}
    entries = []
    for line in files.splitlines():
        path = line.strip()
        if not path:
            continue
        placeholder, mode = prefixes.get(path, (None, None))
        plain = _safe(path)
        is_link = bool(folder) and os.path.islink(os.path.join(folder, *plain.split("/")))
        entries.append(
            PathEntry(
                path=plain,
                path_type="softlink" if is_link else "hardlink",
                no_link=path in copied,
                prefix_placeholder=placeholder,
                file_mode=mode,
            )
        )
    return _without_repeats(entries)


def parse_has_prefix(text: str) -> dict[str, tuple[str, str]]:
    """Return (placeholder, mode) for each path of a `has_prefix` file. Raises InvalidManifest."""
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        words = [double or single or bare for double, single, bare in re.findall(_QUOTED_WORD, line)]
        if len(words) == 1:
            found[words[0]] = (DEFAULT_PLACEHOLDER, "text")
        elif len(words) == 3 and words[1] in _FILE_MODES and words[0]:
            found[words[2]] = (words[0], words[1])
        else:
            raise InvalidManifest(f"`info/has_prefix` has the line {quoted(line)}, which cannot be read", text=line)
    return found


def read_link_json(folder: str) -> LinkFile:
    """Return what `info/link.json` (or `info/package_metadata.json`) says; nothing when neither exists.

    Raises InvalidManifest.
    """
    text = _read(folder, "link.json")
    if text is None:
        text = _read(folder, "package_metadata.json")
    if text is None:
        return LinkFile()
    document = _json_object(text, "info/link.json")
    if document.get("package_metadata_version", 1) != 1:
        raise InvalidManifest(
            "`info/link.json` has a version that is not known here", hint="a newer package manager may read it"
        )
    noarch = document.get("noarch")
    if noarch is None:
        return LinkFile()
    kind = noarch.get("type") if isinstance(noarch, dict) else noarch
    if kind not in ("python", "generic"):
        raise InvalidManifest("`info/link.json` has a kind of noarch that is neither `python` nor `generic`")
    points = noarch.get("entry_points") if isinstance(noarch, dict) else None
    if points is None:
        points = []
    if not isinstance(points, list) or not all(isinstance(point, str) for point in points):
        raise InvalidManifest("`info/link.json` has entry points that are no list of texts")
    return LinkFile(kind, tuple(EntryPoint.parse(point) for point in points))


def path_entry_as_json(entry: PathEntry) -> dict[str, object]:
    """Return the entry as `paths.json` holds it, with what is set."""
    stated = {key: value for key, value in entry._asdict().items() if value is not None and value is not False}
    return {"_path": stated.pop("path"), **stated}


def major_minor(version: str) -> str:
    """Return the first two numbers of a python version: `3.12` for `3.12.4`; `27` is read as `2.7`.

    Raises InvalidManifest for a text that does not begin with a number.
    """
    match = re.match(_MAJOR_MINOR, version)
    if match is None:
        raise InvalidManifest(f"{quoted(version)} is not a version of python", text=version)
    major, minor = match[1], match[2]
    if minor is None:
        major, minor = major[0], major[1:] or "0"
    return f"{major}.{minor}"


def site_packages_folder(python_version: str, stated: str | None = None, *, windows: bool = False) -> str:
    """Return the folder of python's packages, relative to the prefix; `stated` is `python_site_packages_path` (CEP 17).

    Raises UnsafePath and InvalidManifest.
    """
    if stated:
        return safe_relative_path(stated)
    return "Lib/site-packages" if windows else f"lib/python{major_minor(python_version)}/site-packages"


def noarch_target(path: str, python_version: str, site_packages: str | None = None, *, windows: bool = False) -> str:
    """Return where a file of a noarch python package goes, relative to the prefix (CEP 20)."""
    if path.startswith("site-packages/"):
        folder = site_packages_folder(python_version, site_packages, windows=windows)
        return f"{folder}/{path.removeprefix('site-packages/')}"
    if path.startswith("python-scripts/"):
        return f"{'Scripts' if windows else 'bin'}/{path.removeprefix('python-scripts/')}"
    return path


def bytecode_path(source: str, python_version: str) -> str:
    """Return where python keeps the bytecode of a `.py` file: `a/__pycache__/b.cpython-312.pyc`."""
    version = major_minor(python_version)
    folder, slash, name = source.rpartition("/")
    stem = name.removesuffix(".py")
    if version.startswith("2."):
        return f"{folder}{slash}{stem}.pyc"
    return f"{folder}{slash}__pycache__/{stem}.cpython-{version.replace('.', '')}.pyc"


def path_entry(entry: object) -> PathEntry:
    """Return one entry of a decoded `paths.json`. Raises InvalidManifest and UnsafePath."""
    if not isinstance(entry, dict):
        raise InvalidManifest("`info/paths.json` has an entry that is no object")
    path = entry.get("_path")
    if not isinstance(path, str):
        raise InvalidManifest("`info/paths.json` has an entry without a path")
    path_type = entry.get("path_type", "hardlink")
    placeholder, mode = entry.get("prefix_placeholder"), entry.get("file_mode")
    sha256, size, no_link = entry.get("sha256"), entry.get("size_in_bytes"), entry.get("no_link")
    if not isinstance(path_type, str) or path_type not in _PATH_TYPES:
        raise _entry_fault(path, "path_type")
    if placeholder is not None and not (isinstance(placeholder, str) and placeholder):
        raise _entry_fault(path, "prefix_placeholder")
    if mode is not None and (not isinstance(mode, str) or mode not in _FILE_MODES):
        raise _entry_fault(path, "file_mode")
    if sha256 is not None and not (isinstance(sha256, str) and re.fullmatch(_SHA256, sha256)):
        raise _entry_fault(path, "sha256")
    if size is not None and not (type(size) is int and 0 <= size < 2**63):
        raise _entry_fault(path, "size_in_bytes")
    if no_link is not None and not isinstance(no_link, bool):
        raise _entry_fault(path, "no_link")
    return PathEntry(
        path=_safe(path),
        path_type=path_type,
        sha256=sha256.lower() if sha256 else None,
        size_in_bytes=size,
        no_link=bool(no_link),
        prefix_placeholder=placeholder,
        file_mode=(mode or "text") if placeholder else None,
    )


def _entry_fault(path: str, key: str) -> InvalidManifest:
    return InvalidManifest(f"`info/paths.json` has a wrong `{key}` for {quoted(path)}", path=path, field=key)


def _safe(path: str) -> str:
    plain = safe_relative_path(path)
    if is_reserved(plain):
        raise UnsafePath(f"the path {quoted(plain)} is reserved for the package manager", path=path)
    return plain


def _without_repeats(entries: list[PathEntry]) -> tuple[PathEntry, ...]:
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            raise InvalidManifest(f"the package lists {quoted(entry.path)} twice", path=entry.path)
        seen.add(entry.path)
    return tuple(entries)


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() and not iskeyword(part) for part in text.split("."))


def _json_object(text: str, name: str) -> Mapping[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidManifest(f"`{name}` is not JSON") from error
    if not isinstance(document, dict):
        raise InvalidManifest(f"`{name}` is no JSON object")
    return document


def _read(folder: str, name: str) -> str | None:
    path = os.path.join(folder, "info", name)
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidManifest(f"`info/{name}` cannot be read: {type(error).__name__}", path=path) from error
