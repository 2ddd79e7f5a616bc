"""How the package manager presents itself to servers."""

from __future__ import annotations

import platform
import re

from conda_kernel import __version__
from conda_kernel.model.credentials import Header
from conda_kernel.model.secret import Secret

_UNFIT = r"[^A-Za-z0-9.!#$&'*+^_`|~-]+"


def user_agent_header() -> tuple[Header, ...]:
    """Return the header that tells every host who asks."""
    return (Header("user-agent", Secret(user_agent())),)


def user_agent() -> str:
    """Return its value: program, Python, system, its distribution and C library, each with its version."""
    products = [
        ("conda", __version__),
        (platform.python_implementation(), platform.python_version()),
        (platform.system(), platform.release()),
        *_distribution(),
    ]
    library, version = platform.libc_ver()
    if library:
        products.append((library, version))
    return " ".join(f"{_word(name)}/{_word(version)}" for name, version in products)


def _distribution() -> list[tuple[str, str]]:
    if platform.system() == "Darwin":
        return [("OSX", platform.mac_ver()[0])]
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return []
    return [(release.get("ID", "linux"), release.get("VERSION_ID", ""))]


def _word(text: str) -> str:
    return re.sub(_UNFIT, "-", text) or "unknown"
