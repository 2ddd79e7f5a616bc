"""Logins out of the keyring of the operating system."""

from __future__ import annotations

from urllib.parse import unquote

import keyring
from keyring.errors import KeyringError

from conda_kernel.errors import CondaError
from conda_kernel.model.channel_url import split_url
from conda_kernel.model.credentials import Basic
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import Secret, mask_secrets
from conda_kernel.model.typed import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel


class KeyringUnusable(CondaError):
    """The keyring does not answer."""


class Entry(Protocol):
    """What a keyring keeps of a login."""

    @property
    def username(self) -> str:
        """The name of the user."""

    @property
    def password(self) -> str:
        """The password."""


class Store(Protocol):
    """A keyring, as the library `keyring` offers it."""

    def get_password(self, service_name: str, username: str) -> str | None:
        """Return the password of a user."""

    def get_credential(self, service_name: str, username: str | None) -> Entry | None:
        """Return a login of a service."""


class KeyringAuth:
    """Shows the login that the keyring has for the channel's URL, else for its server."""

    def __init__(self, kernel: Kernel, *, store: Store | None = None) -> None:
        self._store = store if store is not None else cast("Store", keyring)

    def credentials(self, channel: Channel, url: str) -> Basic | None:
        """Return the login; `None` when there is none. The user whom the channel's URL names is the one looked for.

        Raises `KeyringUnusable`.
        """
        user = unquote(channel.user.reveal()) if channel.user is not None else None
        try:
            return next(filter(None, (self._login(service, user) for service in services(channel, url))), None)
        except KeyringError as error:
            failure = KeyringUnusable(
                f"the keyring of the system does not answer: {mask_secrets(printable(str(error)))}",
                hint="unlock it, or install one that the library `keyring` can use; `keyring diagnose` tells more",
            )
        # Raised out here, so that no exception of a keyring hangs on to it.
        raise failure

    def _login(self, service: str, user: str | None) -> Basic | None:
        if user is not None:
            password = self._store.get_password(service, user)
            return Basic(Secret(user), Secret(password)) if password is not None else None
        found = self._store.get_credential(service, None)
        return Basic(Secret(found.username), Secret(found.password)) if found is not None else None


def services(channel: Channel, url: str) -> Iterator[str]:
    """Yield the names under which a login may be kept: the channel's URL, that of its server, and its mere host.

    What is kept for a mere host is shown over `https:` alone.
    """
    server = split_url(url)
    if channel.base_url:
        yield channel.base_url
    yield f"{server.scheme}://{server.host}"
    if server.scheme == "https":
        yield server.host
