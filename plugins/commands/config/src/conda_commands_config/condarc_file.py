"""A `.condarc` file that is edited: comments, order and style stay, and it is replaced as a whole or not at all."""

from __future__ import annotations

import io
import os
import re
import stat

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from conda_kernel.errors import CondaError, ConfigurationLoadError
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST_FILE = 4 << 20
"""Bytes; a file of settings is written by hand."""


class CondarcFile:
    """The contents of one file and the place that it is written back to."""

    def __init__(self, path: str, document: CommentedMap, *, flush: bool = False) -> None:
        """Hold a document; `flush` says that its lists stand right below their keys, and not further in."""
        self.path = path
        self.document = document
        self._flush = flush

    @classmethod
    def read(cls, path: str) -> CondarcFile:
        """Read a file; one that is not there has no settings. Raise `ConfigurationLoadError`."""
        try:
            with open(path, "rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except FileNotFoundError:
            return cls(path, CommentedMap())
        except OSError as error:
            raise ConfigurationLoadError(path, error.strerror or str(error)) from error
        if len(content) > LARGEST_FILE:
            raise ConfigurationLoadError(path, f"it is larger than {LARGEST_FILE >> 20} MB")
        try:
            text = content.decode("utf-8-sig")
            return cls(path, parsed(text), flush=re.search(r"^- ", text, re.MULTILINE) is not None)
        except UnicodeDecodeError as error:
            raise ConfigurationLoadError(path, "it is not UTF-8") from error
        except MarkedYAMLError as error:
            mark = error.problem_mark
            where = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
            raise ConfigurationLoadError(path, printable(error.problem or "it is no YAML"), *where) from error
        except (YAMLError, ValueError, RecursionError) as error:
            raise ConfigurationLoadError(path, printable(str(error).partition("\n")[0])) from error

    def text(self) -> str:
        """Return the file as it is going to be written."""
        if not self.document:
            return _comment_of(self.document)
        written = io.StringIO()
        _yaml(flush=self._flush).dump(self.document, written)
        return written.getvalue()

    def write(self) -> None:
        """Replace the file at once; where a link stands, what it leads to. Raise `CondaError` that names the file."""
        replace(self.path, self.text())


def parsed(text: str) -> CommentedMap:
    """Return settings that are written as YAML; raise `YAMLError` or `ValueError` when they are none."""
    found = _yaml().load(text)
    if found is None:
        return CommentedMap()
    if not isinstance(found, CommentedMap):
        raise ValueError("settings are expected as `name: value`")  # noqa: TRY004 - as for text that is no YAML
    return found


def parsed_value(text: str) -> Any:  # noqa: ANN401 - whatever YAML can hold
    """Return the value that a text stands for in YAML; what is no YAML is the text itself."""
    try:
        value = _yaml().load(text)
    except (YAMLError, ValueError, RecursionError):
        return text
    return text if isinstance(value, str) and text[:1] not in "'\"" else value


def replace(path: str, text: str) -> None:
    """Write a file under another name and put it in its place, with the mode of the one that is there."""
    place = os.path.realpath(path)
    private = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            mode = stat.S_IMODE(os.stat(place).st_mode)
            if not os.access(place, os.W_OK):
                raise PermissionError("it may not be written")
        except FileNotFoundError:
            mode = 0o666 & ~_umask()
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(private, mode)
            os.replace(private, place)
        except BaseException:
            os.unlink(private)
            raise
    except OSError as error:
        raise CondaError(f"cannot write `{path}`: {error.strerror or error}", path=path) from error


def _yaml(*, flush: bool = False) -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.preserve_quotes = True
    yaml.width = 4096  # a line that somebody wrote stays one
    yaml.indent(mapping=2, sequence=2 if flush else 4, offset=0 if flush else 2)
    return yaml


def _comment_of(document: CommentedMap) -> str:
    """Return the comments of a file in which nothing else is left."""
    comments = document.ca.comment
    return "".join(str(token.value) for part in comments or () for token in part or ())


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
