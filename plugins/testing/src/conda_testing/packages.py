"""Builders of real package archives, `.conda` and `.tar.bz2`, good and hostile, with the same bytes every time."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import re
import shlex
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict

import zstandard

PLACEHOLDER = "/" + ("placeholder_" * 22)[:254]
"""The prefix that built files hold: 255 characters, as long as the build tools make it."""

MODIFIED = 1_577_836_800
"""The modification time of every member, in seconds since 1970 (2020-01-01 UTC)."""

SUFFIXES = (".conda", ".tar.bz2")

_BLOCK = 128 * 1024
_ZERO_RUNS = re.compile(rb"\0{8,}")
_KINDS = {
    "file": tarfile.REGTYPE,
    "hardlink": tarfile.LNKTYPE,
    "symlink": tarfile.SYMTYPE,
    "directory": tarfile.DIRTYPE,
    "chardev": tarfile.CHRTYPE,
    "blockdev": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}

Kind: TypeAlias = Literal["file", "hardlink", "symlink", "directory", "chardev", "blockdev", "fifo"]
Mode: TypeAlias = Literal["text", "binary"]
Compress: TypeAlias = Callable[[bytes], bytes]


class Member(NamedTuple):
    """One member of a tar file, written exactly as it stands here, however hostile.

    `target` is what a link points to. `mode` may hold setuid, setgid and sticky bits.
    """

    name: str
    kind: Kind = "file"
    content: bytes = b""
    target: str = ""
    mode: int = 0o644
    modified: int = MODIFIED


class File(NamedTuple):
    """A regular file of a package; with a `placeholder`, one that is rewritten for the prefix it is linked into."""

    content: str | bytes
    mode: int = 0o644
    placeholder: str = ""
    file_mode: Mode = "text"
    no_link: bool = False


class Symlink(NamedTuple):
    """A symbolic link of a package, to `target` relative to the folder of the link."""

    target: str


class Folder(NamedTuple):
    """A directory that a package owns though it may be empty."""

    mode: int = 0o755


Entry: TypeAlias = str | bytes | File | Symlink | Folder


class PackageFields(TypedDict, total=False):
    """What `PackageBuilder` takes beside name, version and build."""

    build_number: int
    depends: Sequence[str]
    constrains: Sequence[str]
    noarch: Literal["", "generic", "python"]
    subdir: str
    files: Mapping[str, Entry]
    entry_points: Sequence[str]
    link_scripts: Mapping[str, str]
    index: Mapping[str, Any]
    about: Mapping[str, Any]
    info: Mapping[str, str | bytes]
    legacy: bool


def plain_frame(data: bytes) -> bytes:
    """Return `data` as a Zstandard frame (RFC 8878) of stored blocks and of zeros counted.

    No compressor is involved, so the bytes are the same with every version of the library. Like the frames of
    streaming writers it does not say how long the content is.
    """
    blocks = []
    for repeated, block in _blocks(data):
        blocks.append((1, len(block), block[:1]) if repeated else (0, len(block), block))
    blocks = blocks or [(0, 0, b"")]
    frame = bytearray(b"\x28\xb5\x2f\xfd" + b"\x00" + b"\x38")
    for number, (kind, size, stored) in enumerate(blocks, 1):
        last = number == len(blocks)
        frame += (size << 3 | kind << 1 | last).to_bytes(3, "little") + stored
    return bytes(frame)


def compressed_frame(data: bytes, level: int = 19) -> bytes:
    """Return `data` as a Zstandard frame without a content size; its bytes depend on the version of the library."""
    compressor = zstandard.ZstdCompressor(level=level).compressobj()
    return compressor.compress(data) + compressor.flush()


def tar_bytes(members: Iterable[Member]) -> bytes:
    """Return an uncompressed tar file with `members` in the order given, nothing checked, added or left out."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        for member in members:
            header = tarfile.TarInfo(member.name)
            header.type = _KINDS[member.kind]
            header.linkname = member.target
            header.mode = member.mode
            header.mtime = member.modified
            header.size = len(member.content)
            archive.addfile(header, io.BytesIO(member.content))
    return buffer.getvalue()


def zip_bytes(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a ZIP file with `entries` (name, content) stored in the order given: the outside of a `.conda` archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def archive_bytes(stem: str, suffix: str, members: Iterable[Member], compress: Compress = plain_frame) -> bytes:
    """Return an archive of `members` as they are; in a `.conda` those named `info/…` go to the `info-` part (CEP 35).

    Raises ValueError when `suffix` is neither `.conda` nor `.tar.bz2`.
    """
    if suffix == ".tar.bz2":
        return bz2.compress(tar_bytes(members), 9)
    if suffix != ".conda":
        raise ValueError(f"no archive format has the suffix {suffix!r}")
    parts: dict[str, list[Member]] = {"pkg": [], "info": []}
    for member in members:
        parts["info" if member.name.startswith("info/") else "pkg"].append(member)
    packed = [(f"{part}-{stem}.tar.zst", compress(tar_bytes(found))) for part, found in parts.items()]
    return zip_bytes([("metadata.json", b'{"conda_pkg_format_version": 2}'), *packed])


def write_archive(path: str, members: Iterable[Member], compress: Compress = plain_frame) -> str:
    """Write an archive of `members` as they are to `path`, whose suffix says the format, and return `path`."""
    stem, suffix = split_suffix(os.path.basename(path))
    with open(path, "wb") as file:
        file.write(archive_bytes(stem, suffix, members, compress))
    return path


def split_suffix(file_name: str) -> tuple[str, str]:
    """Return stem and suffix of an archive's file name; raises ValueError when it is not the name of an archive."""
    for suffix in SUFFIXES:
        if file_name.endswith(suffix):
            return file_name.removesuffix(suffix), suffix
    raise ValueError(f"{file_name!r} ends in none of {', '.join(SUFFIXES)}")


def json_bytes(document: object) -> bytes:
    """Return `document` as readable JSON with sorted keys."""
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


class PackageBuilder:
    """One package, described by what is in it, that can be written as an archive of either format.

    `build_number` is the number at the end of `build` unless given, `subdir` is `noarch` for noarch packages and
    `linux-64` for others. `files` maps paths to text, bytes, `File`, `Symlink` or `Folder`. `link_scripts` maps
    actions (`post-link`, `pre-unlink`, `pre-link`) to script texts. `index` and `about` are added to the
    documents of those names and `info` to the files below `info/`; all three win over what is computed, so that
    broken packages can be made too. `legacy` writes `has_prefix` and `no_link` in place of `paths.json`.
    """

    def __init__(  # noqa: PLR0913  (all by keyword: what a package can have)
        self,
        name: str,
        version: str,
        build: str = "0",
        *,
        build_number: int = -1,
        depends: Sequence[str] = (),
        constrains: Sequence[str] = (),
        noarch: Literal["", "generic", "python"] = "",
        subdir: str = "",
        files: Mapping[str, Entry] = {},
        entry_points: Sequence[str] = (),
        link_scripts: Mapping[str, str] = {},
        index: Mapping[str, Any] = {},
        about: Mapping[str, Any] = {},
        info: Mapping[str, str | bytes] = {},
        legacy: bool = False,
    ) -> None:
        """Describe a package; nothing is written yet."""
        self.name = name
        self.version = version
        self.build = build
        self.build_number = build_number if build_number >= 0 else number_at_end(build)
        self.depends = tuple(depends)
        self.constrains = tuple(constrains)
        self.noarch = noarch
        self.subdir = subdir or ("noarch" if noarch else "linux-64")
        self.entry_points = tuple(entry_points)
        self.legacy = legacy
        self._index = dict(index)
        self._about = dict(about)
        self._info = {path: _bytes(content) for path, content in info.items()}
        scripts = {self._script_path(action): File(text, 0o755) for action, text in link_scripts.items()}
        self._entries = {path: _entry(value) for path, value in {**files, **scripts}.items()}

    @property
    def stem(self) -> str:
        """The file name of the archive without its suffix."""
        return f"{self.name}-{self.version}-{self.build}"

    def index(self) -> dict[str, Any]:
        """Return the content of `info/index.json`, which is also the repodata record short of digests and size."""
        document: dict[str, Any] = {
            "name": self.name,
            "version": self.version,
            "build": self.build,
            "build_number": self.build_number,
            "depends": list(self.depends),
            "subdir": self.subdir,
        }
        if self.constrains:
            document["constrains"] = list(self.constrains)
        if self.noarch:
            document["noarch"] = self.noarch
        return document | self._index

    def paths(self) -> dict[str, Any]:
        """Return the content of `info/paths.json`."""
        return {"paths_version": 1, "paths": [self._path_entry(path) for path in sorted(self._entries)]}

    def members(self) -> list[Member]:
        """Return the members of the archive, those of `info/` first, both sorted: a start for hostile variants too."""
        info = self._info_files() | self._info
        described = [Member(f"info/{path}", content=content) for path, content in sorted(info.items())]
        return described + [_member(path, entry) for path, entry in sorted(self._entries.items())]

    def archive(self, suffix: str = ".conda", compress: Compress = plain_frame) -> bytes:
        """Return the bytes of the archive."""
        return archive_bytes(self.stem, suffix, self.members(), compress)

    def write(self, folder: str, suffix: str = ".conda", compress: Compress = plain_frame) -> str:
        """Write the archive into `folder` under its proper name and return its path."""
        return write_archive(os.path.join(folder, self.stem + suffix), self.members(), compress)

    def _info_files(self) -> dict[str, bytes]:
        """Return the files below `info/` that follow from the description."""
        found = {"index.json": json_bytes(self.index()), "files": _lines(sorted(self._entries))}
        found["about.json"] = json_bytes({"summary": f"the package {self.name}"} | self._about)
        if self.noarch:
            found["link.json"] = json_bytes(self._link())
        if not self.legacy:
            return found | {"paths.json": json_bytes(self.paths())}
        files = [(path, entry) for path, entry in sorted(self._entries.items()) if isinstance(entry, File)]
        prefixed = [
            f"{shlex.quote(e.placeholder)} {e.file_mode} {shlex.quote(path)}" for path, e in files if e.placeholder
        ]
        found["has_prefix"] = _lines(prefixed)
        found["no_link"] = _lines([path for path, entry in files if entry.no_link])
        return found

    def _link(self) -> dict[str, Any]:
        """Return the content of `info/link.json`."""
        noarch: dict[str, Any] = {"type": self.noarch}
        if self.entry_points:
            noarch["entry_points"] = list(self.entry_points)
        return {"package_metadata_version": 1, "noarch": noarch}

    def _path_entry(self, path: str) -> dict[str, Any]:
        """Return the entry of one path in `paths.json`."""
        entry = self._entries[path]
        if isinstance(entry, Folder):
            return {"_path": path, "path_type": "directory"}
        described: dict[str, Any] = {"_path": path, "path_type": "softlink"}
        if isinstance(entry, File):
            described["path_type"] = "hardlink"
            if entry.placeholder:
                described |= {"prefix_placeholder": entry.placeholder, "file_mode": entry.file_mode}
            if entry.no_link:
                described["no_link"] = True
        return described | self._digest(path)

    def _digest(self, path: str) -> dict[str, Any]:
        """Return digest and size of a file, of a link's target, or nothing when the target is elsewhere."""
        seen: set[str] = set()
        while path not in seen:
            seen.add(path)
            entry = self._entries.get(path)
            if isinstance(entry, File):
                content = _bytes(entry.content)
                return {"sha256": hashlib.sha256(content).hexdigest(), "size_in_bytes": len(content)}
            if isinstance(entry, Symlink):
                path = os.path.normpath(os.path.join(os.path.dirname(path), entry.target)).replace(os.sep, "/")
        return {}

    def _script_path(self, action: str) -> str:
        """Return where the link script of an action stands in the package."""
        if self.subdir.startswith("win-"):
            return f"Scripts/.{self.name}-{action}.bat"
        return f"bin/.{self.name}-{action}.sh"


def number_at_end(build: str) -> int:
    """Return the number at the end of a build string (`py312_1` → 1), 0 when there is none."""
    found = re.search(r"\d+$", build.rpartition("_")[2])
    return int(found.group()) if found else 0


def _blocks(data: bytes) -> Iterable[tuple[bool, bytes]]:
    """Yield `data` in pieces of at most 128 KiB, each with whether it is one byte repeated."""
    start = 0
    for run in _ZERO_RUNS.finditer(data):
        yield from ((False, piece) for piece in _pieces(data[start : run.start()]))
        yield from ((True, piece) for piece in _pieces(run.group()))
        start = run.end()
    yield from ((False, piece) for piece in _pieces(data[start:]))


def _pieces(data: bytes) -> Iterable[bytes]:
    """Yield `data` in pieces of at most 128 KiB, the largest block that a frame may hold."""
    return (data[start : start + _BLOCK] for start in range(0, len(data), _BLOCK))


def _bytes(content: str | bytes) -> bytes:
    """Return text as UTF-8 and bytes as they are."""
    return content.encode() if isinstance(content, str) else content


def _lines(lines: Iterable[str]) -> bytes:
    """Return lines as the content of a file, each one ended."""
    return "".join(f"{line}\n" for line in lines).encode()


def _entry(value: Entry) -> File | Symlink | Folder:
    """Return plain text or bytes as a file, other entries as they are."""
    return File(value) if isinstance(value, (str, bytes)) else value


def _member(path: str, entry: File | Symlink | Folder) -> Member:
    """Return the tar member of an entry."""
    if isinstance(entry, Symlink):
        return Member(path, "symlink", target=entry.target, mode=0o777)
    if isinstance(entry, Folder):
        return Member(path, "directory", mode=entry.mode)
    return Member(path, content=_bytes(entry.content), mode=entry.mode)
