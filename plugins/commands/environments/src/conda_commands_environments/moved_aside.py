"""Moves an environment aside while another takes its place, so that it comes back when that fails."""

from __future__ import annotations

import os
import re
import shutil
import stat
from contextlib import contextmanager

from conda_commands_environments.interruption import uninterrupted
from conda_kernel.errors import CondaError
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.process import process_lives

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conda_kernel.reporting import Reporter

ASIDE = "aside"
TRASH = "trash"

_LEFT = re.compile(rf"\.(?P<name>.+)\.(?P<kind>{ASIDE}|{TRASH})-(?P<process>[0-9]{{1,9}})", re.DOTALL)


class NotMoved(CondaError):
    """An environment cannot be moved or deleted."""

    conda_name = "CondaEnvironmentError"


@contextmanager
def moved_aside(prefix: str, reporter: Reporter) -> Iterator[None]:
    """Return a context in which the environment is not at its place; it comes back when the context fails.

    When it does not fail the old environment is deleted. A process that is killed inside leaves it under another name,
    where `put_back` finds it. Raises NotMoved.
    """
    aside = _place(prefix, ASIDE)
    _move(prefix, aside)
    try:
        yield
    except BaseException:
        with uninterrupted():
            if _is_whole(prefix):
                delete(aside, reporter, of=prefix)
            else:
                _delete(prefix, reporter)
                _move(aside, prefix)
        raise
    delete(aside, reporter, of=prefix)


def delete(folder: str, reporter: Reporter, *, of: str) -> None:
    """Delete the folder of the environment `of`, so that it is gone at once and never half there; raise NotMoved.

    Once it is gone no Ctrl-C brings it back, so none breaks this off.
    """
    trash = _place(of, TRASH)
    with uninterrupted():
        _move(folder, trash)
        _delete(trash, reporter)


def put_back(prefix: str, recover: Callable[[str], object], reporter: Reporter) -> None:
    """Mend what a process left behind that was killed while it replaced or deleted the environment.

    The old environment comes back unless the new one is whole. `recover` ends an unfinished change at a prefix.
    """
    for kind, place in left_behind(prefix):
        if kind == TRASH:
            _delete(place, reporter)
            continue
        if Prefix(prefix).unfinished_change():
            recover(prefix)
        if _is_whole(prefix):
            delete(place, reporter, of=prefix)
        elif not os.path.lexists(prefix) or not os.listdir(prefix):
            _delete(prefix, reporter)
            _move(place, prefix)
            reporter.tell(Told(f"`{prefix}` is back as it was before a command that did not come to its end"))
        else:
            reporter.tell(Warned(f"an older `{prefix}` is in `{place}`, and another folder in its place"))


def left_behind(prefix: str) -> list[tuple[str, str]]:
    """Return kind, `ASIDE` or `TRASH`, and path of what processes have left beside the prefix that are gone.

    What was moved aside is that of the prefix. Trash is of whatever environment was beside it: of one that has another
    name now, no command would speak again.
    """
    parent, name = os.path.split(prefix)
    try:
        entries = sorted(os.listdir(parent))
    except OSError:
        return []
    found = []
    for entry in entries:
        match = _LEFT.fullmatch(entry)
        is_meant = match is not None and (match["kind"] == TRASH or match["name"] == name)
        if match is not None and is_meant and not process_lives(int(match["process"])):
            found.append((match["kind"], os.path.join(parent, entry)))
    return found


def _place(prefix: str, kind: str) -> str:
    parent, name = os.path.split(prefix)
    return os.path.join(parent, f".{name}.{kind}-{os.getpid()}")


def _is_whole(prefix: str) -> bool:
    there = Prefix(prefix)
    return there.is_environment and not there.unfinished_change()


def _move(source: str, target: str) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        raise NotMoved(f"cannot move `{source}` to `{target}`: {error.strerror}", location=source) from error


def _delete(folder: str, reporter: Reporter) -> None:
    if not os.path.lexists(folder):
        return
    try:
        if os.path.islink(folder):
            os.unlink(folder)
            return
        try:
            shutil.rmtree(folder)
        except PermissionError:
            _make_writable(folder)
            shutil.rmtree(folder)
    except OSError as error:
        reporter.tell(Warned(f"cannot delete all of `{folder}`: {error.strerror}"))


def _make_writable(folder: str) -> None:
    """Let the owner delete what lies in folders that cannot be written."""
    for place, _, _ in os.walk(folder):
        os.chmod(place, stat.S_IRWXU)
