"""A package cache as far as it is only read."""

from __future__ import annotations

import os

URLS = "urls.txt"
"""Marks a folder as a package cache, for every tool; holds a line for each archive that was brought."""


class Shelf:
    """A folder in which archives and extracted packages lie, at a path that need not exist."""

    def __init__(self, path: str) -> None:
        self.path = path

    def place(self, name: str) -> str:
        """Return the path of an archive or a folder of the cache."""
        return os.path.join(self.path, name)

    def has(self, name: str) -> bool:
        """Tell whether there is a file or a folder of a name."""
        return os.access(f"{self.path}/{name}", os.F_OK)

    def is_there(self) -> bool:
        """Tell whether there is a folder at all."""
        return os.path.isdir(self.path)

    def noted_url(self, file_name: str) -> str:
        """Return the URL that an archive came from, by the last line for its name; empty when there is none."""
        found = ""
        try:
            with open(self.place(URLS), encoding="utf-8", errors="replace") as file:
                for line in file:
                    url = line.strip()
                    if url.rpartition("/")[2] == file_name:
                        found = url
        except OSError:
            return ""
        return found


class ListedShelf(Shelf):
    """A package cache as it was when it was listed, for whoever looks for many names; an unreadable one has none."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        try:
            self._names = frozenset(os.listdir(path))
        except OSError:
            self._names = frozenset()

    def has(self, name: str) -> bool:
        """Tell whether there was a file or a folder of a name."""
        return name in self._names
