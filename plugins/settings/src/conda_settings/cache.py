"""Remembers what `.condarc` files held, so that YAML is read only when one of them has changed.

One JSON file in the user's cache folder has the settings of every file that was read, beside the state in which it
was; what holds a login or a token is not copied. Whatever is wrong with it, the files are read again.
"""

from __future__ import annotations

import json
import os
import time

from conda_kernel.errors import ConfigurationLoadError
from conda_kernel.model.layer import UNMARKED, Entry, Layer, Marks
from conda_kernel.model.secret import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    State = tuple[int, int, int, int]
    Settings = Mapping[str, tuple[object, int, Marks]]

FORMAT = 3
"""Raised when more is kept of a file than the value, the line and the marks of each setting."""

SETTLED_AFTER_NANOSECONDS = 2_000_000_000
"""A file that changed more recently may change again within the resolution of its time stamps."""


def cached_layers(files: Mapping[str, State], place: str | None, *, now: int | None = None) -> tuple[Layer, ...]:
    """Return the layers of files that exist, in their order; `place` is the cache file, if there is a folder for it.

    `now` is the time in nanoseconds since 1970. A file that cannot be read is a layer with nothing but its problem.
    """
    moment = time.time_ns() if now is None else now
    cached = read_cache(place) if place else {}
    read: dict[str, Settings] = {}
    found = []
    for path, state in files.items():
        settings = _settings(cached.get(path), state)
        if settings is None:
            from conda_settings.reading import read_file  # noqa: PLC0415 - ruamel.yaml costs 70 modules and 29 ms

            try:
                settings = read_file(path)
            except ConfigurationLoadError as error:
                found.append(Layer(path, {}, error))
                continue
            if moment - max(state[0], state[1]) > SETTLED_AFTER_NANOSECONDS and not _holds_secrets(settings):
                read[path] = settings
        entries = {name: Entry(value, path, line, marks) for name, (value, line, marks) in settings.items()}
        found.append(Layer(path, entries, warnings=tuple(_warnings(entries))))
    if place and read:
        kept = {path: item for path, item in cached.items() if path not in read and os.path.exists(path)}
        new = {path: {"state": files[path], "settings": _plain(settings)} for path, settings in read.items()}
        write_cache(place, {**kept, **new})
    return tuple(found)


def _warnings(entries: Mapping[str, Entry]) -> Iterator[str]:
    """Yield what is said of words that stand where marks do."""
    for name, entry in entries.items():
        for word in entry.marks.unknown:
            known = "marks are `#!final`, and for items of a list `#!top` and `#!bottom`"
            yield f"`#!{word}` at `{name}` means nothing there; {known} ({entry.place})"


def _holds_secrets(settings: Settings) -> bool:
    return any(masked(value) != value for value, _, _ in settings.values())


def _plain(settings: Settings) -> dict[str, list[object]]:
    return {
        name: [value, line, None if marks == UNMARKED else marks] for name, (value, line, marks) in settings.items()
    }


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
    try:
        return {name: (value, _place(line), _marks(marks)) for name, (value, line, marks) in settings.items()}
    except (TypeError, ValueError):
        return None


def _marks(kept: Sequence[object] | None) -> Marks:
    """Return the marks that the cache holds; raise `TypeError` or `ValueError` when it holds something else."""
    if kept is None:
        return UNMARKED
    final, top, bottom, keys, unknown = kept
    return Marks(
        final is True,
        top=tuple(_place(place) for place in _list(top)),
        bottom=tuple(_place(place) for place in _list(bottom)),
        final_keys=tuple(str(key) for key in _list(keys)),
        unknown=tuple(str(word) for word in _list(unknown)),
    )


def _list(part: object) -> list[object]:
    if not isinstance(part, list):
        raise TypeError("expected a list")
    return part


def _place(part: object) -> int:
    if type(part) is not int or part < 0:
        raise ValueError("expected a whole number")
    return part


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
