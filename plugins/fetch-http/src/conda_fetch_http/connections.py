"""Connections as requests keeps them: found again without asking anew, trusted as the settings say."""

from __future__ import annotations

import ssl

from urllib3.exceptions import HTTPError

from conda_fetch_http.library import requests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from urllib3 import BaseHTTPResponse, Timeout


class Connections(requests.adapters.HTTPAdapter):
    """Connections of one session; most requests go where the last one went.

    Finding out where that is takes a tenth of the time that a small file does. The last pool is never one of those that
    are closed when there are too many.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[object, Any] = (None, None)

    def get_connection_with_tls_context(
        self,
        request: Any,  # noqa: ANN401 - as the library declares it
        verify: Any,  # noqa: ANN401 - as above
        proxies: Any = None,  # noqa: ANN401 - as above
        cert: Any = None,  # noqa: ANN401 - as above
    ) -> Any:  # noqa: ANN401 - as above
        """Return the pool of connections to where a request goes."""
        way = (request.url.split("/", 3)[:3], verify, proxies, cert)
        last, pool = self._last
        if last != way:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._last = (way, pool)
        return pool

    def answer_again(
        self, request: requests.PreparedRequest, timeout: Timeout, *, verify: bool | str, cert: tuple[str, str] | None
    ) -> BaseHTTPResponse | None:
        """Return what the host answers that was asked last; `None` when the request is not for that one, the same way.

        That is what `send` does, but for making sure of what is known and taking apart what has no use for one of
        hundreds of small files. It raises what that raises.
        """
        url = str(request.url)
        way, pool = self._last
        if way != (url.split("/", 3)[:3], verify, {}, cert) or "#" in url:
            return None
        try:
            answer: BaseHTTPResponse = pool.urlopen(
                "GET",
                url[url.index("/", len("https://")) :],
                headers=request.headers,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
                retries=self.max_retries,
                timeout=timeout,
            )
        except HTTPError as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        return answer

    def close(self) -> None:
        """Close all connections; what is asked for later makes new ones."""
        self._last = (None, None)
        super().close()


class SystemTrust(Connections):
    """Connections that trust what the operating system trusts, and nothing that came with a library."""

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
