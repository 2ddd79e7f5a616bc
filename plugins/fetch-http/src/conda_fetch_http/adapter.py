"""Speaks HTTP: redirects, proxies, certificates, time-outs."""

from __future__ import annotations

from functools import cached_property
from http.client import HTTPException

from conda_fetch_http.answer import MOST_REDIRECTS, Timeouts, TooManyRedirectsError
from conda_fetch_http.direct import DirectConnections
from conda_fetch_http.header_hooks import asks_for_folder, asks_for_host
from conda_fetch_http.plugin_headers import PluginHeaders
from conda_fetch_http.preparation import Preparation
from conda_fetch_http.proxies import chosen_proxies, proxies_for
from conda_fetch_http.settings import CLIENT_SSL_CERT, CLIENT_SSL_CERT_KEY
from conda_fetch_http.verification import shown_certificate, trust
from conda_kernel.settings import CONNECT_TIMEOUT, PROXY_SERVERS, READ_TIMEOUT, SSL_VERIFY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from conda_fetch_http.answer import Answer
    from conda_fetch_http.preparation import Prepared
    from conda_fetch_http.sessions import Credentials, Earned, Sessions
    from conda_kernel.errors import FetchError
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.fetching import AdapterRequest


class HttpAdapter:
    """Answers what servers answer.

    A request that goes straight to its host, without a cookie or a certificate of ours, is made with the standard
    library. All others are made in sessions of requests, which takes longer to import than a file to fetch. What the
    environment of this process says is read from the context; `.netrc` is not read.
    """

    def __init__(self, kernel: Kernel) -> None:
        context = kernel.context
        self._kernel = kernel
        self._timeouts = Timeouts(context[CONNECT_TIMEOUT], context[READ_TIMEOUT])
        self._trust = trust(context[SSL_VERIFY], context.environ)
        self._certificate = shown_certificate(context[CLIENT_SSL_CERT], context[CLIENT_SSL_CERT_KEY])
        self._proxies = chosen_proxies(context[PROXY_SERVERS], context.environ)
        self._preparation = Preparation(
            PluginHeaders(asks_for_host(kernel), asks_for_folder(kernel), kernel.reporter.tell)
        )
        self._earned: Earned = {}
        is_direct = self._trust.is_of_file and self._certificate is None
        self._direct = DirectConnections(self._trust, self._timeouts) if is_direct else None
        kernel.at_end(self.close)

    def open(self, request: AdapterRequest) -> HttpResponse:
        """Return the answer to a request; raise `FetchError` when there is none."""
        try:
            return HttpResponse(self._followed(request), request.url)
        except (OSError, ValueError, HTTPException) as error:
            failure = failure_of(error, request.url)
        # Raised out here, so that no exception of the library, whose text may hold a token, hangs on to it.
        raise failure

    def close(self) -> None:
        """Close the connections that nobody uses."""
        if self._direct is not None:
            self._direct.close()

    @cached_property
    def _sessions(self) -> Sessions:
        from conda_fetch_http.sessions import Sessions  # noqa: PLC0415 - it takes a third of a command that has to ask

        sessions = Sessions(self._timeouts, self._trust, self._earned, self._kernel.reporter.tell)
        self._kernel.at_end(sessions.close)
        return sessions

    def _followed(self, request: AdapterRequest) -> Answer:
        """Return the answer at the end of the redirects; credentials stay with the host that they are for."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.offset:
            headers["range"] = f"bytes={request.offset}-"
        prepared = self._preparation.first(request, headers)
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._answer(prepared, request.credentials)
            target = answer.target
            if target is None or not request.follows_redirects:
                return answer
            answer.end(ends_well=True)
            prepared = self._preparation.of(prepared.address.redirected(target), headers)
        raise TooManyRedirectsError

    def _answer(self, prepared: Prepared, credentials: Credentials) -> Answer:
        address, headers, route = prepared
        proxies = proxies_for(address.url, self._proxies)
        if self._direct is None or route is None or proxies or address.certificate or credentials in self._earned:
            certificate = address.certificate or self._certificate
            return self._sessions.answer(prepared, credentials, certificate, proxies)
        answer = self._direct.answer(route, headers)
        if "set-cookie" in answer.headers:
            self._earned.setdefault(credentials, []).append((address.url, answer))
        return answer


class HttpResponse:
    """A server's answer; at the end of its `with` block the connection is free for the next."""

    def __init__(self, answer: Answer, url: str) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._answer = answer
        self._url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answer.end(ends_well=error is None)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body; raise `FetchError` when it breaks off."""
        while True:
            try:
                piece = self._answer.read()
            except (OSError, ValueError) as error:
                failure = failure_of(error, self._url)
            else:
                if not piece:
                    return
                yield piece
                continue
            raise failure


def failure_of(error: Exception, url: str) -> FetchError:
    """Return the error for what a library raised."""
    from conda_fetch_http.failures import connection_failure  # noqa: PLC0415 - only who fails has to know all libraries

    return connection_failure(error, url)
