"""Checks what a package lists of its files, a column at a time: looking at each file costs ten times as much."""

from __future__ import annotations

from conda_kernel.model.paths import safe_relative_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def are_usual_paths(paths: Sequence[str]) -> bool:
    """Tell whether paths are written as they are meant, and none of them is conda's own; raise `UnsafePath`."""
    listed = "\n".join(("", *paths, "")).casefold()
    return (
        safe_relative_paths(paths) == tuple(paths) and "\nconda-meta/" not in listed and "\nconda-meta\n" not in listed
    )


def are_usual_digests(digests: Sequence[str]) -> bool:
    """Tell whether all are SHA-256 digests in lower case; raise `TypeError` or `ValueError` for what is no digest."""
    joined = "".join(digests)
    is_lower = len(bytes.fromhex(joined)) == 32 * len(digests) and joined == joined.lower()
    return is_lower and set(map(len, digests)) <= {64}


def are_usual_sizes(sizes: Sequence[int]) -> bool:
    """Tell whether all are sizes of files, in bytes; raise `TypeError` for what cannot be compared."""
    return set(map(type, sizes)) <= {int} and 0 <= min(sizes, default=0) <= max(sizes, default=0) < 2**63
