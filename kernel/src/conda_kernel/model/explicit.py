"""Reads explicit files: lists of package URLs that are installed as they stand (CEP 23)."""

from __future__ import annotations

import re

from conda_kernel.model.channel_url import (
    InvalidChannel,
    is_url,
    path_url,
    shown,
    with_variables,
    without_credentials,
)
from conda_kernel.model.errors import ParseError
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import UnsafePath, safe_name
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = "@EXPLICIT"

_LINE = r"(?s)(?P<location>[^#]+?)(?:#(?P<digest>.*))?"
_MD5 = r"[0-9a-f]{32}"
_SHA256 = r"(?:sha256:)?([0-9a-f]{64})"
_PLATFORM = r"#\s*platform:\s*(\S+)\s*"
_SUFFIXES = (".conda", ".tar.bz2")


class InvalidExplicitLine(ParseError):
    """A line of an explicit file names no package."""


class ExplicitPackage(NamedTuple):
    """One line: where the archive lies and its digest, if any.

    `location` is what was written, without digest and credentials; `base` is what stands before the file name, None
    for a bare file name. `login` is the whole location when it carries credentials.
    """

    location: str
    base: str | None
    file_name: str
    md5: str | None = None
    sha256: str | None = None
    login: Secret | None = None

    @classmethod
    def parse(cls, line: str) -> ExplicitPackage:
        """Return what one line says. Raises InvalidExplicitLine."""
        match = re.fullmatch(_LINE, line.strip())
        if match is None:
            raise _fault(line, "names no package")
        location = match["location"].strip()
        md5, sha256 = _digests(match["digest"], line)
        cut = max(location.rfind("/"), -1 if is_url(location) else location.rfind("\\"))
        file_name = location[cut + 1 :]
        if not file_name.endswith(_SUFFIXES):
            raise _fault(line, "names no package: it ends neither in `.conda` nor in `.tar.bz2`")
        try:
            safe_name(file_name, "file name")
        except UnsafePath as error:
            raise _fault(line, str(error)) from error
        public = without_credentials(location)
        base = (public[: len(public) - len(file_name) - 1] or "/") if cut >= 0 else None
        return cls(public, base, file_name, md5, sha256, Secret(location) if public != location else None)

    def url(self, environ: Mapping[str, str], working_folder: str = "", home: str = "") -> str:
        """Return the public URL; in a path `~` and variables are expanded. Raises InvalidExplicitLine."""
        if is_url(self.location):
            return self.location
        try:
            return path_url(with_variables(self.location, environ), working_folder, home)
        except InvalidChannel as error:
            raise _fault(self.location, str(error)) from error

    def __str__(self) -> str:
        digest = self.sha256 or self.md5
        return f"{self.location}#{digest}" if digest else self.location


class ExplicitFile(NamedTuple):
    """The packages of a file in its order, and the platform that its comment names."""

    packages: tuple[ExplicitPackage, ...]
    platform: str | None = None


def is_explicit(text: str) -> bool:
    """Tell whether a file has the line that makes it explicit."""
    return any(line.strip() == MARKER for line in text.splitlines())


def parse_explicit(text: str) -> ExplicitFile:
    """Return what an explicit file says. Raises InvalidExplicitLine."""
    packages = []
    platform = None
    for line in text.lstrip("\ufeff").splitlines():
        entry = line.strip()
        stated = re.fullmatch(_PLATFORM, entry)
        if stated is not None:
            platform = platform or stated[1].lower()
        elif entry and entry != MARKER and not entry.startswith("#"):
            packages.append(ExplicitPackage.parse(entry))
    return ExplicitFile(tuple(packages), platform)


def _digests(digest: str | None, line: str) -> tuple[str | None, str | None]:
    if digest is None:
        return None, None
    digest = digest.strip()
    if re.fullmatch(_MD5, digest) is not None:
        return digest, None
    sha256 = re.fullmatch(_SHA256, digest)
    if sha256 is None:
        raise _fault(line, "has a digest that is neither MD5 nor SHA-256 in lower-case hexadecimal digits")
    return None, sha256[1]


def _fault(line: str, fault: str) -> InvalidExplicitLine:
    text = shown(line.strip())
    return InvalidExplicitLine(f"the line `{text}` {fault}", text=text)
