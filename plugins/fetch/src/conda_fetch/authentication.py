"""Chooses the credentials that a request is made with."""

from __future__ import annotations

import re
import threading
from functools import partial
from urllib.parse import unquote

from conda_fetch.auth_rules import auth_rules, handler_for
from conda_fetch.settings import ADD_STORED_TOKENS
from conda_kernel.channels import channel_settings
from conda_kernel.errors import PluginNotFound
from conda_kernel.hookspecs import AUTH_HANDLERS
from conda_kernel.model.channel import Channel
from conda_kernel.model.channel_url import split_url
from conda_kernel.model.credentials import Basic, PathToken
from conda_kernel.model.errors import CondaError
from conda_kernel.model.event import Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.secret import Secret
from conda_kernel.settings import CHANNEL_SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel_url import ChannelUrl
    from conda_kernel.model.credentials import Credential

STORED_TOKEN = "token"  # noqa: S105 - the name of a handler
LOGIN_FILE = "netrc"
USUAL_HANDLERS = {"http": (STORED_TOKEN, LOGIN_FILE), "https": (STORED_TOKEN, LOGIN_FILE), "ftp": (LOGIN_FILE,)}
"""Who is asked for the credentials of a channel that brings none, by scheme, in this order."""


class Addressed(NamedTuple):
    """A URL without credentials, and the credentials to show there."""

    url: str
    credentials: tuple[Credential, ...] = ()


class Authentication:
    """Finds the credentials of requests; every channel's are looked for once.

    The handler that `channel_settings` names for a channel decides alone. Without one, what stands in the URL counts,
    else the first of the usual handlers that knows something. Whatever is found is for that URL's scheme and host.
    """

    def __init__(self, kernel: Kernel) -> None:
        context = kernel.context
        self._settings = channel_settings(context)
        entries = context[CHANNEL_SETTINGS]
        self._rules = auth_rules(entries, self._settings)
        self._uses_stored_tokens = context[ADD_STORED_TOKENS]
        self._installed = partial(kernel.index.named, AUTH_HANDLERS.group)
        self._handler = partial(kernel.driver, AUTH_HANDLERS)
        self._tell = kernel.reporter.tell
        self._known: dict[tuple[object, ...], tuple[Credential, ...]] = {}
        self._folders: dict[str, tuple[Credential, ...]] = {}
        self._asking = threading.Lock()

    def addressed(self, url: str, access: Secret | None) -> Addressed:
        """Return where to ask for a URL, and what to show there; `access` is the same URL with credentials in it.

        Raises `CondaError` when the handler that is named is not there, or fails.
        """
        folder = url.rpartition("/")[0]
        if access is None and folder in self._folders:
            return Addressed(url, self._folders[folder])
        text = access.reveal() if access is not None else url
        given, plain = split_url(text), split_url(url)
        is_plain = access is None and plain.user is None and plain.token is None and len(given.parts) > 1
        if plain.user is not None or plain.token is not None:
            url = plain.public
        channel = Channel.parse(_folder(text) if given.parts else text, self._settings)
        key = (channel.base_url, given.scheme, given.host, given.user, given.password, given.token, given.token_place)
        with self._asking:
            if key not in self._known:
                self._known[key] = self._found(url, given, channel)
            if is_plain and not set("?#%@") & set(url) and not url.endswith("/"):
                # Thousands of files may lie in one folder.
                self._folders[folder] = self._known[key]
            return Addressed(url, self._known[key])

    def _found(self, url: str, given: ChannelUrl, channel: Channel) -> tuple[Credential, ...]:
        name = handler_for(given, self._rules)
        if name is not None:
            return self._of_named(name, channel, url)
        own = _of_url(given)
        if own:
            return own
        for usual in USUAL_HANDLERS.get(given.scheme, ()):
            if usual == STORED_TOKEN and not self._uses_stored_tokens:
                continue
            if self._installed(usual):
                found = self._of_usual(usual, channel, url)
                if found is not None:
                    return (found,)
        return ()

    def _of_named(self, name: str, channel: Channel, url: str) -> tuple[Credential, ...]:
        try:
            handler = self._handler(name)
        except PluginNotFound as error:
            raise PluginNotFound(
                f"`channel_settings` wants `auth: {name}` for the channel `{channel.name}`: {error}",
                hint=error.hint or "without it nothing is asked of this channel; correct the name, or install it",
                **error.fields,
            ) from None
        found = handler.credentials(channel, url)
        if found is None:
            told = f"`{name}`, which `channel_settings` names, knows no credentials for the channel `{channel.name}`"
            self._tell(Warned(told, "it is asked for without any"))
            return ()
        return (found,)

    def _of_usual(self, name: str, channel: Channel, url: str) -> Credential | None:
        try:
            return self._handler(name).credentials(channel, url)
        except CondaError as error:
            self._tell(Warned(f"{error}; the channel `{channel.name}` is asked for without it", error.hint))
            return None


def _folder(url: str) -> str:
    """Return the URL of the folder that a file lies in, which is a channel's or that of one of its subdirs."""
    return re.split("[?#]", url, maxsplit=1)[0].rstrip("/").rpartition("/")[0]


def _of_url(given: ChannelUrl) -> tuple[Credential, ...]:
    found: list[Credential] = []
    if given.user is not None:
        password = given.password.reveal() if given.password is not None else ""
        found.append(Basic(Secret(unquote(given.user.reveal())), Secret(unquote(password))))
    if given.token is not None:
        found.append(PathToken(given.token, given.token_place))
    return tuple(found)
