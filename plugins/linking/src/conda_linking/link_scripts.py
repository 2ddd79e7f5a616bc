"""Runs the scripts that packages bring for the moments when they are linked and unlinked (CEP 34)."""

from __future__ import annotations

import os
import shutil

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_linking.faults import LinkScriptFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.model.record import PackageRecord

PRE_LINK, POST_LINK, PRE_UNLINK = "pre-link", "post-link", "pre-unlink"

MESSAGES = ".messages.txt"
"""Where scripts leave a text for the user, in the prefix; it is shown and removed."""

_LONGEST_MESSAGE = 100_000


# A post-link script is read by a shell in which the environment is active.
_SOURCED = """\
for hook in "$PREFIX"/etc/conda/activate.d/*.sh; do
    if [ -f "$hook" ]; then . "$hook"; fi
done
. "$1"
"""


class Surroundings(NamedTuple):
    """What scripts find around them."""

    prefix: str
    root_prefix: str
    environ: Mapping[str, str]
    windows: bool = False


def script_path(record: PackageRecord, action: str, *, windows: bool = False) -> str:
    """Return where the script of a package for an action is, relative to the prefix."""
    return f"Scripts/.{record.name}-{action}.bat" if windows else f"bin/.{record.name}-{action}.sh"


def run(record: PackageRecord, action: str, around: Surroundings, source: str = "") -> str:
    """Run a script and return what it has to say to the user.

    `source` is the folder of the extracted package, where a pre-link script is found. Raises `LinkScriptFailed`.
    """
    import subprocess  # noqa: PLC0415 - few packages have scripts

    script = os.path.join(source or around.prefix, script_path(record, action, windows=around.windows))
    folder = os.path.dirname(script)
    try:
        ended = subprocess.run(  # noqa: S603 - running scripts of packages is what this is for
            _command(action, around, script),
            cwd=folder,
            env=_variables(record, around, folder, source),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise _failed(record, action, script, -1, f"it cannot be run: {error.strerror}", "") from error
    message = _taken_message(around.prefix)
    if ended.returncode:
        output = printable(ended.stdout.decode("utf-8", "replace"), lines=True).strip()
        raise _failed(record, action, script, ended.returncode, output, message)
    return message


def _command(action: str, around: Surroundings, script: str) -> list[str]:
    if around.windows:
        return [around.environ.get("COMSPEC", "cmd.exe"), "/d", "/c", script]
    shell = shutil.which("bash", path=around.environ.get("PATH") or os.defpath) or "/bin/sh"
    if action == POST_LINK:
        return [shell, "-c", _SOURCED, action, script]
    return [shell, script]


def _variables(record: PackageRecord, around: Surroundings, folder: str, source: str) -> dict[str, str]:
    path = around.environ.get("PATH") or os.defpath
    own = os.path.join(around.prefix, "Scripts" if around.windows else "bin")
    return {
        **around.environ,
        "PREFIX": around.prefix,
        "ROOT_PREFIX": around.root_prefix,
        "CONDA_PREFIX": around.prefix,
        "SOURCE_DIR": source or around.prefix,
        "PKG_NAME": record.name,
        "PKG_VERSION": record.version,
        "PKG_BUILDNUM": str(record.build_number),
        "PATH": os.pathsep.join(dict.fromkeys([folder, own, path])),
    }


def _taken_message(prefix: str) -> str:
    """Return what a script has left for the user, and remove it."""
    path = os.path.join(prefix, MESSAGES)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        text = file.read(_LONGEST_MESSAGE).decode("utf-8", "replace")
    os.unlink(path)
    return printable(text, lines=True).strip()


def _failed(  # noqa: PLR0913 - all that is known of it
    record: PackageRecord, action: str, script: str, status: int, output: str, message: str
) -> LinkScriptFailed:
    told = "\n".join(text for text in (message, output) if text)
    return LinkScriptFailed(
        f"the {action} script of {record.dist_name} failed with status {status}" + (f":\n{told}" if told else ""),
        hint="what the script itself has done is not undone",
        package=record.dist_name,
        script=script,
        return_code=status,
        output=output,
        messages=message,
    )
