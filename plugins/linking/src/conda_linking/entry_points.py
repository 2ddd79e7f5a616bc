"""Writes the scripts of entry points: commands that call a function of a package for python."""

from __future__ import annotations

import os

from conda_linking.replacement import shebang

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.manifest import EntryPoint
    from conda_linking.layout import Python

MODE = 0o755

_BODY = """\

import sys

from {module} import {first}

if __name__ == "__main__":
    for ending in ("-script.pyw", "-script.py", ".exe"):
        if sys.argv[0].endswith(ending):
            sys.argv[0] = sys.argv[0][: -len(ending)]
            break
    sys.exit({function}())
"""


def entry_point_script(point: EntryPoint, prefix: str, python: Python) -> bytes:
    """Return the script of an entry point; its python is that of the prefix."""
    body = _BODY.format(module=point.module, first=point.function.partition(".")[0], function=point.function)
    program = prefix + ("\\" if python.windows else "/") + python.executable
    if python.windows:
        return b"#!" + os.fsencode(program) + body.encode()
    return shebang(os.fsencode(program), b"", body.encode())
