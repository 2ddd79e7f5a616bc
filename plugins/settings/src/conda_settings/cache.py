"""Remembers what `.condarc` files held, so that YAML is read only when one of them has changed.

One JSON file in the user's cache folder has the settings of every file that was read, beside the state in which it
was. It belongs to the user alone: settings may hold tokens. Whatever is wrong with it, the files are read again.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from conda_kernel.setting import Entry, Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    State = tuple[int, int, int, int]
    Settings = Mapping[str, tuple[object, int]]

FORMAT = 1
"""Raised when more is kept of a file than the value and the line of each setting."""

SETTLED_AFTER_NANOSECONDS = 2_000_000_000
"""A file that changed more recently may change again within the resolution of its time stamps."""


def cached_layers(files: Mapping[str, State], place: str | None, *, now: int | None = None) -> tuple[Layer, ...]:
    """Return the layers of files that exist, in their order; `place` is the cache file, if there is a folder for it.

    `now` is the time in nanoseconds since 1970. Raises `ConfigurationLoadError`.
    """
    moment = time.time_ns() if now is None else now
    cached = read_cache(place) if place else {}
    read: dict[str, Settings] = {}
    found = []
    for path, state in files.items():
        settings = _settings(cached.get(path), state)
        if settings is None:
            from conda_settings.reading import read_file  # noqa: PLC0415 - ruamel.yaml costs 70 modules and 29 ms

            settings = read_file(path)
            if moment - max(state[0], state[1]) > SETTLED_AFTER_NANOSECONDS:
                read[path] = settings
        found.append(Layer(path, {name: Entry(value, path, line) for name, (value, line) in settings.items()}))
    if place and read:
        kept = {path: item for path, item in cached.items() if path not in read and os.path.exists(path)}
        new = {path: {"state": files[path], "settings": settings} for path, settings in read.items()}
        write_cache(place, {**kept, **new})
    return tuple(found)


def read_cache(place: str) -> dict[str, object]:
    """Return what the cache holds of each file; nothing when it is damaged or does not belong to this user."""
    try:
        with open(place, encoding="utf-8") as file:
            if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                return {}
            document = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return {}
    files = document.get("files")
    return files if isinstance(files, dict) else {}


def write_cache(place: str, files: Mapping[str, object]) -> None:
    """Replace the cache at once; where it cannot be written, there is none."""
    private = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, "files": files}, file)
        os.replace(private, place)
    except OSError:
        _remove(private)


def _settings(item: object, state: State) -> Settings | None:
    """Return the settings of a cached file if it is in the same state as then."""
    if not isinstance(item, dict) or item.get("state") != list(state):
        return None
    settings = item.get("settings")
    if not isinstance(settings, dict):
        return None
    if not all(isinstance(pair, list) and len(pair) == 2 and type(pair[1]) is int for pair in settings.values()):
        return None
    return {name: (value, line) for name, (value, line) in settings.items()}


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
