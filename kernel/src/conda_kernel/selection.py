"""Reads which plugins the user leaves out or prefers, before any of them is imported."""

from __future__ import annotations

import os

from conda_kernel.model.plugin import Selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = os.path.join(".conda", "plugins.json")
TRUE = ("1", "true", "yes", "on", "y")


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
    return os.path.join(home, FILE) if home else None
