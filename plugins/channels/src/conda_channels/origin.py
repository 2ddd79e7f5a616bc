"""What a pack was made from."""

from __future__ import annotations

import json

from conda_channels.columns import Columns, written
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_channels.revisions import Revision

FORMAT = 4
"""Counts what a pack of entries looks like."""


class Origin(NamedTuple):
    """A file of a channel: its URL and SHA-256; for a file of this machine what `stat` says, and CRC-32 for a digest.

    `packages_url` and `shards_url` are what the file says of where those are, `removed` the names of the files that it
    says no longer count, `revisions` those of the format that cannot be read here, `relations` the JSON of what it says
    of related channels, if it does; `made_ns` is when the pack was made.
    """

    url: str
    digest: str
    stamp: tuple[int, ...] = ()
    made_ns: int = 0
    packages_url: str = ""
    shards_url: str = ""
    removed: Sequence[str] = ()
    revisions: tuple[Revision, ...] = ()
    relations: str = ""

    @property
    def state(self) -> str:
        """What is another when the file is another."""
        return " ".join((self.digest, *map(str, self.stamp)))

    def written(self) -> bytes:
        """Return how it is written in a pack."""
        texts = [self.url, self.digest, self.packages_url, self.shards_url, self.relations]
        return written([FORMAT, self.made_ns, *self.stamp], texts, self.removed, self.revisions)

    @classmethod
    def of(cls, about: bytes) -> Origin:
        """Read what a pack says of itself; raise ValueError or TypeError when it is of another kind."""
        content = Columns(about)
        form, made_ns, *stamp = content.numbers(0)
        if form != FORMAT:
            raise ValueError("the pack is of another format")
        revisions = content.values(3)
        if revisions:
            from conda_channels.revisions import Revision  # noqa: PLC0415 - hardly any channel has them

            revisions = [Revision(*each) for each in revisions]
        url, digest, packages_url, shards_url, relations = content.texts(1)
        places = (packages_url, shards_url)
        return cls(url, digest, tuple(stamp), made_ns, *places, content.texts(2), tuple(revisions), relations)


def relations_text(said: object) -> str:
    """Return the JSON of what a file says of related channels (CEP 42); what is no text says nothing."""
    told = said if isinstance(said, dict) else {}
    known = {key: told[key] for key in ("base", "overrides") if isinstance(told.get(key), str) and told[key]}
    return json.dumps(known) if known else ""
