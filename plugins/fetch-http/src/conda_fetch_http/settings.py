"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_kernel.setting import Setting, lists, optional_text, united

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CLIENT_SSL_CERT: Setting[str | None] = Setting(
    "client_ssl_cert",
    optional_text,
    default=None,
    aliases=("client_cert",),
    description="the path of the certificate to show to servers, with its key unless `client_ssl_cert_key` has it",
)
CLIENT_SSL_CERT_KEY: Setting[str | None] = Setting(
    "client_ssl_cert_key",
    optional_text,
    default=None,
    aliases=("client_cert_key",),
    description="the path of the key that belongs to `client_ssl_cert`",
)


def _headers_by_place(value: object) -> dict[str, tuple[str, ...]]:
    """Read lists of `NAME: VALUE` by hosts, or parts of them."""
    found = lists(value)
    for place, lines in found.items():
        if "://" in place or not place.partition("/")[0]:
            raise ValueError("expected a host, or a host and a path, like `packages.example.com/channel`")
        if any(not line.partition(":")[1] for line in lines):
            raise ValueError("expected headers as `NAME: VALUE`, in quotes")
    return found


REQUEST_HEADERS_SETTING: Setting[dict[str, tuple[str, ...]]] = Setting(
    "request_headers",
    _headers_by_place,
    default={},
    merge=united,
    description="headers for the requests to a host, or to what lies below a path there; no place for secrets",
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (CLIENT_SSL_CERT, CLIENT_SSL_CERT_KEY, REQUEST_HEADERS_SETTING)
