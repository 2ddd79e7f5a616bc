"""Compresses what has to be compressed, in parallel, and nothing twice."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import zstandard

from conda_commands_channel_index.readings import Frame
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

LEVEL = 16
"""How hard Zstandard tries: files are written once and downloaded often."""

LARGE = 1 << 22
"""Bytes from which on content is compressed in parts, by as many threads as there are."""


class Framed(NamedTuple):
    """The frame that content became; `octets` is `None` where the frame is known to be in its place."""

    frame: Frame
    octets: bytes | None


class Frames:
    """The frames that contents become; `known` are earlier ones by the SHA-256 of the content, `used` those of now."""

    def __init__(self, known: Mapping[bytes, Frame], threads: int) -> None:
        self._known = known
        self._threads = threads
        self.used: dict[bytes, Frame] = {}

    def made(self, contents: Iterable[bytes], is_there: Callable[[Frame], bool]) -> Iterator[Framed]:
        """Yield the frame of each content in turn; `is_there` tells whether a frame is in its place already."""
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(lambda content: self._framed(content, is_there), contents)

    def _framed(self, content: bytes, is_there: Callable[[Frame], bool]) -> Framed:
        key = hashlib.sha256(content).digest()
        known = self._known.get(key)
        if known is not None and is_there(known):
            self.used[key] = known
            return Framed(known, None)
        octets = compressed(content)
        frame = self.used[key] = Frame(hashlib.sha256(octets).digest(), len(octets))
        return Framed(frame, octets)


def compressed(content: bytes) -> bytes:
    """Return the content compressed with Zstandard, the same for the same content on every machine."""
    # The parts do not depend on how many threads there are, only on there being any.
    return zstandard.ZstdCompressor(level=LEVEL, threads=-1 if len(content) >= LARGE else 0).compress(content)
