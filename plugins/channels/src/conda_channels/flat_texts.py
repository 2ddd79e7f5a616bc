"""The entries of every name in a flat file, as a pack holds them that was made from it."""

from __future__ import annotations

from conda_channels.pack import Pack
from conda_channels.package_base import package_base
from conda_channels.package_names import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_channels.made_pack import MendingPack
    from conda_channels.origin import Origin
    from conda_channels.place import Place
    from conda_kernel.model.fetching import FetchRequest


class FlatTexts:
    """The texts of a pack that was made from a flat file."""

    is_json = True
    is_complete = True

    def __init__(self, pack: MendingPack, origin: Origin, place: Place) -> None:
        self.base_url = package_base(place.url, origin.packages_url)
        self.revisions = origin.revisions
        self.relations = origin.relations
        self.edition = origin.state
        self._pack = pack
        self._removed = frozenset(origin.removed)
        self._gone: dict[str, list[str]] = {}
        for file_name in sorted(self._removed):
            self._gone.setdefault(name_of(file_name), []).append(file_name)

    def names(self) -> Iterable[str]:
        """Return the names that have a file left."""
        return [name for name in self._pack.read(Pack.names) if name not in self._gone or self._is_left(name)]

    def removed(self) -> frozenset[str]:
        """Return the names of the files that no longer count."""
        return self._removed

    def digest(self, name: str) -> bytes:
        """Return what changes when the entries of a name do, or the files that no longer count among them."""
        digest = self._pack.read(lambda pack: pack.digest(name))
        gone = self._gone.get(name)
        return digest + "\n".join(gone).encode() if gone and digest else digest

    def contents(self, name: str) -> list[bytes]:
        """Return documents with the entries of a name."""
        from conda_channels.flat_reading import unpacked_document  # noqa: PLC0415 - what was read once needs no reader

        return [unpacked_document(piece) for piece in self._pack.read(lambda pack: pack.pieces(name))]

    def state(self) -> str:
        """Return what changes when the file does."""
        return self.edition

    def requests(self, names: Iterable[str]) -> dict[FetchRequest, str]:
        """Return nothing: all is here."""
        return {}

    def take(self, name: str, content: bytes) -> None:
        """Do nothing: nothing was asked for."""

    def keep(self) -> None:
        """Do nothing, as above."""

    def renewed(self) -> None:
        """Return nothing: what is here was all there is."""

    def _is_left(self, name: str) -> bool:
        from conda_channels.decoding import JSON  # noqa: PLC0415 - few channels remove packages

        documents = map(JSON.document, self.contents(name))
        maps = [found for each in documents for found in (each.old, each.new) if found]
        return any(file_name not in self._removed for found in maps for file_name in found)
