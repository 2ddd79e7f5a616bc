"""Tokens in the path of a URL: `/t/TOKEN/`."""

from __future__ import annotations

from conda_auth_token.stored_tokens import token_for
from conda_kernel.model.credentials import PathToken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel


class TokenAuth:
    """Puts into the path the token of the channel's own URL, else the one that is stored for its server."""

    def __init__(self, kernel: Kernel) -> None:
        self._environ = kernel.context.environ

    def credentials(self, channel: Channel, url: str) -> PathToken | None:
        """Return the token and its place; `None` when there is none."""
        if channel.token is not None:
            return PathToken(channel.token, channel.token_place)
        found = token_for(url, self._environ)
        return PathToken(*found) if found is not None else None
