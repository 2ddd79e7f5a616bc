"""What a channel says of packages that only newer package managers can read (CEP 48)."""

from __future__ import annotations

import re

from conda_kernel.model.event import Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NEWEST_KNOWN = 3
LONGEST_MESSAGE = 8192
"""Bytes of a message, at most (CEP 48)."""

_NAME = r"v([1-9][0-9]{0,5})"


class Revision(NamedTuple):
    """A revision of the format that is not known here.

    `packages` is their number, -1 when the channel does not say it; the message may be empty.
    """

    number: int
    packages: int = -1
    message: str = ""


def unknown_revisions(said: object) -> tuple[Revision, ...]:
    """Return the revisions in `repodata_revisions` that are newer than the known ones; what is odd there is absent."""
    if not isinstance(said, dict):
        return ()
    found = []
    for name, about in said.items():
        match = re.fullmatch(_NAME, name) if isinstance(name, str) else None
        if match is not None and int(match[1]) > NEWEST_KNOWN:
            found.append(_revision(int(match[1]), about if isinstance(about, dict) else {}))
    return tuple(sorted(found, key=lambda revision: revision.number))


def warning_of_revisions(channel: str, revisions: Iterable[Revision]) -> Warned:
    """Return what users are told, given the revisions that the subdirs of a channel tell of, one at least."""
    found = tuple(revisions)
    counts = [revision.packages for revision in found if revision.packages >= 0]
    numbers = sorted({revision.number for revision in found})
    messages = dict.fromkeys(revision.message for revision in found if revision.message)
    newest = f"revision {numbers[0]}" if len(numbers) == 1 else f"revisions {', '.join(map(str, numbers))}"
    told = (
        f"the channel `{channel}` has {_amount(sum(counts))} that cannot be seen from here: what is known ends with "
        f"revision {NEWEST_KNOWN} of the index, and they are in {newest}"
    )
    words = "".join(f"\nthe channel says: {message}" for message in messages)
    return Warned(told + words, hint="update the package manager")


def _revision(number: int, about: dict[object, object]) -> Revision:
    count, message = about.get("n_packages"), about.get("message")
    text = (
        message.encode(errors="replace")[:LONGEST_MESSAGE].decode(errors="ignore") if isinstance(message, str) else ""
    )
    return Revision(
        number, count if type(count) is int and 0 <= count < 1 << 60 else -1, printable(text, lines=True).strip()
    )


def _amount(count: int) -> str:
    return {0: "packages", 1: "1 package"}.get(count, f"{count} packages")
