"""The headers that plugins have sent to a host, or to a folder of it."""

from __future__ import annotations

import re
import threading

from conda_kernel.model.event import Warned
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conda_kernel.model.credentials import Header
    from conda_kernel.model.event import Event

    OfHost = Callable[[str], Iterable[tuple[Header, ...] | None]]
    OfFolder = Callable[[str, str], Iterable[tuple[Header, ...] | None]]

RESERVED = frozenset(
    (
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
    )
)
"""What a request is made of, or what would make it another request."""

RESERVED_BEGINNINGS = ("proxy-", "sec-")

_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_VALUE = r"(?:[!-~\x80-\xff](?:[ \t]*[!-~\x80-\xff])*)?"


class PluginHeaders:
    """Asks the plugins, through two hooks, once for every host and once for every folder of one."""

    def __init__(self, of_host: OfHost, of_folder: OfFolder, tell: Callable[[Event], None]) -> None:
        self._of_host = of_host
        self._of_folder = of_folder
        self._tell = tell
        self._known: dict[tuple[str, ...], Mapping[str, str]] = {}
        self._asking = threading.Lock()

    def of(self, host: str, folder: str) -> Mapping[str, str]:
        """Return the headers for a folder of a host, which has its port if it has one.

        Those for the folder count before those for the host, and later plugins before earlier ones.
        """
        with self._asking:
            if (host, folder) not in self._known:
                if (host,) not in self._known:
                    self._known[host,] = self._allowed(host, self._of_host(host))
                own = self._allowed(host, self._of_folder(host, folder))
                self._known[host, folder] = {**self._known[host,], **own}
            return self._known[host, folder]

    def _allowed(self, host: str, answers: Iterable[tuple[Header, ...] | None]) -> dict[str, str]:
        found = {}
        for header in (header for headers in answers for header in headers or ()):
            name, value = header.name.strip().lower(), header.value.reveal()
            if is_allowed(name, value):
                found[name] = value
            else:
                told = f"a plugin wants the header `{printable(name)}` sent to `{printable(host)}`, which cannot be"
                self._tell(Warned(told, "the request is made without it"))
        return found


def is_allowed(name: str, value: str) -> bool:
    """Tell whether plugins may send a header of this name, which is in lower case, and whether it is well-formed.

    What is well-formed stands in RFC 9110, section 5.
    """
    is_free = name not in RESERVED and not name.startswith(RESERVED_BEGINNINGS)
    return is_free and re.fullmatch(_NAME, name) is not None and re.fullmatch(_VALUE, value) is not None
