"""What went wrong on the way to an object, in words; told apart by the exceptions of botocore."""

from __future__ import annotations

from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from conda_kernel.errors import FetchError
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

_NO_NETWORK = "check the connection to the network; `--offline` uses what is in the cache"


def connection_failure(error: Exception, url: str, *, during_transfer: bool = False) -> FetchError:
    """Return the error for what the library raised; its fields `reason` and `temporary` tell a program what it was."""
    shown = _shown(url)
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        hint = "give both `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or a profile in `AWS_PROFILE`"
        return _failure(url, "credentials", f"the AWS credentials for `{shown}` are not complete", hint)
    if isinstance(error, ProxyConnectionError):
        hint = "check the setting `proxy_servers` and the variables `HTTPS_PROXY` and `NO_PROXY`"
        return _failure(url, "proxy", f"the proxy on the way to `{shown}` cannot be used", hint)
    if isinstance(error, SSLError):
        hint = "set `ssl_verify` to the file of the certificates that your organisation gives out"
        return _failure(url, "tls", f"no secure connection for `{shown}`", hint)
    if isinstance(error, (ConnectTimeoutError, ReadTimeoutError, TimeoutError)):
        hint = "`remote_connect_timeout_secs` and `remote_read_timeout_secs` say how long to wait"
        return _failure(url, "timeout", f"the service of `{shown}` was silent for too long", hint, temporary=True)
    if isinstance(error, EndpointConnectionError):
        hint = f"check `AWS_ENDPOINT_URL` and the region, if they are set; {_NO_NETWORK}"
        return _failure(url, "refused", f"the service of `{shown}` cannot be reached", hint, temporary=True)
    if during_transfer:
        told = f"the connection broke off in the middle of `{shown}`"
        return _failure(url, "truncated", told, _NO_NETWORK, temporary=True)
    if isinstance(error, (HTTPClientError, OSError)):
        return _failure(url, "connection", f"the connection for `{shown}` broke", _NO_NETWORK, temporary=True)
    return _failure(url, "request", f"`{shown}` cannot be asked for: {type(error).__name__}", "")


def no_object_url(url: str) -> FetchError:
    """Return the error for a URL that names no object."""
    return _failure(url, "url", f"`{_shown(url)}` names no object of a bucket", "it reads `s3://BUCKET/KEY`")


def unsupported_credential(url: str) -> FetchError:
    """Return the error for a credential that S3 has no place for."""
    return _failure(
        url,
        "credentials",
        f"`{_shown(url)}` is reached by S3, which knows access keys alone",
        "name an `auth` in `channel_settings` that knows user name and password: the access key and its secret",
    )


def _failure(url: str, reason: str, told: str, hint: str, *, temporary: bool = False) -> FetchError:
    return FetchError(told, hint=hint, url=_shown(url), reason=reason, temporary=temporary)


def _shown(url: str) -> str:
    return mask_secrets(printable(url))
