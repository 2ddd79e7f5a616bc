"""Copies into a clone what no package owns in the source, where the old prefix becomes the new."""

from __future__ import annotations

import os
import re
import shutil
import stat

from conda_kernel.model.untracked import untracked_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

OF_CONDA_META = ("conda-meta/pinned", "conda-meta/state")
"""What the user has said about an environment beside its packages: pins and variables."""

LARGEST_TEXT = 1 << 26
"""In bytes; a larger file is copied as it is."""


def cloned_files(prefix: str) -> list[str]:
    """Return the files that come along into a clone: what no package owns, pins and variables."""
    own = [path for path in OF_CONDA_META if os.path.isfile(os.path.join(prefix, path))]
    return [*own, *untracked_files(prefix)]


def copy_files(paths: Iterable[str], source: str, target: str) -> list[str]:
    """Copy files of one environment to where they belong in another; return those that cannot be read.

    What is there already stays: it is of a package. Raises OSError when something cannot be written.
    """
    return [path for path in paths if not _copied(path, source, target)]


def remove_files(paths: Iterable[str], prefix: str) -> None:
    """Remove files, as far as they are there, and folders that are empty then."""
    folders: set[str] = set()
    for path in paths:
        try:
            os.unlink(os.path.join(prefix, path))
        except FileNotFoundError:
            pass
        parts = path.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    for folder in sorted(folders, key=lambda path: path.count("/"), reverse=True):
        try:
            os.rmdir(os.path.join(prefix, folder))
        except OSError:
            continue


def with_prefix(content: bytes, source: str, target: str) -> bytes:
    """Return the content of a text file with one prefix for another, where it is no part of a longer name."""
    pattern = rb"(?<![\w.-])" + re.escape(os.fsencode(source)) + rb"(?=[/\\\"'`\s\0:;,)\]}>]|$)"
    return re.sub(pattern, os.fsencode(target).replace(b"\\", b"\\\\"), content)


def _copied(path: str, source: str, target: str) -> bool:
    """Copy one file or link, with its mode and times; tell whether it could be read."""
    old, new = os.path.join(source, path), os.path.join(target, path)
    if os.path.lexists(new):
        return True
    try:
        status = os.lstat(old)
        if stat.S_ISLNK(status.st_mode):
            content: bytes | str = _retargeted(os.readlink(old), source, target)
        elif stat.S_ISREG(status.st_mode):
            content = _content(old) if status.st_size <= LARGEST_TEXT else b""
        else:
            return False
    except OSError:
        return False
    os.makedirs(os.path.dirname(new), exist_ok=True)
    if isinstance(content, str):
        os.symlink(content, new)
        return True
    if status.st_size > LARGEST_TEXT:
        shutil.copy2(old, new)
        return True
    with open(new, "xb") as file:
        file.write(with_prefix(content, source, target) if _is_text(content) else content)
    shutil.copystat(old, new)
    return True


def _retargeted(link: str, source: str, target: str) -> str:
    """Return where a link of a clone leads: into the clone when it led into the source by its whole path."""
    return target + link[len(source) :] if link == source or link.startswith(source + os.sep) else link


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
