"""Settings out of `.condarc` files: those of the machine, of the root prefix and the user, or of the target prefix."""

from __future__ import annotations

import os
import stat

from conda_kernel.context import root_prefix
from conda_kernel.model.paths import printable
from conda_kernel.plugin_index import user_cache_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conda_kernel.model.layer import Layer

NAMES = (".condarc", "condarc")
FOLDER = "condarc.d"
SUFFIXES = (".yml", ".yaml")
CACHE_FILE = "condarc.json"
SYSTEM_FOLDERS = ("C:/ProgramData/conda",) if os.name == "nt" else ("/etc/conda", "/var/lib/conda")


def layers(prefix: str, environ: Mapping[str, str], *, is_root: bool) -> tuple[Layer, ...]:
    """Return a layer for each file that exists, lowest first.

    For the root prefix these are the files of the machine, of that prefix and of the user; for a target prefix its own
    and the one that `$CONDARC` names. A file that several places lead to counts at the lowest.

    Raises `ConfigurationLoadError`, which names file, line and column, for a file that cannot be read.
    """
    if is_root:
        found = present(user_files(prefix, environ))
    else:
        known = present(user_files(root_prefix(environ), environ))
        found = {path: state for path, state in present(target_files(prefix, environ)).items() if path not in known}
    absent = () if is_root else _absent(environ)
    if not found:
        return absent
    from conda_settings.cache import cached_layers  # noqa: PLC0415 - neither JSON nor YAML is needed without a file

    folder = user_cache_folder(environ)
    return (*cached_layers(found, os.path.join(folder, CACHE_FILE) if folder else None), *absent)


def user_files(prefix: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield where settings may lie that hold for every environment, lowest first; `prefix` is the root prefix."""
    for folder in SYSTEM_FOLDERS:
        yield from _tried_in(folder)
    yield from _tried_in(prefix)
    for folder in ("$XDG_CONFIG_HOME/conda", "~/.config/conda", "~/.conda"):
        path = _expanded(folder, environ)
        if path is not None:
            yield from _tried_in(path)
    own = _expanded("~/.condarc", environ)
    if own is not None:
        yield own


def target_files(prefix: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield where settings may lie that hold for one environment, then the file or folder that `$CONDARC` names."""
    yield from _tried_in(prefix)
    path = _chosen(environ)
    if path:
        yield from _files_in(path)
        yield path


def _chosen(environ: Mapping[str, str]) -> str:
    """Return the path that `$CONDARC` names, or nothing."""
    chosen = environ.get("CONDARC")
    return os.path.abspath(_expanded(chosen, environ) or chosen) if chosen else ""


def _absent(environ: Mapping[str, str]) -> tuple[Layer, ...]:
    """Return a layer that warns when `$CONDARC` names what is not there, and nothing otherwise."""
    path = _chosen(environ)
    if not path or os.path.exists(path):
        return ()
    from conda_kernel.model.layer import Layer  # noqa: PLC0415 - as types alone without a file

    return (Layer("environment", {}, warnings=(f"CONDARC names `{printable(path)}`, which is not there",)),)


def present(paths: Iterator[str]) -> dict[str, tuple[int, int, int, int]]:
    """Return the regular files among the paths, each with what changes when it does: mtime, ctime, size and inode."""
    found: dict[str, tuple[int, int, int, int]] = {}
    for path in paths:
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found.setdefault(path, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))
    return found


def _tried_in(folder: str) -> Iterator[str]:
    for name in NAMES:
        yield os.path.join(folder, name)
    yield from _files_in(os.path.join(folder, FOLDER))


def _files_in(folder: str) -> Iterator[str]:
    """Yield the files of a folder of settings by their names; of what is no folder, nothing."""
    try:
        names = sorted(os.listdir(folder))
    except (OSError, ValueError):
        return
    for name in names:
        if name.endswith(SUFFIXES):
            yield os.path.join(folder, name)


def _expanded(path: str, environ: Mapping[str, str]) -> str | None:
    """Return the path with the user's home and the variable it begins with; `None` when one of them is not set."""
    first, separator, rest = path.partition("/")
    if first == "~":
        value = environ.get("HOME") or environ.get("USERPROFILE")
    elif first.startswith("$"):
        value = environ.get(first.strip("${}"))
    else:
        return path
    return os.path.normpath(value + separator + rest) if value else None
