"""Follows symbolic links in memory, to find those that leave their tree by way of others.

The text of `m -> a/b/..` stays inside; where `a/b` is a link to the root of the tree it does not.
"""

from __future__ import annotations

from conda_kernel.model.errors import quoted
from conda_package_cache.errors import ArchiveFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_JUMPS = 40
"""Links that a path may go through, as on Linux."""

MOST_STEPS = 2_000_000
"""Parts of paths that are looked at for one archive."""


def check_links(links: Mapping[str, str], key: Callable[[str], str]) -> None:
    """Raise `ArchiveFault` when a link leaves the tree or leads back to itself.

    `links` maps paths, as `key` gives them, to the texts of the links there. A path that does not exist is taken for
    a folder: it may come from another package.
    """
    steps = 0
    for path in links:
        place = path.split("/")
        jumps = 0
        ahead = [place.pop()]
        while ahead:
            steps += 1
            if steps > MOST_STEPS or jumps > MOST_JUMPS:
                raise ArchiveFault(f"the link {quoted(path)} goes in circles, or through too many links")
            part = ahead.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not place:
                    raise ArchiveFault(f"the link {quoted(path)} leaves its tree by way of other links")
                place.pop()
                continue
            place.append(part)
            target = links.get(key("/".join(place)))
            if target is not None:
                jumps += 1
                place.pop()
                ahead.extend(reversed(target.split("/")))
