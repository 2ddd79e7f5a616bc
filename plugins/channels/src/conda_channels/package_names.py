"""The names of packages, in file names and by themselves."""

from __future__ import annotations

OLD, NEW = ".tar.bz2", ".conda"
"""What the names of files end with."""

VIRTUAL = "__"
"""What the names of virtual packages begin with, which no channel has."""


def name_of(file_name: str) -> str:
    """Return the name of the package, as its file name tells it."""
    return file_name.rsplit("-", 2)[0].lower()
