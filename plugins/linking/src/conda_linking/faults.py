"""What goes wrong with a change of an environment, as errors; all but one mean that the environment is as it was."""

from __future__ import annotations

import errno

from conda_kernel.errors import CondaError, LinkFailed
from conda_kernel.model.paths import printable


class PlaceholderTooShort(LinkFailed):
    """A binary file has less room for the prefix than the prefix is long; both lengths are in bytes."""

    conda_name = "PaddingError"


class PathConflict(LinkFailed):
    """Two packages, or a package and a file that is there, want one path."""

    conda_name = "BasicClobberError"


class NotWritable(LinkFailed):
    """A folder of the environment cannot be written to, or the disk has no room."""

    conda_name = "EnvironmentNotWritableError"


class FileAltered(LinkFailed):
    """A file of a package is not as the package lists it."""

    conda_name = "SafetyError"


class LinkScriptFailed(LinkFailed):
    """A link script of a package failed; the fields have its path, status and output."""


class PlanBroken(LinkFailed):
    """A plan contradicts itself, or what is installed."""


class JournalDamaged(CondaError):
    """The journal of an unfinished change cannot be read, so that the change can be neither undone nor completed."""


def not_undone(prefix: str, error: OSError) -> LinkFailed:
    """Return the error for a change that failed and whose undoing failed too."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return LinkFailed(
        f"a change of `{printable(prefix)}` failed and could not be undone: {reason}",
        hint="the next change of the environment undoes it first",
        prefix=prefix,
        errno=error.errno,
    )


def failed(prefix: str, error: OSError) -> LinkFailed:
    """Return the error for a change that a failing system call ended."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    place = error.filename2 or error.filename
    if isinstance(place, bytes):
        place = place.decode("utf-8", "surrogateescape")
    where = f" at `{printable(place)}`" if isinstance(place, str) else ""
    kind = (
        NotWritable
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)
        else LinkFailed
    )
    return kind(
        f"`{printable(prefix)}` was not changed: {reason}{where}",
        prefix=prefix,
        path=place if isinstance(place, str) else "",
        errno=error.errno,
    )
