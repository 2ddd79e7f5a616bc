"""Remembers the name of this machine's processor from one command to the next.

A file in the user's cache folder has the name, and above it what the name was found for: the version of archspec, and
what the kernel says of the first processor. The file counts only where all of that is the same, byte by byte, so that
it is no harm when a home is shared by machines, or a machine is changed below it. Where the kernel says nothing, as on
macOS and Windows, nothing is remembered.
"""

from __future__ import annotations

import os

import archspec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "processor"
PROCESSORS = "/proc/cpuinfo"
LARGEST_BLOCK = 16_384
"""In bytes; what the kernel says of one processor is a tenth of that."""

LONGEST_NAME = 64
PUNCTUATION = {ord(character): None for character in "._-"}
CHANGING = (b"cpu mhz", b"bogomips")
"""Beginnings of lines that tell of the moment, not of the processor."""

OWN_TABLES = ("ARCHSPEC_CPU_DIR", "ARCHSPEC_EXTENSION_CPU_DIR")
"""Variables with which archspec is given other processors; then every command asks it."""


class Memory:
    """What is remembered of one state of a machine, in one file."""

    def __init__(self, file: str, state: bytes) -> None:
        self._file = file
        self._state = state

    @classmethod
    def of_this_machine(
        cls, cache: str | None, environ: Mapping[str, str], processors: str = PROCESSORS
    ) -> Memory | None:
        """Return the memory of this machine in a cache folder; `None` when there can be none."""
        if cache is None or any(environ.get(name) for name in OWN_TABLES):
            return None
        block = first_processor(processors)
        if not block:
            return None
        return cls(os.path.join(cache, FILE), b"archspec %s\n%s\n\n" % (archspec.__version__.encode(), block))

    def name(self) -> str | None:
        """Return the name that is remembered for this state; `None` for a file that is not ours or not whole."""
        try:
            with open(self._file, "rb", buffering=0) as file:
                if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None
                content = file.read(len(self._state) + LONGEST_NAME + 2) or b""
        except OSError:
            return None
        if not content.startswith(self._state) or not content.endswith(b"\n"):
            return None
        name = content[len(self._state) : -1].decode("ascii", "replace")
        return name if name.translate(PUNCTUATION).isalnum() else None

    def keep(self, name: str) -> None:
        """Replace the file at once; where it cannot be written, nothing is remembered."""
        private = f"{self._file}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self._file), exist_ok=True)
            descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return
        try:
            with open(descriptor, "wb") as file:
                file.write(b"%s%s\n" % (self._state, name.encode()))
            os.replace(private, self._file)
        except OSError:
            os.unlink(private)


def first_processor(file: str) -> bytes:
    """Return the lines on the first processor of a list like `/proc/cpuinfo` that stay the same from call to call.

    Nothing when there is no such list, or when the first block has no end within reason.
    """
    content = b""
    try:
        with open(file, "rb", buffering=0) as opened:
            while b"\n\n" not in content:
                read = opened.read(LARGEST_BLOCK - len(content))
                if not read:
                    return b""
                content += read
    except OSError:
        return b""
    lines = content.partition(b"\n\n")[0].splitlines()
    return b"\n".join(line for line in lines if not line.lower().startswith(CHANGING))
