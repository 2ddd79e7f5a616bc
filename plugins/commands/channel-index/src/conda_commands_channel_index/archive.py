"""Reads what a channel tells of a package out of its archive, which is hostile until it is checked."""

from __future__ import annotations

import errno
import hashlib
import tarfile
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
import zstandard

from conda_kernel.errors import PackageCorrupt
from conda_kernel.model.errors import CondaError
from conda_kernel.model.paths import printable
from conda_kernel.model.record import package_record
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TAR_BZ2, CONDA = ".tar.bz2", ".conda"
SUFFIXES = (CONDA, TAR_BZ2)

INDEX_FILE, RUN_EXPORTS_FILE = "info/index.json", "info/run_exports.json"
LARGEST_DOCUMENT = 1 << 24
"""Bytes that a document in an archive may have."""

LONGEST_HEADER = 1 << 20
"""Bytes that a header may have which describes a member of a tar file."""

LARGEST_INFO = 1 << 30
"""Bytes that the metadata of an archive may unpack to."""

RATIO, ALWAYS_ALLOWED = 1000, 1 << 26
"""An archive may unpack to so many times its size, and to so many bytes in any case."""

KNOWN_SCHEMA = 3
CHUNK = 1 << 20
BELONGS_TO_THE_PLACE = ("fn", "url", "channel", "schannel", "md5", "sha256", "size", "schema_version", "record_version")
"""Keys that say where a package lies or what its archive is: not for the package to tell."""


class Description(msgspec.Struct, frozen=True):
    """What a channel tells of an archive: its record, what it exports to builds, and which revision it needs."""

    record: dict[str, Any]
    run_exports: dict[str, Any]
    schema_version: int = 1


class Documents(NamedTuple):
    """The documents of an archive, as it has them; the second may be missing."""

    index_json: bytes
    run_exports_json: bytes | None


def description(path: str, subdir: str, check: Callable[[], None]) -> Description:
    """Return what a channel tells of an archive; `check` is called again and again, and may raise to end it.

    The whole of the archive is read: what is damaged anywhere is not told of. Raises `PackageCorrupt`, with the field
    `reason`, and `OSError`.
    """
    with _faults_named(path):
        digests = _digests(path, check)
        documents = _from_conda(path, check) if path.endswith(CONDA) else _from_tar_bz2(path, digests["size"], check)
        index = _decoded(documents.index_json, INDEX_FILE)
        version = index.get("schema_version", 1)
        if type(version) is not int or version > KNOWN_SCHEMA:
            raise _Fault(f"its `{INDEX_FILE}` has the version {printable(str(version))}, which is not known here")
        stated = index.get("subdir")
        if stated not in (None, subdir):
            raise _Fault(f"it is for `{printable(str(stated))}`, and lies in `{subdir}`")
        record = {key: value for key, value in index.items() if key not in BELONGS_TO_THE_PLACE}
        record |= digests | {"subdir": subdir}
        file_name = path.rpartition("/")[2]
        read = package_record(record, channel="", subdir=subdir, base_url="", file_name=file_name)
        Version.parse(read.version)
        return Description(record, _run_exports(documents.run_exports_json), version)


class _Fault(Exception):
    """Something is wrong with an archive."""


@contextmanager
def _faults_named(path: str) -> Iterator[None]:
    try:
        yield
    except _Fault as fault:
        reason = str(fault)
    except CondaError as error:
        reason = error.message
    except (zipfile.BadZipFile, tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        reason = f"it is damaged ({printable(str(error)) or type(error).__name__})"
    except (NotImplementedError, RuntimeError, ValueError, IndexError, OverflowError) as error:
        # What the libraries raise for archives that nobody would write.
        reason = f"it cannot be read ({printable(str(error))})"
    except OSError as error:
        # Offsets that lead out of the file are found out by seeking there; data that bzip2 cannot read has no number.
        if error.errno not in (None, errno.EINVAL):
            raise
        reason = f"it is damaged ({printable(str(error))})"
    else:
        return
    raise PackageCorrupt(f"`{printable(path)}` is left out: {reason}", archive=path, reason=reason)


def _digests(path: str, check: Callable[[], None]) -> dict[str, Any]:
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    with open(path, "rb") as file:
        while piece := file.read(CHUNK):
            check()
            md5.update(piece)
            sha256.update(piece)
            size += len(piece)
    return {"md5": md5.hexdigest(), "sha256": sha256.hexdigest(), "size": size}


def _from_conda(path: str, check: Callable[[], None]) -> Documents:
    with zipfile.ZipFile(path) as container:
        metadata = (
            _decoded(container.read("metadata.json"), "metadata.json") if _has(container, "metadata.json") else {}
        )
        if metadata.get("conda_pkg_format_version") != 2:
            raise _Fault("its `metadata.json` is missing, or names a format other than 2")
        info = _part(container, "info-")
        _part(container, "pkg-")
        for member in container.infolist():
            with container.open(member) as stored:
                while stored.read(CHUNK):
                    check()
        with container.open(info) as stored:
            stream = zstandard.ZstdDecompressor().stream_reader(stored, read_across_frames=True)
            return _from_tar(_Bounded(stream, LARGEST_INFO, check))


def _has(container: zipfile.ZipFile, name: str) -> bool:
    return any(member.filename == name and member.file_size <= LARGEST_DOCUMENT for member in container.infolist())


def _part(container: zipfile.ZipFile, prefix: str) -> zipfile.ZipInfo:
    found = [
        member
        for member in container.infolist()
        if member.filename.startswith(prefix) and member.filename.endswith(".tar.zst")
    ]
    if len(found) != 1 or found[0].compress_type != zipfile.ZIP_STORED:
        raise _Fault(f"it has not one stored member `{prefix}….tar.zst`")
    return found[0]


def _from_tar_bz2(path: str, size: int, check: Callable[[], None]) -> Documents:
    import bz2  # noqa: PLC0415 - most archives are of the newer format

    with bz2.BZ2File(path) as stream:
        return _from_tar(_Bounded(stream, max(size * RATIO, ALWAYS_ALLOWED), check))


def _from_tar(stream: _Bounded) -> Documents:
    """Return the documents in a tar file, which is read to its end."""
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", bufsize=CHUNK, tarinfo=_Member) as archive:
        while (member := archive.next()) is not None:
            # The list of all members would grow without need.
            archive.members.clear()  # type: ignore[attr-defined]  # it has no other name
            name = member.name.removeprefix("./")
            if name in (INDEX_FILE, RUN_EXPORTS_FILE):
                content = archive.extractfile(member) if member.isfile() and member.size <= LARGEST_DOCUMENT else None
                if content is None or name in found:
                    raise _Fault(f"its `{name}` is too large, is no file, or is there twice")
                found[name] = content.read()
    while stream.read(CHUNK):
        pass
    if INDEX_FILE not in found:
        raise _Fault(f"it has no `{INDEX_FILE}`")
    return Documents(found[INDEX_FILE], found.get(RUN_EXPORTS_FILE))


class _Member(tarfile.TarInfo):
    """A member whose description is not taken into memory, however long it says that it is."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        """Return the member, or the header, that a block begins."""
        member = super().frombuf(buf, encoding, errors)
        if member.type not in tarfile.SUPPORTED_TYPES or (
            member.type not in tarfile.REGULAR_TYPES and member.size > LONGEST_HEADER
        ):
            raise _Fault("a header in it is longer than any may be, or of an unknown kind")
        return member


class _Bounded:
    """A stream that ends in a fault when it is longer than it may be."""

    def __init__(self, stream: IO[bytes], most: int, check: Callable[[], None]) -> None:
        self._stream = stream
        self._left = most
        self._check = check

    def read(self, size: int) -> bytes:
        """Return at most so many bytes."""
        self._check()
        piece = self._stream.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise _Fault("it unpacks to far more than its size")
        return piece


def _decoded(content: bytes, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise _Fault(f"its `{name}` cannot be read ({printable(str(error))})") from None
    return found


def _run_exports(content: bytes | None) -> dict[str, Any]:
    """Return what a package exports to builds by kind (CEP 12); a plain list is the kind `weak`."""
    if content is None:
        return {}
    try:
        found: list[str] | dict[str, Any] = msgspec.json.decode(content, type=list[str] | dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise _Fault(f"its `{RUN_EXPORTS_FILE}` cannot be read ({printable(str(error))})") from None
    if isinstance(found, list):
        return {"weak": found} if found else {}
    found.pop("schema_version", None)
    for kind, specs in found.items():
        if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
            raise _Fault(f"its `{RUN_EXPORTS_FILE}` has no list of texts under `{printable(kind)}`")
    return found
