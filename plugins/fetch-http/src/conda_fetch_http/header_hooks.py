"""Asks whoever has headers to send along.

As a rule that is this distribution alone, and its own functions are called as they are: pluggy, and what it reads
signatures with, would take a twentieth of a command that has nothing to download.
"""

from __future__ import annotations

from conda_fetch_http.configured_headers import configured_headers
from conda_fetch_http.identity import user_agent_header
from conda_kernel.hookspecs import REQUEST_HEADERS, SESSION_HEADERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.credentials import Header

    Answers = Iterable[tuple[Header, ...] | None]


def asks_for_host(kernel: Kernel) -> Callable[[str], Answers]:
    """Return the function that asks for the headers of a host."""
    if _declared(kernel, SESSION_HEADERS.group) == [_target(user_agent_header)]:
        return lambda _: [user_agent_header()]
    return lambda host: kernel.call(SESSION_HEADERS, host=host)


def asks_for_folder(kernel: Kernel) -> Callable[[str, str], Answers]:
    """Return the function that asks for the headers of a folder of a host."""
    context = kernel.context
    if _declared(kernel, REQUEST_HEADERS.group) == [_target(configured_headers)]:
        return lambda host, folder: [configured_headers(host, folder, context)]
    return lambda host, folder: kernel.call(REQUEST_HEADERS, host=host, folder=folder, context=context)


def _declared(kernel: Kernel, group: str) -> list[str]:
    return [plugin.target for plugin in kernel.index.group(group)]


def _target(function: Callable[..., object]) -> str:
    return f"{function.__module__}:{function.__qualname__}"
