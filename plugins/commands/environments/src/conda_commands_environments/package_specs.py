"""Reads the packages that a command names: match specs, typed or in files."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError
from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ARCHIVES = (".conda", ".tar.bz2")
ENVIRONMENT_FILES = (".yml", ".yaml", ".json", ".toml", ".lock")
LARGEST_FILE = 1 << 20
"""In bytes; a list of packages that is longer is none."""


class NoPackages(CondaError):
    """A command that needs packages was given none."""

    conda_name = "CondaValueError"


class UnreadableFile(CondaError):
    """A file that a command was given cannot be used."""

    conda_name = "CondaFileIOError"


def package_specs(texts: Iterable[str], files: Iterable[str]) -> tuple[MatchSpec, ...]:
    """Return the match specs that were typed, then those of the files, each once.

    Raises InvalidMatchSpec, UnreadableFile with file and line, and CondaError for packages given by URL or path.
    """
    typed = [_spec(text) for text in texts]
    listed = [spec for file in files for spec in _listed(file)]
    return tuple(dict.fromkeys((*typed, *listed)))


def _listed(file: str) -> list[MatchSpec]:
    """Return the specs of a file: one on each line, `#` begins a comment."""
    shown = printable(file)
    if file.endswith(ENVIRONMENT_FILES):
        raise UnreadableFile(
            f"no plugin that is installed reads `{shown}`", hint="list the packages in a file that ends in `.txt`"
        )
    specs = []
    for number, line in enumerate(file_text(file).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            specs.append(_spec(text))
        except CondaError as error:
            raise UnreadableFile(f"`{shown}`, line {number}: {error}", hint=error.hint, file=file) from error
    return specs


def file_text(file: str) -> str:
    """Return the content of a list of packages; raise UnreadableFile."""
    shown = printable(file)
    try:
        if os.path.getsize(file) > LARGEST_FILE:
            raise UnreadableFile(f"`{shown}` is too large for a list of packages", file=file)
        with open(file, encoding="utf-8-sig") as opened:
            return opened.read(LARGEST_FILE)
    except OSError as error:
        raise UnreadableFile(f"cannot read `{shown}`: {error.strerror}", file=file) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"cannot read `{shown}`: it is not UTF-8", file=file) from error


def _spec(text: str) -> MatchSpec:
    if text == "@EXPLICIT" or text.partition("#")[0].endswith(ARCHIVES):
        raise CondaError(
            f"a package by URL or path has no place here: `{mask_secrets(printable(text))}`",
            hint="`conda install` takes it; a file that lists such packages has a line `@EXPLICIT`",
        )
    spec = MatchSpec.parse(text)
    if spec.name == "*" and not spec.is_exact_name and str(spec) == "*":
        raise InvalidMatchSpec("`*` names no package")
    return spec
