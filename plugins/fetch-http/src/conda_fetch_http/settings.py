"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.setting import Setting, optional_text

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


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (CLIENT_SSL_CERT, CLIENT_SSL_CERT_KEY)
