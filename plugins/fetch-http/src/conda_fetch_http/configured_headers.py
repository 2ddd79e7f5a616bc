"""The headers that the settings have sent to a host, or to a part of it."""

from __future__ import annotations

import re

from conda_fetch_http.settings import REQUEST_HEADERS_SETTING
from conda_kernel.model.credentials import Header
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context

_PORT = r":\d+$"


def configured_headers(host: str, folder: str, context: Context) -> tuple[Header, ...]:
    """Return the headers of every place in `request_headers` that the folder lies in, those of the widest first."""
    fitting = [place for place in context[REQUEST_HEADERS_SETTING] if _covers(place, host, folder)]
    lines = [line for place in sorted(fitting, key=len) for line in context[REQUEST_HEADERS_SETTING][place]]
    return tuple(_header(line) for line in lines)


def _covers(place: str, host: str, folder: str) -> bool:
    """Tell whether a folder lies in a place; a place without a port is that host on any port."""
    wanted, _, path = place.partition("/")
    own = host if re.search(_PORT, wanted) else re.sub(_PORT, "", host)
    below = f"/{path.strip('/')}/" if path.strip("/") else "/"
    return wanted.lower() == own.lower() and f"{folder.rstrip('/')}/".startswith(below)


def _header(line: str) -> Header:
    name, _, value = line.partition(":")
    return Header(name.strip(), Secret(value.strip()))
