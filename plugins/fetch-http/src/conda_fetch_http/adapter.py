"""Speaks HTTP with requests: redirects, proxies, certificates, time-outs."""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict, deque

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from conda_fetch_http.connections import Connections, SystemTrust
from conda_fetch_http.failures import connection_failure, redirect_failure
from conda_fetch_http.header_hooks import asks_for_folder, asks_for_host
from conda_fetch_http.library import requests
from conda_fetch_http.plugin_headers import PluginHeaders
from conda_fetch_http.preparation import Preparation
from conda_fetch_http.proxies import chosen_proxies, proxies_for
from conda_fetch_http.settings import CLIENT_SSL_CERT, CLIENT_SSL_CERT_KEY
from conda_fetch_http.verification import shown_certificate, trust
from conda_kernel.model.event import Warned
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.typed import cast
from conda_kernel.settings import CONNECT_TIMEOUT, PROXY_SERVERS, READ_TIMEOUT, SSL_VERIFY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from urllib3 import BaseHTTPResponse

    from conda_fetch_http.preparation import Prepared
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.credentials import Credential
    from conda_kernel.model.fetching import AdapterRequest

CHUNK = 1 << 17
"""Bytes that are handed on at once, at most."""

SHORT = 1 << 14
"""Bytes that cost less to receive than a new connection."""

MOST_REDIRECTS = 10

_OK = 200

TALKATIVE = ("urllib3.connectionpool", "urllib3.util.retry")
"""The loggers of the library that write URLs into their texts."""


class HttpAdapter:
    """Answers what servers answer.

    A session is used by one thread at a time and kept for the next request with the same credentials: its connections
    stay open, and the cookies that a login has earned go with that login alone. What the environment of this process
    says is read from the context; `.netrc` is not read.
    """

    def __init__(self, kernel: Kernel) -> None:
        context = kernel.context
        self._timeout = Timeout(connect=context[CONNECT_TIMEOUT], read=context[READ_TIMEOUT])
        self._trust = trust(context[SSL_VERIFY], context.environ)
        self._certificate = shown_certificate(context[CLIENT_SSL_CERT], context[CLIENT_SSL_CERT_KEY])
        configured = context[PROXY_SERVERS]
        self._proxies = chosen_proxies(configured, context.environ)
        self._preparation = Preparation(
            PluginHeaders(asks_for_host(kernel), asks_for_folder(kernel), kernel.reporter.tell)
        )
        self._idle: defaultdict[tuple[Credential, ...], deque[requests.Session]] = defaultdict(deque)
        self._tell = kernel.reporter.tell
        self._is_warned = self._trust.verify is not False
        kernel.at_end(self.close)
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(masked)

    def open(self, request: AdapterRequest) -> HttpResponse:
        """Return the answer to a request; raise `FetchError` when there is none."""
        idle = self._idle[request.credentials]
        try:
            session = idle.pop()
        except IndexError:
            session = self._session()
        try:
            answer = self._followed(session, request)
        except (requests.RequestException, OSError, ValueError) as error:
            failure = connection_failure(error, request.url)
        else:
            return HttpResponse(answer, request.url, session, idle)
        # Raised out here, so that no exception of the library, whose text may hold a token, hangs on to it.
        session.close()
        raise failure

    def close(self) -> None:
        """Close the sessions that nobody uses, with their connections."""
        # Threads that were abandoned may go on taking and giving back.
        for idle in tuple(self._idle.values()):
            try:
                while True:
                    idle.pop().close()
            except IndexError:
                continue

    def _warn_once(self) -> None:
        if not self._is_warned:
            self._is_warned = True
            # The library would say it of every host.
            warnings.filterwarnings("ignore", "Unverified HTTPS request")
            self._tell(
                Warned("the certificates of servers are not verified", hint="`ssl_verify` is false, or `-k` was given")
            )

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.mount("http://", Connections())
        session.mount("https://", SystemTrust() if self._trust.of_system else Connections())
        return session

    def _followed(self, session: requests.Session, request: AdapterRequest) -> BaseHTTPResponse:
        """Return the answer at the end of the redirects; credentials stay with the host that they are for."""
        headers = dict(request.headers)
        if request.offset:
            headers["Range"] = f"bytes={request.offset}-"
        prepared = self._preparation.first(request, headers, session.cookies)
        for _ in range(MOST_REDIRECTS + 1):
            answer, target = self._answer(session, prepared)
            if target is None or not request.follows_redirects:
                return answer
            close(answer, ends_well=True)
            address = prepared.address.redirected(target, session.should_strip_auth)
            prepared = self._preparation.of(address, headers, session.cookies)
        raise redirect_failure(request.url, MOST_REDIRECTS)

    def _answer(self, session: requests.Session, prepared: Prepared) -> tuple[BaseHTTPResponse, str | None]:
        """Return an answer, and where it redirects to."""
        url, request = prepared.address.url, prepared.request
        if url.startswith("https:"):
            self._warn_once()
        shown = prepared.address.certificate or self._certificate
        certificate = (shown.certificate, shown.key or shown.certificate) if shown is not None else None
        verify, proxies = self._trust.verify, proxies_for(url, self._proxies)
        connections = cast("Connections", session.get_adapter(url))
        answer = None
        if not proxies:
            answer = connections.answer_again(request, self._timeout, verify=verify, cert=certificate)
        if answer is None:
            # What a session does beyond this, looking for settings and redirects, is done here or not wanted.
            response = connections.send(
                request,
                stream=True,
                timeout=self._timeout,  # type: ignore[arg-type] # not in the stubs
                proxies=proxies,
                verify=verify,
                cert=certificate,
            )
        elif answer.status == _OK and "Set-Cookie" not in answer.headers:
            return answer, None
        else:
            response = connections.build_response(request, answer)
        if response.cookies:
            session.cookies.update(response.cookies)
        return response.raw, session.get_redirect_target(response)


class HttpResponse:
    """A server's answer; at the end of its `with` block the session is free for the next."""

    def __init__(
        self, answer: BaseHTTPResponse, url: str, session: requests.Session, idle: deque[requests.Session]
    ) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.headers.itermerged()}
        self._answer = answer
        self._url = url
        self._session = session
        self._idle = idle

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close(self._answer, ends_well=error is None)
        self._idle.append(self._session)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body; raise `FetchError` when it breaks off."""
        while True:
            try:
                # What is there, without waiting for more of it, and as it was sent, whatever it is encoded with.
                piece = self._answer.read1(CHUNK, decode_content=False)
            except (HTTPError, OSError, ValueError) as error:
                failure = connection_failure(error, self._url)
            else:
                if not piece:
                    return
                yield piece
                continue
            raise failure


def close(answer: BaseHTTPResponse, *, ends_well: bool) -> None:
    """Close an answer; read first what little may be left of it, so that its connection can be used again."""
    length = answer.headers.get("Content-Length", "0")
    if ends_well and not answer.closed and length.isdecimal() and int(length[:9]) <= SHORT:
        try:
            answer.read(SHORT, decode_content=False)
        except (HTTPError, OSError, ValueError):
            pass
    answer.close()
    answer.release_conn()


def masked(line: logging.LogRecord) -> bool:
    """Hide the credentials in what the library logs, whoever may listen."""
    line.msg, line.args = mask_secrets(line.getMessage()), ()
    return True
