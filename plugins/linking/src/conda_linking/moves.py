"""Batches of renames that can be undone by anybody who reads of them, at whatever point they were broken off.

What is new is staged at its own path below the batch's `new` folder, what is old is moved to a number in its `old`
folder, and what is replaced in one step has been linked below `kept`. A rename is one step of the file system, so
where a file is tells what was done: that is why undoing twice, or half and then again, comes to the same.
"""

from __future__ import annotations

import os
import shutil

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import UnsafePath, safe_relative_paths
from conda_linking.journal import Journal, damaged
from conda_linking.layout import with_parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STAGING = ".staging-"
SETTLED = ".settled-"


class Batch(NamedTuple):
    """What is moved in one go; paths are relative to the prefix, `/` separated.

    `old` is moved aside, in this order. `new` are staged files and folders that go where nothing is. `replaced` are
    staged files that go where something is. `emptied` are folders that may be left empty, to be tidied at the end.
    """

    number: int
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()


class Workshop:
    """The folder in `conda-meta` where one change stages what is new and keeps what is old."""

    __slots__ = ("folder", "prefix", "settled")

    def __init__(self, prefix: str, token: str) -> None:
        meta = os.path.join(prefix, "conda-meta")
        self.prefix = prefix
        self.folder = os.path.join(meta, STAGING + token)
        self.settled = os.path.join(meta, SETTLED + token)

    def new(self, number: int) -> str:
        """Return the folder where a batch stages what is new."""
        return os.path.join(self.folder, str(number), "new")

    def open(self, number: int) -> str:
        """Make the folders of a batch and return where it stages."""
        for name in ("new", "old", "kept"):
            os.makedirs(os.path.join(self.folder, str(number), name))
        return self.new(number)

    def keep(self, number: int, path: str) -> None:
        """Keep what is at a path, which a batch is to replace."""
        kept = self._at(number, "kept", path)
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        source = os.path.join(self.prefix, path)
        try:
            os.link(source, kept)
        except OSError:
            shutil.copy2(source, kept)

    def carry_out(self, batch: Batch) -> None:
        """Move what a batch lists; raise `OSError`."""
        rename = os.rename
        place, old = self.prefix + "/", self._at(batch.number, "old", "")
        new = self._at(batch.number, "new", "")
        for index, path in enumerate(batch.old):
            try:
                rename(place + path, f"{old}{index}")
            except (FileNotFoundError, NotADirectoryError):
                continue
        for path in batch.new:
            rename(new + path, place + path)
        for path in batch.replaced:
            os.replace(new + path, place + path)

    def undo(self, batch: Batch) -> None:
        """Move back what a batch has moved, as far as it did; raise `OSError`."""
        place, old = self.prefix + "/", self._at(batch.number, "old", "")
        new = self._at(batch.number, "new", "")
        for path in reversed(batch.replaced):
            if not os.path.lexists(new + path):
                _rename_if_there(self._at(batch.number, "kept", path), place + path)
        for path in reversed(batch.new):
            if not os.path.lexists(new + path):
                _rename_if_there(place + path, new + path)
        for index, path in reversed(list(enumerate(batch.old))):
            _rename_if_there(f"{old}{index}", place + path)

    def settle(self) -> None:
        """Mark in one step that nothing is left to undo."""
        _rename_if_there(self.folder, self.settled)

    def clear(self) -> None:
        """Delete what was kept, as far as that can be; a later sweep takes the rest."""
        shutil.rmtree(self.settled, ignore_errors=True)

    def tidy(self, batch: Batch) -> None:
        """Remove folders that a batch left empty, and their parents, but never the prefix."""
        for folder in sorted(with_parents(batch.emptied), key=lambda path: path.count("/"), reverse=True):
            try:
                os.rmdir(f"{self.prefix}/{folder}")
            except OSError:
                continue

    def _at(self, number: int, kind: str, path: str) -> str:
        return f"{self.folder}/{number}/{kind}/{path}"


def sweep_settled(prefix: str) -> None:
    """Delete what changes left that had nothing more to do with it."""
    meta = os.path.join(prefix, "conda-meta")
    try:
        names = os.listdir(meta)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if name.startswith(SETTLED):
            shutil.rmtree(os.path.join(meta, name), ignore_errors=True)


def announce(journal: Journal, batch: Batch) -> None:
    """Write to the journal what a batch will do; raise `OSError`."""
    journal.write({"batch": batch._asdict()})


def batches(journal: Journal) -> tuple[Batch, ...]:
    """Return the batches that the journal announces; raise `JournalDamaged`."""
    return tuple(_batch(line["batch"], journal.path) for line in journal.lines() if "batch" in line)


def _batch(document: object, path: str) -> Batch:
    if not isinstance(document, dict) or type(document.get("number")) is not int:
        raise damaged(path, "a batch has no number")
    lists = [_paths(document, key, path) for key in ("old", "new", "replaced", "emptied")]
    return Batch(document["number"], *lists)


def _paths(document: Mapping[str, object], key: str, path: str) -> tuple[str, ...]:
    texts = document.get(key)
    if not isinstance(texts, list) or not all(type(text) is str for text in texts):
        raise damaged(path, f"`{key}` is no list of paths")
    try:
        return safe_relative_paths(texts)
    except UnsafePath as error:
        raise damaged(path, str(error)) from error


def _rename_if_there(source: str, target: str) -> None:
    try:
        os.rename(source, target)
    except (FileNotFoundError, NotADirectoryError):
        pass
