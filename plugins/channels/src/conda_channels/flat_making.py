"""Takes a flat file of repodata apart into the documents of every name, for a pack."""

from __future__ import annotations

from conda_channels.carrying import Carried, Earlier, braces
from conda_channels.digests import file_digest, piece_digest
from conda_channels.document import LARGEST, Info, check_info, json_value
from conda_channels.invalid import NotKept, invalid
from conda_channels.origin import relations_text
from conda_channels.pack_writer import PackWriter
from conda_channels.package_names import NEW, OLD, VIRTUAL
from conda_channels.revisions import unknown_revisions
from conda_channels.splitting import MAPS, Named, Section, split_document
from conda_channels.unpacking import pieces
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from conda_channels.origin import Origin
    from conda_channels.pack import Pack
    from conda_channels.place import Place

_NO_INDEX = (EOFError, RecursionError, ValueError)
_BLOCK = 1 << 20
_LEVEL = 1
_SMALL = 1 << 11
"""Bytes of a document that is kept as it is: most are so small that compressing them takes longer than all else."""

ROOM = 1 << 23
"""Bytes of documents that are kept as they are, whatever their size: packing a small channel saves nobody anything."""


def flat_pack_made(read: BinaryIO, file: BinaryIO, origin: Origin, place: Place, before: Pack | None) -> Origin:
    """Write the pack of a flat file, and return the origin with what the file says; `before` is that of an earlier one.

    Raises `InvalidRepodata`, and NotKept when the digest of the origin, if it has one, is not that of the file.
    """
    digest = file_digest(origin)
    content = FlatContent(file, earlier=Earlier(before) if before is not None else None)
    try:
        info = content.take(pieces(read, LARGEST, digest.update), origin.url, place.subdir)
    except _NO_INDEX as error:
        while rest := read.read(_BLOCK):
            digest.update(rest)
        if origin.digest and digest.hexdigest() != origin.digest:
            raise NotKept from error
        raise invalid(origin.url, f"holds no index: {printable(str(error))}") from error
    if origin.digest and digest.hexdigest() != origin.digest:
        raise NotKept
    return content.finish(
        origin._replace(
            digest=digest.hexdigest(),
            packages_url=info.base_url or "",
            revisions=unknown_revisions(info.repodata_revisions),
            relations=relations_text(info.channel_relations),
        )
    )


class FlatContent:
    """Writes the entries of a document into a pack; what goes beyond `room` is packed.

    What `earlier` has of an earlier file is carried over.
    """

    def __init__(self, file: BinaryIO, *, room: int = ROOM, earlier: Earlier | None = None) -> None:
        self._writer = PackWriter(file)
        self._compress: Callable[[bytes], bytes] | None = None
        self._info = Info()
        self._version = 1
        self._removed: list[str] = []
        self._room = room
        self._earlier = earlier

    def take(self, pieces: Iterator[bytes], url: str, subdir: str) -> Info:
        """Write what the pieces of a document hold and return what it says of itself.

        Raises `InvalidRepodata` for another subdir's and for an unknown version, OSError when nothing can be written,
        ValueError and others for what is no repodata.
        """
        for part in split_document(pieces, earlier=self._earlier):
            if isinstance(part, Carried):
                self._room -= part.size
                self._writer.copy(part.name, part.content, part.checksum, part.digest)
            elif isinstance(part, Named):
                self._take_name(part)
            elif isinstance(part, Section):
                self._take_run(part)
            else:
                self._take_value(part.key, part.text)
        check_info(self._info, self._version, url, subdir)
        return self._info

    def finish(self, origin: Origin) -> Origin:
        """Complete the pack, and return the origin with the files that no longer count."""
        origin = origin._replace(removed=self._removed)
        self._writer.finish(origin.written())
        return origin

    def _take_value(self, key: str, text: bytes) -> None:
        if key == "info":
            self._info = Info.parse(text)
        elif key == "repodata_version":
            self._version = _whole(json_value(text))
        elif key == "removed":
            self._removed += _texts(json_value(text))
        elif key in MAPS and json_value(text) is not None:
            raise ValueError(f"`{key}` is no object")

    def _take_run(self, run: Section) -> None:
        import msgspec  # noqa: PLC0415 - what comes in runs was decoded with it

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
            self._take_name(Named(run.path, name, msgspec.json.encode(group)[1:-1]))

    def _take_name(self, part: Named) -> None:
        name, path = part.name, part.path
        if name.startswith(VIRTUAL) or not name.isprintable() or not name:
            return
        if len(path) > 1 and f".{path[1]}" not in (OLD, NEW):
            return
        content = part.text.join(braces(path))
        self._room -= len(content)
        if len(content) > _SMALL and self._room < 0:
            content = self._packed(content)
        self._writer.add(name.lower(), content, piece_digest(content))

    def _packed(self, content: bytes) -> bytes:
        if self._compress is None:
            import zstandard  # noqa: PLC0415 - costs 3 ms, and small channels have room

            self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        return self._compress(content)


def _whole(value: object) -> int:
    if value is not None and type(value) is not int:
        raise ValueError("`repodata_version` is no whole number")
    return value or 1


def _texts(value: object) -> list[str]:
    texts = [] if value is None else value
    if not isinstance(texts, list) or not all(type(each) is str for each in texts):
        raise ValueError("`removed` is no list of names")
    return texts
