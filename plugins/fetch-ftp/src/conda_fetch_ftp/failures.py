"""What went wrong on the way to an FTP server, in words; what the server said is not among them."""

from __future__ import annotations

import ftplib
import os
import socket
from urllib.parse import urlsplit

from conda_kernel.errors import FetchError
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

_NO_NETWORK = "check the connection to the network; `--offline` uses what is in the cache"


def connection_failure(error: Exception, url: str, *, during_transfer: bool = False) -> FetchError:
    """Return the error for what was raised; its fields `reason` and `temporary` tell a program what it was."""
    host = printable(urlsplit(url).hostname or url)
    shown = _shown(url)
    if isinstance(error, socket.gaierror):
        told = f"the host `{host}` of `{shown}` is not known"
        hint = f"check the name of the channel and its host; {_NO_NETWORK}"
        return _failure(url, "name resolution", told, hint, temporary=error.errno == socket.EAI_AGAIN)
    if isinstance(error, ConnectionRefusedError):
        told = f"the host `{host}` refuses connections for `{shown}`"
        return _failure(url, "refused", told, f"check host and port; {_NO_NETWORK}", temporary=True)
    if isinstance(error, TimeoutError):
        hint = "`remote_connect_timeout_secs` and `remote_read_timeout_secs` say how long to wait"
        return _failure(url, "timeout", f"the host `{host}` was silent for too long", hint, temporary=True)
    if during_transfer:
        told = f"the connection broke off in the middle of `{shown}`"
        return _failure(url, "truncated", told, _NO_NETWORK, temporary=True)
    if isinstance(error, (OSError, EOFError)):
        number = getattr(error, "errno", None)
        why = f": {os.strerror(number).lower()}" if number else ""
        told = f"the connection to `{host}` for `{shown}` broke{why}"
        return _failure(url, "connection", told, _NO_NETWORK, temporary=True)
    code = str(error)[:3]
    told = f"the server `{host}` does not hand out `{shown}`"
    if isinstance(error, ftplib.Error) and code.isdecimal():
        return _failure(url, "reply", f"{told} (reply {code})", "", temporary=code.startswith("4"))
    return _failure(url, "reply", f"{told}: what it says is no FTP", "check host and port")


def no_ftp_url(url: str) -> FetchError:
    """Return the error for a URL that names no file of an FTP server."""
    return _failure(url, "url", f"`{_shown(url)}` names no file that can be asked for by FTP", "")


def unsupported_credential(url: str) -> FetchError:
    """Return the error for a credential that FTP has no place for."""
    return _failure(
        url,
        "credentials",
        f"`{_shown(url)}` is reached by FTP, which knows no tokens, headers or certificates",
        "name an `auth` in `channel_settings` that knows user name and password",
    )


def _failure(url: str, reason: str, told: str, hint: str, *, temporary: bool = False) -> FetchError:
    return FetchError(told, hint=hint, url=_shown(url), reason=reason, temporary=temporary)


def _shown(url: str) -> str:
    return mask_secrets(printable(url))
