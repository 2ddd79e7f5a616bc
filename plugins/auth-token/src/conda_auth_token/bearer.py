"""Tokens in the header `Authorization`: `Bearer TOKEN`."""

from __future__ import annotations

from conda_auth_token.stored_tokens import token_for
from conda_kernel.model.credentials import Bearer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel


class BearerAuth:
    """Sends as a header (RFC 6750) the token of the channel's own URL, else the one that is stored for its server."""

    def __init__(self, kernel: Kernel) -> None:
        self._environ = kernel.context.environ

    def credentials(self, channel: Channel, url: str) -> Bearer | None:
        """Return the token; `None` when there is none."""
        if channel.token is not None:
            return Bearer(channel.token)
        found = token_for(url, self._environ)
        return Bearer(found[0]) if found is not None else None
