"""The headers that plugins have sent to a host."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from conda_kernel.model.event import Warned
from conda_kernel.model.paths import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conda_kernel.model.credentials import Header
    from conda_kernel.model.event import Event

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

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[ \t]*[!-~\x80-\xff])*)?")


class HostHeaders:
    """Asks the plugins once for every host."""

    def __init__(
        self, ask: Callable[[str], Iterable[tuple[Header, ...] | None]], tell: Callable[[Event], None]
    ) -> None:
        self._ask = ask
        self._tell = tell
        self._known: dict[str, Mapping[str, str]] = {}
        self._asking = threading.Lock()

    def of(self, host: str) -> Mapping[str, str]:
        """Return the headers for a host, with its port if it has one; later plugins count before earlier ones."""
        with self._asking:
            if host not in self._known:
                self._known[host] = self._found(host)
            return self._known[host]

    def _found(self, host: str) -> Mapping[str, str]:
        found = {}
        for header in (header for headers in self._ask(host) for header in headers or ()):
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
    return is_free and _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None
