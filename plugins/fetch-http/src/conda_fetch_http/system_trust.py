"""Connections of requests that trust what the operating system trusts."""

from __future__ import annotations

import ssl

from conda_fetch_http.library import requests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SystemTrust(requests.adapters.HTTPAdapter):
    """Connections of one session that trust nothing that came with a library."""

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:  # noqa: ANN401 - as the library declares it
        """Make the connections of this adapter."""
        super().init_poolmanager(*arguments, ssl_context=system_context(), **keywords)

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:  # noqa: ANN401 - as the library declares it
        """Make the connections by way of a proxy."""
        return super().proxy_manager_for(proxy, ssl_context=system_context(), **keywords)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401 - as the library declares it
        """Leave out the certificates that the library brings."""
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call] # not in the stubs
        conn.ca_certs = None


def system_context() -> ssl.SSLContext:
    """Return a context that asks the operating system."""
    import truststore  # noqa: PLC0415 - it loads the system's own library, for the few who want that

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
