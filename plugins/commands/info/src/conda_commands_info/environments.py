"""Tells about the environments of a user; it only looks."""

from __future__ import annotations

import os
import re
import time

from conda_kernel.known_environments import known_prefixes
from conda_kernel.model.human_size import human_size
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Result, Verbatim
from conda_kernel.prefixes import environment_folders, package_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context

FIRST_REVISION = re.compile(rb"==> (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) <==")

HEAD = """\
# conda environments:
#
# * -> active
# + -> frozen
"""


class Environment(NamedTuple):
    """An environment; `name` is empty where it is known by its path alone, times are UTC as ISO 8601 writes them."""

    prefix: str
    name: str
    created: str | None
    last_modified: str | None
    is_active: bool
    is_base: bool
    is_frozen: bool
    is_writable: bool
    size: int | None = None

    def as_json(self) -> dict[str, object]:
        """Return what `envs_details` has of it; the size, in bytes, where it was asked for."""
        size = {} if self.size is None else {"size": self.size}
        return {
            "name": self.name,
            "created": self.created,
            "last_modified": self.last_modified,
            "active": self.is_active,
            "base": self.is_base,
            "frozen": self.is_frozen,
            "writable": self.is_writable,
            **size,
        }


def environments_result(context: Context, *, sized: bool) -> Result:
    """Return the list of environments that are known, with what they take on the disk if asked for."""
    environments = known_environments(context)
    if sized:
        environments = with_sizes(environments, context)
    return Result(listed(environments), (Verbatim(environments_text(environments)),))


def known_environments(context: Context) -> tuple[Environment, ...]:
    """Return the base environment, those in the folders of environments, and those that the user's registry names."""
    folders = environment_folders(context)
    return tuple(_environment(prefix, context, folders) for prefix in known_prefixes(context))


def with_sizes(environments: tuple[Environment, ...], context: Context) -> tuple[Environment, ...]:
    """Return the environments with what their files take on the disk; a file that has several names counts once.

    What lies below another environment, or in a folder of environments or packages, is not a part of it.
    """
    others = {found.prefix for found in environments}
    apart = others.union(environment_folders(context), package_folders(context))
    return tuple(found._replace(size=_size(found.prefix, apart - {found.prefix})) for found in environments)


def _size(prefix: str, apart: set[str]) -> int:
    seen: set[tuple[int, int]] = set()
    size = 0
    waiting = [prefix]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.path not in apart:
                            waiting.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if (status.st_dev, status.st_ino) not in seen:
                        seen.add((status.st_dev, status.st_ino))
                        size += status.st_size
        except OSError:
            # What may not be read, or has just been deleted, has no size that could be told.
            continue
    return size


def listed(environments: tuple[Environment, ...]) -> dict[str, object]:
    """Return the document of a list of environments."""
    return {
        "envs": [found.prefix for found in environments],
        "envs_details": {found.prefix: found.as_json() for found in environments},
    }


def environments_text(environments: tuple[Environment, ...]) -> str:
    """Return the table of environments: name, a mark when active, a mark when frozen, size if asked for, path."""
    lines = [
        f"{printable(found.name):<20} {'*' if found.is_active else ' '} {'+' if found.is_frozen else ' '} "
        f"{'' if found.size is None else f'{human_size(found.size):>10} '}{printable(found.prefix)}\n"
        for found in environments
    ]
    return HEAD + "".join(lines)


def _environment(prefix: str, context: Context, folders: tuple[str, ...]) -> Environment:
    history = os.path.join(prefix, "conda-meta", "history")
    active = context.environ.get("CONDA_PREFIX")
    is_base = prefix == context.root_prefix
    is_named = os.path.dirname(prefix) in folders
    return Environment(
        prefix=prefix,
        name="base" if is_base else os.path.basename(prefix) if is_named else "",
        created=_created(history),
        last_modified=_modified(history),
        is_active=bool(active) and os.path.abspath(active or "") == prefix,
        is_base=is_base,
        is_frozen=os.path.lexists(os.path.join(prefix, "conda-meta", "frozen")),
        is_writable=os.access(history, os.W_OK),
    )


def _created(history: str) -> str | None:
    """Return the time of the first revision."""
    try:
        with open(history, "rb") as file:
            found = FIRST_REVISION.search(file.read(200))
        if found is None:
            return None
        return _utc(time.mktime(time.strptime(found[1].decode(), "%Y-%m-%d %H:%M:%S")))
    except (OSError, ValueError, OverflowError):
        return None


def _modified(history: str) -> str | None:
    try:
        return _utc(os.stat(history).st_mtime)
    except (OSError, ValueError, OverflowError):
        return None


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
