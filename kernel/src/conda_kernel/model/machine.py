"""Virtual packages: what a machine is, in the form of records that packages may depend on (CEP 30, CEP 46)."""

from __future__ import annotations

import re

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNKNOWN = "0"
"""The version of the kernel where that is not known."""
DECIMAL_VERSION = r"[0-9]+(?:\.[0-9]+)*"
WORD = r"[A-Za-z0-9_.]+"

TARGETS = {"__glibc": "linux-", "__linux": "linux-", "__osx": "osx-", "__win": "win-"}
"""The beginning of the subdirs for which the package can exist; others exist for every target."""

OVERRIDE = "CONDA_OVERRIDE_"

NOT_OVERRIDDEN = frozenset({"__unix", "__conda"})

OVERRIDING_SETTINGS = ("CHANNELS", "CHANNELS_ENABLED", "VIRTUAL_PACKAGES")
"""What `CONDA_OVERRIDE_*` variables end with that hold settings."""

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


def leading_numbers(text: str) -> list[str]:
    """Return the numbers, with single dots between them, that a text begins with."""
    numbers = text[: len(text) - len(text.lstrip("0123456789."))].split(".")
    return numbers[: numbers.index("")] if "" in numbers else numbers


def kernel_version(release: str) -> str:
    """Return the two to four numbers that a kernel's release begins with, or 0."""
    numbers = leading_numbers(release)[:4]
    return ".".join(numbers) if len(numbers) > 1 else UNKNOWN


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
        version = kernel_version(value)
        if value and version == UNKNOWN:
            raise ValueError("expected a kernel version such as `6.8.0`")
        return VirtualPackage(name, version)
    if not value:
        return None
    if name == "__archspec":
        if not re.fullmatch(WORD, value):
            raise ValueError("expected the name of a micro-architecture such as `x86_64_v3`")
        return VirtualPackage(name, "1", value)
    if not re.fullmatch(DECIMAL_VERSION, value):
        raise ValueError("expected a version such as `12.4`")
    return VirtualPackage(name, value)


def overridden_packages(
    setting: Mapping[str, str], environ: Mapping[str, str], subdir: str
) -> tuple[dict[str, VirtualPackage | None], list[str]]:
    """Return what overrides make of the packages of a target, `None` where one hides its package, and what is wrong.

    `setting` maps names to texts; the `CONDA_OVERRIDE_*` variables of `environ` count more. An override that cannot be
    is a sentence of the second part, and does not count.
    """
    given = [
        (f"__{name.removeprefix('__')}", text, f"`override_virtual_packages` {name}") for name, text in setting.items()
    ]
    for variable, text in sorted(environ.items()):
        name = variable.removeprefix(OVERRIDE)
        if name not in ("", variable, *OVERRIDING_SETTINGS):
            given.append((f"__{name.lower()}", text, variable))
    packages: dict[str, VirtualPackage | None] = {}
    faults = []
    for name, text, source in given:
        if name not in NOT_OVERRIDDEN and applies(name, subdir):
            try:
                packages[name] = overridden(name, text)
            except ValueError as error:
                faults.append(f"{source} is ignored: `{text}` cannot be an override of `{name}`: {error}")
    return packages, faults


def present_together(found: Iterable[VirtualPackage | None]) -> tuple[VirtualPackage, ...]:
    """Return the packages sorted by name, without those that are there only with another that is not."""
    packages = {package.name: package for package in found if package is not None}
    return tuple(package for name, package in sorted(packages.items()) if COMPANIONS.get(name, name) in packages)
