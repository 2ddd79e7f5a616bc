"""The plugin index: which plugins are installed, and which of them the user leaves out, without importing any.

One small file holds a line for every `conda.*` entry point. It is true for exactly one state of `sys.path`, and is
made anew by `conda_kernel.plugin_scan` when that state has changed. This module is on the way of `conda --version`:
it imports nothing that bare Python has not imported already, but for `binascii`.
"""

from __future__ import annotations

import binascii
import os
import sys
import time

from conda_kernel.model.plugin import Plugin, Selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import ModuleType

FORMAT = "conda plugin index 1"
SELECTION_FILE = os.path.join(".conda", "plugins.json")
TRUE = ("1", "true", "yes", "on", "y")
SETTLED_AFTER_SECONDS = 2.0
"""A folder that changed more recently may change again within the resolution of its time stamp."""


class PluginIndex:
    """The plugins that are installed, less those that were left out."""

    __slots__ = ("_groups", "_text", "selection")

    def __init__(self, text: str, selection: Selection | None = None) -> None:
        self._text = text
        self._groups: dict[str, tuple[Plugin, ...]] = {}
        self.selection = selection or Selection()

    @classmethod
    def of(cls, plugins: Iterable[Plugin], selection: Selection | None = None) -> PluginIndex:
        """Return the index of the given plugins."""
        return cls(index_text(FORMAT + "\n", plugins), selection)

    def group(self, group: str) -> tuple[Plugin, ...]:
        """Return the plugins of a group, sorted by name and distribution."""
        found = self._groups.get(group)
        if found is None:
            found = tuple(plugin for plugin in self._installed(group) if self.selection.admits(plugin))
            self._groups[group] = found
        return found

    def named(self, group: str, name: str) -> tuple[Plugin, ...]:
        """Return the plugins of a group that bear the name: none, one, or several that contend for it."""
        return tuple(plugin for plugin in self.group(group) if plugin.name == name)

    def left_out(self, group: str, name: str) -> Plugin | None:
        """Return a plugin that is installed but was left out by the selection; an empty name means any of the group."""
        left_out = (plugin for plugin in self._installed(group) if not self.selection.admits(plugin))
        return next((plugin for plugin in left_out if name in ("", plugin.name)), None)

    def all(self) -> tuple[Plugin, ...]:
        """Return every plugin that is installed, left out or not, sorted by group, name and distribution."""
        lines = self._text.split("\n\n", 1)[1].splitlines()
        return tuple(Plugin.from_line(line) for line in lines if line)

    def _installed(self, group: str) -> list[Plugin]:
        start = self._text.find(f"\n{group}\t") + 1
        if not start:
            return []
        plugins = []
        prefix = group + "\t"
        while self._text.startswith(prefix, start):
            end = self._text.index("\n", start)
            plugins.append(Plugin.from_line(self._text[start:end]))
            start = end + 1
        return plugins


def selection(argv: Sequence[str], environ: Mapping[str, str]) -> Selection:
    """Return what `--no-plugins`, `CONDA_NO_PLUGINS` and `plugins.json` say; raise `ValueError` for a broken file.

    The first two mean what the bundle has, all of it: whatever stands in the file cannot take away the way back.
    """
    options = argv[: argv.index("--")] if "--" in argv else argv
    bundled_only = "--no-plugins" in options or environ.get("CONDA_NO_PLUGINS", "").strip().lower() in TRUE
    place = selection_file(environ)
    if bundled_only or place is None or not os.path.exists(place):
        return Selection(bundled_only=bundled_only)
    from conda_kernel.model.selection_file import read_selection  # noqa: PLC0415 - json is imported when there is a file to read

    disabled, preferred = read_selection(place)
    return Selection(disabled, preferred)


def selection_file(environ: Mapping[str, str]) -> str | None:
    """Return where `plugins.json` lies, beside the user's settings, or `None` when the user has no home."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return os.path.join(home, SELECTION_FILE) if home else None


def installed_plugins(
    path: Sequence[str], environ: Mapping[str, str], selection: Selection, *, now: float | None = None
) -> PluginIndex:
    """Return the index of the plugins on `path`, from its file when that is true and else by a scan.

    `path` is `sys.path` less its first entry, the folder of the script. `now` is the time in seconds since 1970.
    """
    state = path_state(path)
    places = index_files(path, environ)
    for place in places:
        text = _read(place)
        if text is not None and text.startswith(state) and text.endswith("\n\n"):
            return PluginIndex(text, selection)
    from conda_kernel.plugin_scan import scan  # noqa: PLC0415 - a scan is rare, and imports importlib-metadata

    text = index_text(state, scan(path))
    moment = time.time() if now is None else now
    if _is_settled(path, moment) and path_state(path) == state:
        for place in places:
            if _write(place, text):
                break
    return PluginIndex(text, selection)


def imported(module: str) -> ModuleType:
    """Import a module by its name; `importlib` would cost four modules that bare Python has not imported."""
    __import__(module)
    return sys.modules[module]


def index_text(state: str, plugins: Iterable[Plugin]) -> str:
    """Return the content of an index file: the state of the path, plugins a line each, an empty line after both."""
    lines = sorted(plugin.as_line() for plugin in plugins)
    return "\n".join([state, *lines, "", ""])


def path_state(path: Sequence[str]) -> str:
    """Return a text that changes with every change of a folder on the path: mtime, ctime and inode of each."""
    lines = [FORMAT, sys.version.replace("\n", " ")]
    for entry, found in _folders(path):
        lines.append(f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino} {entry}" if found else f"- {entry}")
    return "\n".join(lines) + "\n"


def index_files(path: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return where the index may lie: in the user's cache folder, or beside the interpreter's prefix."""
    key = binascii.crc32("\0".join((sys.prefix, *path)).encode("utf-8", "surrogateescape"))
    name = f"plugins-{key:08x}.tsv"
    folders = [os.path.join(sys.prefix, "var", "cache", "conda")]
    user = user_cache_folder(environ)
    if user:
        folders.insert(0, user)
    return tuple(os.path.join(folder, name) for folder in folders)


def user_cache_folder(environ: Mapping[str, str]) -> str | None:
    """Return the folder for what can be made anew, or `None` when the user has no home."""
    chosen = environ.get("XDG_CACHE_HOME") or (environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    if not chosen:
        home = environ.get("HOME") or environ.get("USERPROFILE")
        if not home:
            return None
        chosen = os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)))
    return os.path.join(chosen, "conda")


def _is_settled(path: Sequence[str], now: float) -> bool:
    changes = [max(found.st_mtime, found.st_ctime) for _, found in _folders(path) if found]
    return now - max(changes, default=0.0) >= SETTLED_AFTER_SECONDS


def _folders(path: Sequence[str]) -> Iterator[tuple[str, os.stat_result | None]]:
    for entry in path:
        try:
            yield entry, os.stat(entry or ".")
        except OSError:
            yield entry, None


def _read(place: str) -> str | None:
    try:
        with open(place, "rb") as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return None
            return file.read().decode("utf-8", "surrogateescape")
    except OSError:
        return None


def _write(place: str, text: str) -> bool:
    private = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(private, "xb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        os.replace(private, place)
    except OSError:
        return False
    return True
