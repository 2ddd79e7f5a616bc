"""Tells what each revision of an environment has brought, removed and changed."""

from __future__ import annotations

import os
import re

from conda_kernel.model.errors import InvalidVersion
from conda_kernel.model.history import History
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_record import corrupted
from conda_kernel.model.result import Result, Verbatim
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULTS = "defaults"
BUILD_NUMBER = re.compile(r"(?:.*_)?([0-9]{1,18})")


class Dist(NamedTuple):
    """A package as the history names it: `channel/subdir::name-version-build`, in old files without the channel."""

    name: str
    version: str
    build: str
    channel: str

    @classmethod
    def parse(cls, text: str) -> Dist:
        """Return the parts of a text of the history; those that it does not have are empty."""
        channel, _, rest = text.rpartition("::")
        name, version, build = (["", "", *rest.rsplit("-", 2)])[-3:] if rest.count("-") >= 2 else (rest, "", "")
        return cls(name, version, build, channel)

    @property
    def place(self) -> str:
        """The channel in brackets, or nothing for `defaults` and the unknown one."""
        known = self.channel and self.channel != DEFAULTS and not self.channel.startswith(DEFAULTS + "/")
        return f" ({self.channel})" if known else ""

    @property
    def text(self) -> str:
        """The form that JSON has: `name-version-build-channel/subdir`."""
        return "-".join(part for part in self if part)

    @property
    def order(self) -> tuple[str, int]:
        """What says which of two builds is newer: the version, then the number at the end of the build."""
        number = BUILD_NUMBER.fullmatch(self.build)
        try:
            key = Version.parse(self.version).key
        except InvalidVersion:
            key = ""
        return key, int(number[1]) if number else 0


class Changes(NamedTuple):
    """What one revision has changed, each list sorted by name; `changed` holds old and new."""

    removed: list[Dist]
    added: list[Dist]
    changed: list[tuple[Dist, Dist]]


def revisions(prefix: str) -> tuple[Result, tuple[str, ...]]:
    """Return all revisions of an environment, and what was wrong with its history.

    Raises `CorruptedEnvironment` when the history cannot be read.
    """
    path = os.path.join(prefix, "conda-meta", "history")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            history = History.parse(file.read())
    except OSError as error:
        raise corrupted(path, f"it cannot be read ({error.strerror})") from error
    document = []
    blocks = []
    before: frozenset[str] = frozenset()
    for number, (revision, state) in enumerate(zip(history.revisions, history.states(), strict=True)):
        changes = changes_between(before, state)
        before = state
        document.append(_as_json(number, revision.time, changes))
        blocks.append(f"{printable(revision.time)}  (rev {number})\n{''.join(_lines(changes))}\n")
    return Result(document, (Verbatim("".join(blocks)),)), history.warnings


def changes_between(before: Iterable[str], after: Iterable[str]) -> Changes:
    """Return the changes that lead from one state to the other; a package that is in both by name has changed."""
    gone = _by_name(frozenset(before) - frozenset(after))
    come = _by_name(frozenset(after) - frozenset(before))
    both = sorted(gone.keys() & come.keys())
    return Changes(
        [gone[name] for name in sorted(gone.keys() - come.keys())],
        [come[name] for name in sorted(come.keys() - gone.keys())],
        [(gone[name], come[name]) for name in both],
    )


def _by_name(texts: Iterable[str]) -> dict[str, Dist]:
    return {dist.name: dist for dist in sorted(map(Dist.parse, texts))}


def _as_json(number: int, time: str, changes: Changes) -> dict[str, object]:
    pairs = [({"old": old.text, "new": new.text}, new.order < old.order) for old, new in changes.changed]
    return {
        "date": time,
        "rev": number,
        "install": [dist.text for dist in changes.added],
        "remove": [dist.text for dist in changes.removed],
        "upgrade": [pair for pair, is_older in pairs if not is_older],
        "downgrade": [pair for pair, is_older in pairs if is_older],
    }


def _lines(changes: Changes) -> list[str]:
    lines = [
        f"     {old.name}  {{{old.version}{old.place} -> {new.version}{new.place}}}\n" for old, new in changes.changed
    ]
    lines += [f"    -{_named(dist)}\n" for dist in changes.removed]
    lines += [f"    +{_named(dist)}\n" for dist in changes.added]
    return [printable(line, lines=True) for line in lines]


def _named(dist: Dist) -> str:
    return f"{dist.name}-{dist.version}{dist.place}" if dist.version else f"{dist.name}{dist.place}"
