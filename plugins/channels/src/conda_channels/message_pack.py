"""Decodes MessagePack, as shards and their indexes are written in (CEP 16)."""

from __future__ import annotations

from functools import partial

import msgpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DATETIMES = 3


def _refuse(kind: int, _: bytes) -> object:
    raise ValueError(f"there is a value of the kind {kind}, which nobody knows")


_unpacked = partial(msgpack.unpackb, timestamp=_DATETIMES, ext_hook=_refuse)

message_pack_value: Callable[[bytes], object] = _unpacked
"""Returns what MessagePack stands for; raises ValueError or RecursionError for what is none.

So it does for a map with a key that is neither text nor octets.
"""

message_pack_octets: Callable[[bytes], object] = partial(_unpacked, raw=True)
"""Returns the same with octets for texts, which takes half the time where there are thousands of keys."""
