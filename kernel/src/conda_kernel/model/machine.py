"""Virtual packages: what a machine is, in the form of records that packages may depend on (CEP 30, CEP 46)."""

from __future__ import annotations

import re

from conda_kernel.model.named_tuple import NamedTuple

KERNEL_VERSION = r"[0-9]+\.[0-9]+(?:\.[0-9]+)?(?:\.[0-9]+)?"
DECIMAL_VERSION = r"[0-9]+(?:\.[0-9]+)*"
WORD = r"[A-Za-z0-9_.]+"

TARGETS = {"__glibc": "linux-", "__linux": "linux-", "__osx": "osx-", "__win": "win-"}
"""The beginning of the subdirs for which the package can exist; others exist for every target."""

NOT_OVERRIDDEN = frozenset({"__unix", "__conda"})

COMPANIONS = {"__cuda_arch": "__cuda"}
"""Virtual packages that are there only with another one (CEP 46)."""


class Detected(NamedTuple):
    """What a detector found: the version and the build string of its virtual package."""

    version: str = "0"
    build: str = "0"


class VirtualPackage(NamedTuple):
    """A virtual package of a machine; it has what a match spec asks of a record."""

    name: str
    version: str = "0"
    build: str = "0"
    build_number: int = 0
    subdir: str = "noarch"
    channel: str = "@"
    url: str = ""
    file_name: str = ""
    md5: str | None = None
    sha256: str | None = None
    license: str | None = None
    license_family: str | None = None
    track_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}={self.version}={self.build}"


def applies(name: str, subdir: str) -> bool:
    """Tell whether a virtual package can exist for a target; those of another platform take no override either."""
    if name == "__unix":
        return not subdir.startswith(("win-", "noarch"))
    return subdir.startswith(TARGETS.get(name, ""))


def overridden(name: str, text: str) -> VirtualPackage | None:
    """Return the package that an override makes, or `None` when the override hides it.

    A blank text hides the package; `__linux` stays, with version 0. Raises `ValueError` for a text that cannot be
    what the package's override sets.
    """
    value = text.strip()
    if name == "__linux":
        found = re.match(KERNEL_VERSION, value)
        if value and not found:
            raise ValueError("expected a kernel version such as `6.8.0`")
        return VirtualPackage(name, found.group() if found else "0")
    if not value:
        return None
    if name == "__archspec":
        if not re.fullmatch(WORD, value):
            raise ValueError("expected the name of a micro-architecture such as `x86_64_v3`")
        return VirtualPackage(name, "1", value)
    if not re.fullmatch(DECIMAL_VERSION, value):
        raise ValueError("expected a version such as `12.4`")
    return VirtualPackage(name, value)
