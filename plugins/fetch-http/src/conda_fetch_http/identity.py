"""How the package manager presents itself to servers."""

from __future__ import annotations

import os
import re
import sys

from conda_kernel import __version__
from conda_kernel.model.credentials import Header
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    Products = list[tuple[str, str]]
    """Names, each with a version."""

_UNFIT = r"[^A-Za-z0-9.!#$&'*+^_`|~-]+"

_RELEASE_FILES = ("/etc/os-release", "/usr/lib/os-release")


def user_agent_header() -> tuple[Header, ...]:
    """Return the header that tells every host who asks."""
    return (Header("user-agent", Secret(user_agent())),)


def user_agent() -> str:
    """Return its value: program, Python, system, its distribution and C library, each with its version."""
    python = {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
    products = [("conda", __version__), (python, sys.version.partition(" ")[0]), *_system()]
    return " ".join(f"{_word(name)}/{_word(version)}" for name, version in products)


def _system() -> Products:
    if sys.platform != "linux":
        import platform  # noqa: PLC0415 - takes 1 ms, a fiftieth of a command that asks a server

        macos = platform.mac_ver()[0]
        return [(platform.system(), platform.release()), *([("OSX", macos)] if macos else [])]
    kernel = os.uname()
    return [(kernel.sysname, kernel.release), *_distribution(), *_library()]


def _distribution() -> Products:
    """Return what a file says of the distribution, as os-release(5) describes it."""
    for path in _RELEASE_FILES:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                pairs = [line.strip().partition("=") for line in file]
        except OSError:
            continue
        told = {key: value.strip("\"'") for key, _, value in pairs}
        return [(told.get("ID", "linux"), told.get("VERSION_ID", ""))]
    return []


def _library() -> Products:
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (OSError, ValueError):
        return []
    return [(name, version)]


def _word(text: str) -> str:
    return re.sub(_UNFIT, "-", text) or "unknown"
