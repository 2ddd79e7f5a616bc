"""Detects `__osx`, the version of macOS (CEP 30)."""

from __future__ import annotations

import os
import sys

from conda_kernel.model.machine import Detected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

FILES = (
    "/System/Library/CoreServices/.SystemVersionPlatform.plist",
    "/System/Library/CoreServices/SystemVersion.plist",
)
"""Where macOS tells its version; the first has it also where old programs are told 10.16 by the second."""

DISGUISE = "10.16"
FIRST_DARWIN = 20
RENUMBERED_DARWIN = 25
"""Kernel 20 is that of macOS 11; kernel 25 is that of macOS 26, and the numbers between are counted on from 11."""


def detect(subdir: str) -> Detected:
    """Return major and minor of this machine's macOS, 0 when another system runs here."""
    del subdir
    if sys.platform == "darwin":
        return Detected(macos_version(FILES, os.uname().release))
    return Detected()


def macos_version(files: Iterable[str], kernel: str) -> str:
    """Return `14.5` out of the first file that tells a version, 0 when none does.

    A version that stands for any new one is replaced by what the release of the kernel says.
    """
    found = next((version for version in map(_told, files) if version), "0")
    return _version_of_kernel(kernel) or found if found == DISGUISE else found


def _told(file: str) -> str | None:
    from plistlib import InvalidFileException, load  # noqa: PLC0415 - on macOS alone
    from xml.parsers.expat import ExpatError  # noqa: PLC0415 - as above

    try:
        with open(file, "rb") as opened:
            content = load(opened)
    except (OSError, ValueError, InvalidFileException, ExpatError):
        return None
    numbers = str(content.get("ProductVersion", "") if isinstance(content, dict) else "").split(".")[:2]
    return ".".join(numbers) if all(number.isdecimal() for number in numbers) else None


def _version_of_kernel(release: str) -> str | None:
    darwin = release.partition(".")[0]
    if not darwin.isdecimal() or int(darwin) < FIRST_DARWIN:
        return None
    major = int(darwin) + 1 if int(darwin) >= RENUMBERED_DARWIN else int(darwin) - FIRST_DARWIN + 11
    return f"{major}.0"
