"""What went wrong on the way to a server, in words; told apart by the causes that the libraries chain."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPException
from urllib.parse import urlsplit

from conda_fetch_http.answer import MOST_REDIRECTS, BrokenOffError, TooManyRedirectsError
from conda_fetch_http.library import requests
from conda_kernel.errors import FetchError
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_NETWORK = "check the connection to the network; `--offline` uses what is in the cache"
_NO_PROXY = (
    "check the setting `proxy_servers` and the variables `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`"
)
_PROXY_LOGIN = "give the login of the proxy in `proxy_servers` or `HTTPS_PROXY`: `http://USER:PASSWORD@PROXY:PORT`"
_NO_SOCKS = "install `pysocks` where conda is installed, or name another proxy in `proxy_servers`"
_NO_TRUST = (
    "set `ssl_verify` to `truststore`, for the certificates of the system, or to the file of those that your "
    "organisation gives out"
)
_CIRCLE = "tell the owners of the channel, or check whether a proxy or a login page answers in its place"
_NO_URL = "check how the URL of the channel is written; a server may also have redirected to what cannot be fetched"
_SHOW_CERTIFICATE = "set `client_ssl_cert` to the certificate that the server asks for"


def connection_failure(error: Exception, url: str) -> FetchError:
    """Return the error for what a library raised; its fields `reason` and `temporary` tell a program what it was."""
    causes = tuple(_causes(error))
    host = printable(urlsplit(url).hostname or url)
    if _lacks_socks(error):
        told = f"the proxy on the way to `{_shown(url)}` is a SOCKS proxy, and nothing here speaks that"
        return _failure(url, "proxy", told, _NO_SOCKS)
    if _is_of_proxy(error):
        told = f"the proxy on the way to `{_shown(url)}` cannot be used{_why(causes)}"
        return _failure(url, "proxy", told, _PROXY_LOGIN if "407" in _why(causes) else _NO_PROXY)
    if isinstance(error, (requests.exceptions.InvalidHeader, UnicodeEncodeError)):
        told = f"the credentials for `{_shown(url)}` hold a character that cannot be sent"
        return _failure(url, "credentials", told, "look for line breaks and letters beyond ASCII in them")
    for cause in causes:
        if isinstance(cause, socket.gaierror):
            told = f"the host `{host}` of `{_shown(url)}` is not known"
            hint = f"check the name of the channel and its host; {_NO_NETWORK}"
            return _failure(url, "name resolution", told, hint, temporary=cause.errno == socket.EAI_AGAIN)
        if isinstance(cause, ConnectionRefusedError):
            told = f"the host `{host}` refuses connections for `{_shown(url)}`"
            return _failure(url, "refused", told, f"check host and port; {_NO_NETWORK}", temporary=True)
        if isinstance(cause, ssl.SSLError):
            why = _tls(cause)
            hint = _SHOW_CERTIFICATE if "certificate required" in why else _NO_TRUST
            return _failure(url, "tls", f"no secure connection for `{_shown(url)}`: {why}", hint)
    return _by_kind(error, causes, url, host)


def _is_of_proxy(error: Exception) -> bool:
    return isinstance(error, (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL))


def _lacks_socks(error: Exception) -> bool:
    return isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error)


def _by_kind(error: Exception, causes: tuple[BaseException, ...], url: str, host: str) -> FetchError:
    if isinstance(error, requests.exceptions.Timeout) or any(isinstance(cause, TimeoutError) for cause in causes):
        settings = "`remote_connect_timeout_secs` and `remote_read_timeout_secs` say how long to wait"
        return _failure(url, "timeout", f"the host `{host}` was silent for too long", settings, temporary=True)
    if isinstance(error, TooManyRedirectsError):
        return _failure(url, "redirects", f"`{_shown(url)}` is redirected more than {MOST_REDIRECTS} times", _CIRCLE)
    if isinstance(error, ValueError):
        return _failure(url, "url", f"`{_shown(url)}`, or where it leads to, is no URL that can be fetched", _NO_URL)
    if isinstance(error, BrokenOffError):
        told = f"the connection broke off in the middle of `{_shown(url)}`"
        return _failure(url, "truncated", told, _NO_NETWORK, temporary=True)
    if isinstance(error, (requests.exceptions.ConnectionError, HTTPException)) or _is_of_system(error):
        told = f"the connection to `{host}` for `{_shown(url)}` broke{_why(causes)}"
        return _failure(url, "connection", told, _NO_NETWORK, temporary=True)
    return _failure(url, "request", f"`{_shown(url)}` cannot be fetched{_why(causes)}", _NO_NETWORK)


def _is_of_system(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno is not None


def _failure(url: str, reason: str, told: str, hint: str, *, temporary: bool = False) -> FetchError:
    return FetchError(told, hint=hint, url=_shown(url), reason=reason, temporary=temporary)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and what it was made from, outermost first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            inner = [argument for argument in cause.args if isinstance(argument, BaseException)]
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *inner]
            waiting = [other for other in waiting if isinstance(other, BaseException)]


def _why(causes: tuple[BaseException, ...]) -> str:
    """Return what the operating system says, which holds no part of a URL."""
    for cause in causes:
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
            text = cause.strerror or next((argument for argument in cause.args if isinstance(argument, str)), "")
            if text:
                return f": {mask_secrets(printable(text))}"
    return ""


def _tls(error: ssl.SSLError) -> str:
    verification = getattr(error, "verify_message", "")
    return printable(verification or error.reason or str(error)).lower().replace("_", " ").rstrip(".")


def _shown(url: str) -> str:
    return mask_secrets(printable(url))
