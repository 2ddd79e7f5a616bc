"""A flat file of repodata, taken apart into the documents of every name, which are kept in a pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import msgspec
import zstandard

from conda_channels.document import LARGEST, Info, check_info
from conda_channels.entries import JSON, NEW, OLD, VIRTUAL, name_of
from conda_channels.pack import Damaged, PackWriter
from conda_channels.package_base import package_base
from conda_channels.revisions import Revision  # noqa: TC001 - msgspec reads the annotation
from conda_channels.splitting import MAPS, Section, split_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conda_channels.pack import Pack
    from conda_channels.place import Place
    from conda_kernel.model.fetching import FetchRequest

FORMAT = 1
REMOVED = ""
"""The name of the piece that has no package's entries: the names of files that no longer count."""

_LEVEL = 1


class Source(msgspec.Struct, array_like=True, frozen=True):
    """The file that a pack was made from: its URL and digest, and for a file of this machine what `stat` says.

    `base_url` is what the file says of where its packages are, `revisions` of those that cannot be read here; `made_ns`
    is when the pack was made.
    """

    format: int
    url: str
    sha256: str
    base_url: str = ""
    stamp: tuple[int, ...] = ()
    made_ns: int = 0
    revisions: tuple[Revision, ...] = ()


class FlatContent:
    """Writes the entries of a document into a pack."""

    def __init__(self, file: BinaryIO) -> None:
        self._writer = PackWriter(file)
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self._encode = msgspec.json.Encoder().encode
        self._info = Info()
        self._version = 1

    def take(self, pieces: Iterator[bytes], url: str, subdir: str) -> Info:
        """Write what the pieces of a document hold and return what it says of itself.

        Raises `InvalidRepodata` for another subdir's and for an unknown version, OSError when nothing can be written,
        ValueError and others for what is no repodata.
        """
        for part in split_document(pieces):
            if isinstance(part, Section):
                self._take_run(part)
            elif part.key == "info":
                self._info = msgspec.json.decode(part.text, type=Info | None) or Info()
            elif part.key == "repodata_version":
                self._version = msgspec.json.decode(part.text, type=int | None) or 1
            elif part.key == "removed":
                removed = msgspec.json.decode(part.text, type=list[str] | None) or []
                self._add(REMOVED, {"removed": removed})
            elif part.key in MAPS:
                msgspec.json.decode(part.text, type=None)
        check_info(self._info, self._version, url, subdir)
        return self._info

    def finish(self, source: Source) -> None:
        """Complete the pack."""
        self._writer.finish(msgspec.msgpack.encode(source))

    def _take_run(self, run: Section) -> None:
        if len(run.path) > 1 and f".{run.path[1]}" not in (OLD, NEW):
            return
        groups: dict[str, dict[str, msgspec.Raw]] = {}
        get = groups.get
        for file_name, entry in run.entries.items():
            name = file_name.rsplit("-", 2)[0]
            group = get(name)
            if group is None:
                groups[name] = {file_name: entry}
            else:
                group[file_name] = entry
        for name, group in groups.items():
            if name.startswith(VIRTUAL) or not name.isprintable() or not name:
                continue
            document: object = group
            for key in reversed(run.path):
                document = {key: document}
            self._add(name.lower(), document)

    def _add(self, name: str, document: object) -> None:
        self._writer.add(name, self._compress(self._encode(document)))


class FlatTexts:
    """The texts of a pack that was made from a flat file; `again` makes the pack anew when it proves to be damaged."""

    codec = JSON

    def __init__(self, pack: Pack, source: Source, place: Place, again: Callable[[], Pack]) -> None:
        self.base_url = package_base(place.url, source.base_url)
        self.revisions = source.revisions
        self._pack = pack
        self._again = again
        self._decompress = zstandard.ZstdDecompressor().decompress
        self._removed = frozenset(
            name for content in self.contents(REMOVED) for name in JSON.document(content).removed or ()
        )
        self._gone: dict[str, list[str]] = {}
        for file_name in sorted(self._removed):
            self._gone.setdefault(name_of(file_name), []).append(file_name)

    def names(self) -> Iterable[str]:
        """Return the names that have a file left."""
        return [name for name in self._pack.names() if name != REMOVED and self._is_left(name)]

    def removed(self) -> frozenset[str]:
        """Return the names of the files that no longer count."""
        return self._removed

    def digest(self, name: str) -> bytes:
        """Return what changes when the entries of a name do, or the files that no longer count among them."""
        digest = self._pack.digest(name) if name != REMOVED else b""
        gone = self._gone.get(name)
        return digest + "\n".join(gone).encode() if gone and digest else digest

    def contents(self, name: str) -> list[bytes]:
        """Return documents with the entries of a name."""
        try:
            pieces = self._pack.pieces(name)
        except Damaged:
            self._pack = self._again()
            pieces = self._pack.pieces(name)
        return [self._decompress(piece, max_output_size=LARGEST) for piece in pieces]

    def requests(self, names: Iterable[str]) -> list[FetchRequest]:
        """Return nothing: all is here."""
        return []

    def renewed(self) -> None:
        """Return nothing: what is here was all there is."""

    def _is_left(self, name: str) -> bool:
        if name not in self._gone:
            return True
        documents = map(JSON.document, self.contents(name))
        maps = [found for each in documents for found in (each.old, each.new) if found]
        return any(file_name not in self._removed for found in maps for file_name in found)
