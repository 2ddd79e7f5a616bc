"""Brings a change to its end from what its journal says: undone before the commit, completed after it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from conda_kernel.model.plan import Recovery
from conda_linking.journal import made_folders, remove_folders
from conda_linking.link_scripts import MESSAGES
from conda_linking.moves import Workshop, batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_linking.journal import Journal

    UndoAction = Callable[[str, object], None]


def announce_action(journal: Journal, name: str) -> None:
    """Write to the journal that an action begins; raise `OSError`."""
    journal.write({"action": name})


def note_answer(journal: Journal, name: str, answer: object) -> None:
    """Write to the journal what an action answered; raise `OSError`, or `TypeError` when it is no JSON."""
    journal.write({"answer": answer, "of": name})


def commit(journal: Journal) -> None:
    """Pass the point of no return: the line that this writes is the commit."""
    journal.write({"state": "committed"})


def settle(prefix: str, journal: Journal, undo_action: UndoAction) -> Recovery:
    """Undo a change that was not committed, complete one that was, and remove the journal.

    It may be broken off and called again, by any process. Raises `JournalDamaged` and `OSError`.
    """
    workshop = Workshop(prefix, journal.token())
    _remove_messages(prefix)
    if any(line.get("state") == "committed" for line in journal.lines()):
        for batch in batches(journal):
            workshop.tidy(batch)
        workshop.settle()
        workshop.clear()
        journal.remove()
        return Recovery.COMPLETED
    if os.path.lexists(workshop.folder):
        for name, answer in reversed(_actions(journal)):
            undo_action(name, answer)
        for batch in reversed(batches(journal)):
            workshop.undo(batch)
        workshop.settle()
    workshop.clear()
    folders = made_folders(journal)
    journal.remove()
    remove_folders(folders)
    return Recovery.UNDONE


def _remove_messages(prefix: str) -> None:
    """Remove what a link script has left that nobody will show any more, if that can be."""
    try:
        os.unlink(os.path.join(prefix, MESSAGES))
    except OSError:
        pass


def _actions(journal: Journal) -> list[tuple[str, object]]:
    """Return the actions that were begun, each with its answer or `None`."""
    begun: dict[str, object] = {}
    for line in journal.lines():
        name = line.get("action")
        if isinstance(name, str):
            begun[name] = None
        name = line.get("of")
        if isinstance(name, str) and name in begun:
            begun[name] = line.get("answer")
    return list(begun.items())
