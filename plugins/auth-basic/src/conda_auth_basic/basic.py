"""The login that stands in the URL of a channel."""

from __future__ import annotations

from urllib.parse import unquote

from conda_kernel.model.credentials import Basic
from conda_kernel.model.secret import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel


class BasicAuth:
    """Shows user name and password out of the channel's URL (RFC 7617), and no token."""

    def __init__(self, kernel: Kernel) -> None:
        """Begin; there are no settings."""

    def credentials(self, channel: Channel, url: str) -> Basic | None:
        """Return the login of the channel; `None` when its URL has none."""
        if channel.user is None:
            return None
        password = channel.password.reveal() if channel.password is not None else ""
        return Basic(Secret(unquote(channel.user.reveal())), Secret(unquote(password)))
