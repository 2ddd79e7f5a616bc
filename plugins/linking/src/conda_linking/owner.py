"""Tells processes apart, and whether one that was met in a journal still runs."""

from __future__ import annotations

import os
from enum import Enum

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.process import process_lives

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Owner(NamedTuple):
    """A process: where it runs and since when.

    `boot` changes with every start of the machine, `namespace` names the set of processes that see each other's
    numbers; both, and `started`, are empty where the system does not tell.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: str


class Standing(Enum):
    """What is known of a process: it runs, it has ended, or it cannot be seen from here."""

    RUNS = "runs"
    ENDED = "ended"
    UNSEEN = "unseen"


def this_process() -> Owner:
    """Return the process that asks."""
    pid = os.getpid()
    return Owner(_host(), _content("/proc/sys/kernel/random/boot_id"), _namespace(), pid, _started(pid))


def owner_from(document: object) -> Owner | None:
    """Return the owner that a journal names, or `None` when it names none."""
    if not isinstance(document, dict):
        return None
    pid = document.get("pid")
    texts = [document.get(key) for key in ("host", "boot", "namespace", "started")]
    if type(pid) is not int or pid <= 0 or not all(isinstance(text, str) for text in texts):
        return None
    host, boot, namespace, started = (str(text) for text in texts)
    return Owner(host, boot, namespace, pid, started)


def owner_as_json(owner: Owner) -> Mapping[str, object]:
    """Return the owner as a journal names it."""
    return owner._asdict()


def standing(owner: Owner, here: Owner) -> Standing:
    """Tell whether the owner still runs, as far as `here` can see."""
    if owner.host != here.host:
        return Standing.UNSEEN
    if owner.boot != here.boot:
        return Standing.ENDED if owner.boot and here.boot else Standing.UNSEEN
    if owner.namespace != here.namespace:
        return Standing.UNSEEN
    if not process_lives(owner.pid):
        return Standing.ENDED
    started = _started(owner.pid)
    # Another user's process may be hidden: what cannot be asked is taken to run.
    return Standing.ENDED if owner.started and started and started != owner.started else Standing.RUNS


def _host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return when a process was started, in ticks since the start of the machine, or `ended` for a zombie."""
    fields = _content(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) <= 19:
        return ""
    return "ended" if fields[0] in ("Z", "X") else fields[19]


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
