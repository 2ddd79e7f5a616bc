"""The content of a download that stays in memory: of a small file, which takes longer to make than to bring."""

from __future__ import annotations

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class MemoryFile:
    """What has come of a file so far; it is used as a `PartialFile` is, and nothing of it stays behind."""

    resumable = False
    target = None

    def __init__(self, digests: Iterable[str] = ("sha256",)) -> None:
        """Begin; `digests` names the algorithms that the content is digested with."""
        self._names = tuple(digests)
        self.restart()

    @property
    def content(self) -> bytes:
        """The content."""
        return b"".join(self._chunks)

    @property
    def digests(self) -> dict[str, str]:
        """The digests of the content, by algorithm, in hexadecimal digits."""
        content = self.content
        return {name: hashlib.new(name, content, usedforsecurity=name != "md5").hexdigest() for name in self._names}

    def restart(self) -> None:
        """Forget the content."""
        self._chunks: list[bytes] = []
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append to the content."""
        self._chunks.append(chunk)
        self.size += len(chunk)

    def commit(self) -> None:
        """Do nothing: the content has no name."""

    discard = abandon = release = restart
