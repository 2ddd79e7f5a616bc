"""Logins out of the file `.netrc`."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError
from conda_kernel.model.channel_url import split_url
from conda_kernel.model.credentials import Basic
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel

NAMES = (".netrc", "_netrc")

Logins = dict[str, Basic]


class LoginFileUnusable(CondaError):
    """The file of logins cannot be read; the fields `path` and `line` say where."""


class NetrcAuth:
    """Shows the login that `.netrc`, or the file that `$NETRC` names, has for the host of a URL.

    The entry `default` is not used: it would be shown to every host that a channel sends its users to.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._path = netrc_path(kernel.context.environ)
        self._logins: Logins | None = None

    def credentials(self, channel: Channel, url: str) -> Basic | None:
        """Return the login for the host; an entry with its port counts before one without.

        Raises `LoginFileUnusable`.
        """
        if self._logins is None:
            self._logins = read_logins(self._path) if self._path is not None else {}
        host = split_url(url).host
        name, colon, port = host.rpartition(":")
        return self._logins.get(host) or self._logins.get(name if colon and port.isdecimal() else host)


def netrc_path(environ: Mapping[str, str]) -> str | None:
    """Return where the file is; `None` when there is none."""
    if environ.get("NETRC"):
        return os.path.expanduser(environ["NETRC"])
    home = environ.get("HOME") or environ.get("USERPROFILE")
    paths = [os.path.join(home, name) for name in NAMES] if home else []
    return next((path for path in paths if os.path.exists(path)), None)


def read_logins(path: str) -> Logins:
    """Return the login of each host; raise `LoginFileUnusable`, which tells no word of the file."""
    import netrc  # noqa: PLC0415 - most have no such file

    try:
        hosts = netrc.netrc(path).hosts
    except netrc.NetrcParseError as error:
        failure = LoginFileUnusable(
            f"`{printable(path)}` cannot be understood (line {error.lineno})",
            hint="a line reads `machine HOST login NAME password PASSWORD`",
            path=path,
            line=error.lineno,
        )
    except OSError as error:
        failure = LoginFileUnusable(f"`{printable(path)}` cannot be read: {(error.strerror or '').lower()}", path=path)
    except UnicodeError:
        failure = LoginFileUnusable(f"`{printable(path)}` is no text", path=path)
    else:
        return {
            host.lower(): Basic(Secret(login or ""), Secret(password or ""))
            for host, (login, _, password) in hosts.items()
            if host != "default"
        }
    # Raised out here: the text of the library's error may hold a password.
    raise failure
