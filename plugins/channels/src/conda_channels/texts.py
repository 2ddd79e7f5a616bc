"""What the packages of a subdir are read from, whatever form the channel has."""

from __future__ import annotations

from conda_kernel.model.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_channels.revisions import Revision
    from conda_kernel.model.fetching import FetchRequest


class Texts(Protocol):
    """The entries of every name, as the channel wrote them, in JSON or msgpack.

    What is complete has all of them on this machine. The edition is another when the entries of any name are.
    """

    is_json: bool
    is_complete: bool
    base_url: str
    edition: str
    revisions: tuple[Revision, ...]
    relations: str

    def names(self) -> Iterable[str]:
        """Return the names."""
        raise NotImplementedError

    def removed(self) -> frozenset[str]:
        """Return the names of files that no longer count, as far as the documents of the names do not say it."""
        raise NotImplementedError

    def digest(self, name: str) -> bytes:
        """Return what changes when the entries of a name do; empty when there is no such name."""
        raise NotImplementedError

    def contents(self, name: str) -> list[bytes] | None:
        """Return documents with the entries of a name, `None` when they are not on this machine."""
        raise NotImplementedError

    def state(self) -> str:
        """Return what changes when the entries of any name do, or are brought to this machine or removed from it."""
        raise NotImplementedError

    def requests(self, names: Iterable[str]) -> dict[FetchRequest, str]:
        """Return what must be downloaded before the contents of the names can be had, and for which of them."""
        raise NotImplementedError

    def take(self, name: str, content: bytes) -> None:
        """Take what was asked for."""
        raise NotImplementedError

    def keep(self) -> None:
        """Keep what was taken for the next time."""
        raise NotImplementedError

    def renewed(self) -> Texts | None:
        """Return the channel's present texts, asking it although these are not old; `None` when that is no use."""
        raise NotImplementedError
