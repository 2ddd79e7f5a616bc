"""The errors of a download: what was wanted, what went wrong, and what can be done about it.

The field `reason` of a `FetchError` is one word for a program; `temporary` is true when trying again may help.
"""

from __future__ import annotations

import errno
import os

from conda_kernel.errors import ChecksumMismatch, FetchError, HttpError, OfflineError, PluginNotFound
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

BUSY = frozenset({413, 429, 500, 502, 503, 504})
"""The statuses after which a server may answer better a little later."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class NotWritten(FetchError):
    """What is brought cannot be kept, whatever the network does."""

    exit_status = 1
    conda_name = "NotWritableError"


class RangeRefused(FetchError):
    """A server does not go on where a file was broken off."""


def http_failure(url: str, status: int, *, is_identified: bool = False, said: str = "") -> HttpError:
    """Return the error for a status that is no success; advice on it comes from the plugins that know the protocol.

    `is_identified` says that credentials were shown, which is also a field of the error; `said` is what the server said
    about it, in its own words.
    """
    shown = f"`{shown_url(url)}`"
    if status == 401 and is_identified:
        told = f"{shown} does not accept the login or token that it was shown (status 401)"
    elif status == 401:
        told = f"{shown} needs a login (status 401)"
    elif status == 403:
        told = f"access to {shown} is refused (status 403)"
    elif status in (301, 302, 303, 307, 308):
        told = f"{shown} is redirected (status {status}), which is not followed"
    elif status in (404, 410):
        told = f"{shown} is not there (status {status})"
    elif status == 407:
        told = f"the proxy on the way to {shown} needs a login (status 407)"
    elif status == 429:
        told = f"the server of {shown} is asked too often (status 429)"
    elif status >= 500:
        told = f"the server of {shown} has a problem (status {status})"
    else:
        told = f"the server answered {shown} with status {status}"
    return HttpError(
        f"{told}; the server says: {said}" if said else told,
        url=shown_url(url),
        status=status,
        status_code=status,
        reason="status",
        is_identified=is_identified,
        response_details=said,
    )


def offline_refusal(url: str) -> OfflineError:
    """Return the error for a URL that needs the network when there is to be none."""
    return OfflineError(
        f"`{shown_url(url)}` needs the network, which `--offline` rules out",
        hint="run the command once without `--offline`, so that what it needs is in the cache",
        url=shown_url(url),
    )


def no_url(url: str) -> FetchError:
    """Return the error for a text without a scheme."""
    return FetchError(
        f"`{shown_url(url)}` is not a URL",
        hint="a URL begins with a scheme, like `https://` or `file://`",
        url=shown_url(url),
        reason="url",
    )


def unknown_scheme(url: str, error: PluginNotFound) -> PluginNotFound:
    """Return the error for a scheme that no adapter speaks, made of the kernel's, which knows what to install."""
    return PluginNotFound(
        f"`{shown_url(url)}` cannot be fetched: {error}",
        hint=error.hint or "check how the URL begins, or install a distribution that speaks what it begins with",
        **{**error.fields, "url": shown_url(url)},
    )


def truncation(url: str, received: int, announced: int) -> FetchError:
    """Return the error for a body that ended too soon."""
    return FetchError(
        f"the connection broke off after {received} of {announced} bytes of `{shown_url(url)}`",
        hint="try again; what has come so far is kept where it can be",
        url=shown_url(url),
        reason="truncated",
        temporary=True,
    )


def range_refusal(url: str) -> RangeRefused:
    """Return the error for an answer that does not go on where the file ends."""
    return RangeRefused(
        f"the server cannot go on with `{shown_url(url)}` where it was broken off", url=shown_url(url), reason="range"
    )


def cancellation(url: str) -> FetchError:
    """Return the error of a download that nobody waits for any more."""
    return FetchError(f"the download of `{shown_url(url)}` was cancelled", url=shown_url(url), reason="cancelled")


def too_large(url: str, largest: int) -> FetchError:
    """Return the error for a file that has more bytes than anybody wants of it."""
    return FetchError(
        f"`{shown_url(url)}` has more than {largest} bytes, which is not what such a file has",
        hint="check the URL of the channel; something else may answer in its place",
        url=shown_url(url),
        reason="too large",
    )


def too_slow(url: str, longest: float) -> FetchError:
    """Return the error for a body that takes longer than anybody waits for it."""
    return FetchError(
        f"`{shown_url(url)}` takes more than {longest:g} seconds to come", url=shown_url(url), reason="timeout"
    )


def wrong_content(url: str, target: str | None, kind: str, expected: object, actual: object) -> ChecksumMismatch:
    """Return the error for a file that is not the one announced; `kind` is `sha256`, `md5` or `size`."""
    unit = " bytes" if kind == "size" else ""
    return ChecksumMismatch(
        f"`{shown_url(url)}` has the {kind} {actual}{unit} instead of {expected}{unit}",
        hint="the file was damaged on the way or replaced on the server; try again, and if it stays so tell the "
        "owners of the channel",
        url=shown_url(url),
        target_full_path=target,
        checksum_type=kind,
        expected_checksum=expected,
        actual_checksum=actual,
        reason="checksum",
    )


def write_failure(error: OSError, path: str) -> FetchError:
    """Return the error for a file system that refuses to take the file."""
    folder = os.path.dirname(path)
    why = os.strerror(error.errno).lower() if error.errno else str(error)
    reason, hint = "write", f"check `{printable(folder)}` and its disk, or set `pkgs_dirs` to another folder"
    if error.errno in _FULL:
        reason, hint = "no space", "free some space, or set `pkgs_dirs` to a folder on another disk"
    elif error.errno in _FORBIDDEN:
        reason, hint = "permission", f"make `{printable(folder)}` writable, or set `pkgs_dirs` to a folder that is"
    return NotWritten(f"cannot write `{printable(path)}`: {why}", hint=hint, path=path, reason=reason)


def shown_url(url: str) -> str:
    """Return the URL as people may see it."""
    return mask_secrets(printable(url))
