"""The journal of a change, `conda-meta/journal`: the lock of its writer, and what recovery needs to know.

It appears whole, by a hard link from a private name, and is then only appended to: one JSON object a line, on disk
before what it announces is done. A line without its end was torn by the death of its writer and does not count. The
writer also holds an advisory lock on the file, so that of several processes that find it orphaned one recovers.
"""

from __future__ import annotations

import errno
import json
import os
import sys

from conda_kernel.errors import PrefixLocked
from conda_kernel.model.paths import UnsafePath, printable, safe_name
from conda_linking.faults import JournalDamaged
from conda_linking.owner import Owner, Standing, owner_as_json, owner_from, standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

if sys.platform != "win32":
    import fcntl

FORMAT = 1
PRIVATE = ".journal-"
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_OLD_FILE = os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_LONGEST_PAUSE = 1.0
# Linux 3.10 or older, or a file system that has none.
_NO_UNNAMED_FILES = frozenset((errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT))

UNNAMED = Owner("", "", "", 0, "")
"""The owner of a journal that was created and not yet written."""


class Journal:
    """An open journal that belongs to this process."""

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def write(self, line: Mapping[str, object]) -> None:
        """Append a line, and return when it is on disk; raise `OSError`."""
        # The line end before it keeps it apart from what a full disk has torn.
        data = b"\n" + json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]
        os.fsync(self._descriptor)

    def lines(self) -> list[dict[str, object]]:
        """Return the lines that are whole, as they stand on disk."""
        pieces = []
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while piece := os.read(self._descriptor, 1 << 20):
            pieces.append(piece)
        found = []
        for text in b"".join(pieces).split(b"\n")[:-1]:
            try:
                line = json.loads(text) if text else None
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict):
                found.append(line)
        return found

    def head(self) -> dict[str, object]:
        """Return the first line; raise `JournalDamaged` when it is not one of this format."""
        lines = self.lines()
        if not lines or lines[0].get("format") != FORMAT:
            raise damaged(self.path, "it is of another format")
        return lines[0]

    def token(self) -> str:
        """Return the word that names the working folder of the change; raise `JournalDamaged`."""
        token = self.head().get("token")
        try:
            return safe_name(token if isinstance(token, str) else "", "token")
        except UnsafePath as error:
            raise damaged(self.path, str(error)) from error

    def is_in_place(self) -> bool:
        """Tell whether the file at the path is still this journal."""
        try:
            there = os.lstat(self.path)
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def remove(self) -> None:
        """Remove the journal and let others change the environment."""
        if self.is_in_place():
            os.unlink(self.path)
        self.close()

    def close(self) -> None:
        """Let go of the file; what it announces stays unfinished."""
        os.close(self._descriptor)


class Patience:
    """Waits for the owner of a journal, with pauses that grow, until the time is over.

    `clock` counts seconds, `sleep` pauses so many, `tell` is told once that there is something to wait for.
    """

    def __init__(
        self,
        timeout: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        tell: Callable[[str], None],
    ) -> None:
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep
        self._tell = tell
        self._began: float | None = None
        self._pause = 0.05

    def wait(self, prefix: str, owner: Owner) -> None:
        """Pause once; raise `PrefixLocked` when it has been long enough."""
        named = owner.pid > 0
        who = f"process {owner.pid} on {printable(owner.host)}" if named else "another process"
        if self._began is None:
            self._began = self._clock()
            self._tell(f"waiting for {who}, which is changing `{printable(prefix)}`")
        if self._clock() - self._began >= self._timeout:
            raise PrefixLocked(
                f"`{printable(prefix)}` is being changed by {who}",
                hint="wait until it has ended; after a crash, any change made on that host repairs the environment"
                if named
                else f"if none runs, remove `{journal_path(prefix)}`, which was not begun",
                prefix=prefix,
                host=owner.host,
                pid=owner.pid,
            )
        self._sleep(self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


def journal_path(prefix: str) -> str:
    """Return where the journal of an environment lies while it changes."""
    return os.path.join(prefix, "conda-meta", "journal")


def take(
    prefix: str, plan: Mapping[str, object], here: Owner, patience: Patience, recover: Callable[[Journal], None]
) -> Journal:
    """Return a new journal for the prefix, whose folders are made when they are missing.

    A journal whose owner is dead is handed to `recover` first; one whose owner lives is waited for.

    Raises `PrefixLocked`, `JournalDamaged` and `OSError`; then folders that were made are gone again.
    """
    path = journal_path(prefix)
    meta = os.path.dirname(path)
    made: dict[str, None] = {}
    try:
        while True:
            _make_folders(meta, made)
            try:
                return _created(path, plan, here, list(made))
            except FileExistsError:
                settle(prefix, here, patience, recover)
            except FileNotFoundError:
                # Somebody swept the empty folder away; the next round makes it again.
                if os.path.islink(meta):
                    raise
    except BaseException:
        remove_folders(list(made))
        raise


def settle(prefix: str, here: Owner, patience: Patience, recover: Callable[[Journal], None]) -> None:
    """Wait once for the owner of the journal, or hand the journal to `recover` when its owner is dead.

    Raises `PrefixLocked` and `OSError`.
    """
    found = orphan(prefix, here)
    if isinstance(found, Journal):
        recover(found)
    elif found is not None:
        patience.wait(prefix, found)


def orphan(prefix: str, here: Owner) -> Journal | Owner | None:
    """Return the journal of the prefix when its owner is dead, its owner when not, or nothing when there is none.

    An owner that the journal does not name yet is `UNNAMED`. Raises `OSError`.
    """
    path = journal_path(prefix)
    try:
        journal = Journal(path, os.open(path, _OLD_FILE))
    except FileNotFoundError:
        return None
    keep = False
    try:
        free = _locked(journal._descriptor)  # noqa: SLF001 - its own kind
        lines = journal.lines()
        owner = owner_from(lines[0].get("owner")) if lines else None
        # Whoever holds the lock has not ended; this process itself may have given up a journal that it left.
        ended = owner is not None and (standing(owner, here) is Standing.ENDED or (owner == here and free is True))
        keep = ended and free is not False and journal.is_in_place()
        return journal if keep else owner or UNNAMED
    finally:
        if not keep:
            journal.close()


def sweep(prefix: str, here: Owner) -> None:
    """Remove what a process left that died before its journal was in place; raise `OSError`."""
    meta = os.path.join(prefix, "conda-meta")
    try:
        names = os.listdir(meta)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if name.startswith(PRIVATE) and _is_orphaned(os.path.join(meta, name), here):
            _unlink(os.path.join(meta, name))
            names = [other for other in names if other != name]
    if not names:
        remove_folders([prefix, meta])


def made_folders(journal: Journal) -> list[str]:
    """Return the folders that were made for the journal: ancestors of it and no others."""
    folders = journal.head().get("folders")
    own = journal.path + os.sep
    return [
        folder
        for folder in (folders if isinstance(folders, list) else [])
        if isinstance(folder, str) and own.startswith(folder.rstrip(os.sep) + os.sep)
    ]


def remove_folders(folders: list[str]) -> None:
    """Remove folders, the last first, as far as they are empty."""
    for folder in reversed(folders):
        try:
            os.rmdir(folder)
        except OSError:
            return


def damaged(path: str, fault: str) -> JournalDamaged:
    """Return the error for a journal that cannot be used."""
    return JournalDamaged(
        f"the journal `{printable(path)}` cannot be used: {fault}",
        hint="another version of conda may be able to finish the change",
        path=path,
    )


def _make_folders(folder: str, made: dict[str, None]) -> None:
    """Make a folder and those above it, and note each of them."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        try:
            os.mkdir(each)
        except FileExistsError:
            continue
        made[each] = None


def _created(path: str, plan: Mapping[str, object], here: Owner, made: list[str]) -> Journal:
    token = os.urandom(8).hex()
    head = {"format": FORMAT, "owner": owner_as_json(here), "token": token, "folders": made, "plan": plan}
    descriptor, private = _new_file(os.path.dirname(path), token)
    journal = Journal(path, descriptor)
    try:
        _locked(journal._descriptor)  # noqa: SLF001 - its own kind
        journal.write(head)
        _put_in_place(journal, private, head)
        if private:
            _unlink(private)
    except BaseException:
        journal.remove()
        if private:
            _unlink(private)
        raise
    return journal


def _new_file(folder: str, token: str) -> tuple[int, str]:
    """Open a file that only this process knows, and return its name: empty when it has none, so that none can stay."""
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o644), ""
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES:
                raise
    private = os.path.join(folder, PRIVATE + token)
    return os.open(private, _NEW_FILE, 0o644), private


def _put_in_place(journal: Journal, private: str, head: Mapping[str, object]) -> None:
    descriptor = journal._descriptor  # noqa: SLF001 - its own kind
    try:
        if private:
            os.link(private, journal.path)
        else:
            # With a folder given, whichever, the system call is the one that follows the link in `/proc`.
            os.link(f"/proc/self/fd/{descriptor}", journal.path, src_dir_fd=descriptor, follow_symlinks=True)
    except FileExistsError:
        raise
    except FileNotFoundError:
        if private or os.path.isdir("/proc/self/fd"):
            raise
        _write_in_place(journal, head)
    except OSError:
        _write_in_place(journal, head)


def _write_in_place(journal: Journal, head: Mapping[str, object]) -> None:
    """Make the journal where there are no hard links: its name is there a moment before its content."""
    descriptor = os.open(journal.path, _NEW_FILE, 0o644)
    os.dup2(descriptor, journal._descriptor, inheritable=False)  # noqa: SLF001 - its own kind
    os.close(descriptor)
    _locked(journal._descriptor)  # noqa: SLF001 - its own kind
    journal.write(head)


def _is_orphaned(private: str, here: Owner) -> bool:
    try:
        journal = Journal(private, os.open(private, _OLD_FILE))
    except OSError:
        return False
    try:
        lines = journal.lines()
        owner = owner_from(lines[0].get("owner")) if lines else None
        if owner is None:
            return _locked(journal._descriptor) is True  # noqa: SLF001 - its own kind
        return standing(owner, here) is Standing.ENDED
    finally:
        journal.close()


def _locked(descriptor: int) -> bool | None:
    """Lock the file, and tell whether nobody else holds the lock; `None` where files cannot be locked."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
