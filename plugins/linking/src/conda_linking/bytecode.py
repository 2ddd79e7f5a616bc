"""Has the python of an environment compile the sources of packages that are made for every python."""

from __future__ import annotations

import errno
import os

from conda_kernel.model.manifest import major_minor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

    from conda_linking.layout import Python

FILES_PER_PROCESS = 200

_CANNOT_RUN = frozenset((errno.ENOEXEC, errno.ENOENT, errno.EACCES))

# Runs in any python from 2.7 on; what does not compile is passed over.
_PROGRAM = """\
import py_compile, sys
tag = getattr(getattr(sys, "implementation", None), "cache_tag", None)
if tag in (None, sys.argv[1]):
    with open(sys.argv[2], "rb") as lines:
        for line in lines.read().decode("utf-8").split("\\n"):
            if line:
                source, name, compiled = line.split("\\t")
                try:
                    py_compile.compile(source, compiled, name, True)
                except Exception:
                    pass
"""


def compiled(
    prefix: str, sources: Sequence[str], python: Python, folder: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """Compile sources, given relative to the prefix, and return the bytecode that came of each.

    The bytecode is left in `folder`. Python runs in as many
    processes as there are processors, and writes to `folder` alone: one that outlives this process harms nobody.
    """
    executable = os.path.join(prefix, *python.executable.split("/"))
    if not sources or not os.access(executable, os.X_OK):
        return {}
    os.makedirs(folder, exist_ok=True)
    pairs = [(source, f"{folder}/{number}.pyc") for number, source in enumerate(sources)]
    wanted = min(os.cpu_count() or 1, 1 + len(pairs) // FILES_PER_PROCESS)
    tag = f"cpython-{major_minor(python.version).replace('.', '')}"
    variables = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    running: list[Popen[bytes]] = []
    try:
        for number in range(wanted):
            share = _write_list(prefix, pairs[number::wanted], f"{folder}/list-{number}")
            process = _started([executable, "-Wi", "-E", "-s", "-c", _PROGRAM, tag, share], prefix, variables)
            if process is None:
                break
            running.append(process)
        for process in running:
            process.wait()
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
    return {source: made for source, made in pairs if os.path.isfile(made)}


def _write_list(prefix: str, pairs: Sequence[tuple[str, str]], path: str) -> str:
    lines = [f"{prefix}/{source}\t{prefix}/{source}\t{made}" for source, made in pairs]
    with open(path, "wb") as file:
        file.write(os.fsencode("\n".join(lines)))
    return path


def _started(command: Sequence[str], prefix: str, environ: Mapping[str, str]) -> Popen[bytes] | None:
    """Start a program; `None` when it cannot run here, which leaves the sources uncompiled, as failing does."""
    import subprocess  # noqa: PLC0415 - most changes compile nothing

    try:
        return subprocess.Popen(  # noqa: S603 - the python that is being installed
            command,
            cwd=prefix,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        if error.errno not in _CANNOT_RUN:
            raise
        return None
