"""Names the platforms that packages are built for (the subdirs of a channel)."""

from __future__ import annotations

import os
import re
import sys

KNOWN_SUBDIRS: frozenset[str] = frozenset(
    (
        "noarch",
        "emscripten-wasm32",
        "wasi-wasm32",
        "freebsd-64",
        "linux-32",
        "linux-64",
        "linux-aarch64",
        "linux-armv6l",
        "linux-armv7l",
        "linux-ppc64",
        "linux-ppc64le",
        "linux-riscv64",
        "linux-s390x",
        "osx-64",
        "osx-arm64",
        "win-32",
        "win-64",
        "win-arm64",
        "zos-z",
    )
)

_SYSTEMS = {"linux": "linux", "darwin": "osx", "win32": "win", "cygwin": "win", "zos": "zos", "wasi": "wasi"}
_X86 = frozenset(("x86_64", "amd64", "x64"))
_X86_32 = frozenset(("i386", "i486", "i586", "i686", "x86"))
_SUBDIR = r"noarch|[a-z0-9]+-[a-z0-9]+"


def host_subdir(system: str = "", machine: str = "", pointer_bits: int = 0) -> str:
    """Return the subdir of a machine, by default of this one.

    `system` is `sys.platform`, `machine` what `os.uname().machine` or `PROCESSOR_ARCHITECTURE` says, in any case;
    `pointer_bits` is 32 for a 32-bit interpreter, which needs 32-bit packages whatever the kernel runs.
    A machine nobody builds for keeps its own name: `linux-loongarch64`.
    """
    system = system or sys.platform
    machine = machine or _this_machine()
    pointer_bits = pointer_bits or (64 if sys.maxsize > 2**32 else 32)
    system = system.lower()
    machine = machine.lower()
    if system == "emscripten":
        return "emscripten-wasm32"
    if system.startswith("freebsd"):
        family = "freebsd"
    elif system.startswith("linux"):
        family = "linux"
    else:
        family = _SYSTEMS.get(system, re.sub(r"[^a-z0-9]", "", system) or "unknown")
    return f"{family}-{_architecture(family, machine, pointer_bits)}"


def is_noarch(subdir: str) -> bool:
    """Tell whether packages of the subdir fit every platform."""
    return subdir == "noarch"


def is_windows(subdir: str) -> bool:
    """Tell whether packages of the subdir are made for Windows."""
    return subdir.startswith("win-")


def is_subdir_name(text: str) -> bool:
    """Tell whether the text has the form of a subdir (CEP 26), known or not."""
    return len(text) <= 32 and re.fullmatch(_SUBDIR, text) is not None


def _this_machine() -> str:
    if hasattr(os, "uname"):
        return os.uname().machine
    return os.environ.get("PROCESSOR_ARCHITEW6432") or os.environ.get("PROCESSOR_ARCHITECTURE", "")


def _architecture(family: str, machine: str, pointer_bits: int) -> str:
    if machine in _X86:
        return "64" if pointer_bits == 64 else "32"
    if machine in _X86_32:
        return "32"
    if machine in ("arm64", "aarch64"):
        if pointer_bits == 32 and family == "linux":
            return "armv7l"
        return "aarch64" if family == "linux" else "arm64"
    if family == "wasi":
        return "wasm32"
    if family == "zos":
        return "z"
    return re.sub(r"[^a-z0-9]", "", machine) or "unknown"
