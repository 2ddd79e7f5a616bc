"""Brings a change to its end from what its journal says: undone before the commit, completed after it."""

from __future__ import annotations

import os

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.plan import Recovery
from conda_linking.journal import made_folders, remove_folders
from conda_linking.link_scripts import MESSAGES
from conda_linking.moves import Workshop, batches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.plan import Action
    from conda_linking.journal import Journal

    UndoAction = Callable[["Begun"], None]


class Begun(NamedTuple):
    """An action that was begun; `answer` is `None` when it did not come to its end."""

    name: str
    is_before: bool = False
    answer: object = None


def announce_action(journal: Journal, action: Action) -> None:
    """Write to the journal that an action begins; raise `OSError`."""
    journal.write({"action": action.name, "before": action.is_before})


def note_answer(journal: Journal, action: Action, answer: object) -> None:
    """Write to the journal what an action answered; raise `OSError`, or `TypeError` when it is no JSON."""
    journal.write({"answer": answer, "of": action.name, "before": action.is_before})


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
        begun = _actions(journal)
        for action in reversed([action for action in begun if not action.is_before]):
            undo_action(action)
        for batch in reversed(batches(journal)):
            workshop.undo(batch)
        for action in reversed([action for action in begun if action.is_before]):
            undo_action(action)
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


def _actions(journal: Journal) -> list[Begun]:
    """Return the actions that were begun, in that order."""
    begun: dict[tuple[str, bool], Begun] = {}
    for line in journal.lines():
        is_before = line.get("before") is True
        name = line.get("action")
        if isinstance(name, str):
            begun[name, is_before] = Begun(name, is_before)
        name = line.get("of")
        if isinstance(name, str) and (name, is_before) in begun:
            begun[name, is_before] = Begun(name, is_before, line.get("answer"))
    return list(begun.values())
