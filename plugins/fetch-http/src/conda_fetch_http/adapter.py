"""Speaks HTTP with requests: redirects, proxies, certificates, time-outs."""

from __future__ import annotations

import warnings
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from conda_fetch_http.failures import connection_failure, redirect_failure
from conda_fetch_http.identity import user_agent
from conda_fetch_http.proxies import environment_proxies, proxies_for
from conda_fetch_http.verification import verification
from conda_kernel.model.event import Warned
from conda_kernel.settings import CONNECT_TIMEOUT, READ_TIMEOUT, SSL_VERIFY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.fetching import AdapterRequest

CHUNK = 1 << 17
"""Bytes that are handed on at once, at most."""

MOST_REDIRECTS = 10


class HttpAdapter:
    """Answers what servers answer.

    A session is used by one thread at a time and kept for the next, with its open connections. What the environment of
    this process says is read from the context; `.netrc` is not read.
    """

    def __init__(self, kernel: Kernel) -> None:
        context = kernel.context
        self._timeouts = (context[CONNECT_TIMEOUT], context[READ_TIMEOUT])
        self._verify = verification(context[SSL_VERIFY], context.environ)
        self._proxies = environment_proxies(context.environ)
        self._headers = {"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "identity"}
        self._idle: deque[requests.Session] = deque()
        self._tell = kernel.reporter.tell
        self._is_warned = self._verify is not False

    def open(self, request: AdapterRequest) -> HttpResponse:
        """Return the answer to a request; raise `FetchError` when there is none."""
        session = self._idle.pop() if self._idle else self._session()
        try:
            response = self._followed(session, request)
        except (requests.RequestException, OSError, ValueError) as error:
            failure = connection_failure(error, request.url)
        else:
            return HttpResponse(response, request.url, session, self._idle)
        # Raised out here, so that no exception of the library, whose text may hold a token, hangs on to it.
        session.close()
        raise failure

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
        session.trust_env = False
        session.headers.clear()
        session.headers.update(self._headers)
        return session

    def _followed(self, session: requests.Session, request: AdapterRequest) -> requests.Response:
        """Return the answer at the end of the redirects; the login stays with the host that it is for."""
        address = Address.of(request.access.reveal() if request.access is not None else request.url)
        headers = dict(request.headers)
        if request.offset:
            headers["Range"] = f"bytes={request.offset}-"
        for _ in range(MOST_REDIRECTS + 1):
            response = self._answer(session, address, headers)
            target = session.get_redirect_target(response)
            if target is None:
                return response
            response.close()
            address = address.redirected(target, session)
        raise redirect_failure(request.url, MOST_REDIRECTS)

    def _answer(self, session: requests.Session, address: Address, headers: Mapping[str, str]) -> requests.Response:
        if address.url.startswith("https:"):
            self._warn_once()
        return session.get(
            address.url,
            headers=headers,
            auth=address.login,
            stream=True,
            allow_redirects=False,
            timeout=self._timeouts,
            proxies=proxies_for(address.url, self._proxies),
            verify=self._verify,
        )


class HttpResponse:
    """A server's answer; at the end of its `with` block the session is free for the next."""

    def __init__(
        self, response: requests.Response, url: str, session: requests.Session, idle: deque[requests.Session]
    ) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._url = url
        self._session = session
        self._idle = idle

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._response.close()
        self._idle.append(self._session)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body; raise `FetchError` when it breaks off."""
        while True:
            try:
                # What is there, without waiting for more of it, and as it was sent, whatever it is encoded with.
                piece = self._response.raw.read1(CHUNK, decode_content=False)
            except (HTTPError, OSError, ValueError) as error:
                failure = connection_failure(error, self._url)
            else:
                if not piece:
                    return
                yield piece
                continue
            raise failure


class Address(NamedTuple):
    """Where a request goes: the URL without a login, and the login; `token` is the path part `/t/…` or empty."""

    url: str
    login: tuple[str, str] | None
    token: str

    def __repr__(self) -> str:
        return "Address(<hidden>)"

    @classmethod
    def of(cls, url: str) -> Address:
        """Take a URL with credentials apart."""
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        name, _, password = user.partition(":")
        _, separator, after = parts.path.partition("/t/")
        token = separator + after.partition("/")[0] if separator else ""
        login = (unquote(name), unquote(password)) if at else None
        return cls(parts._replace(netloc=host).geturl(), login, token)

    def redirected(self, target: str, session: requests.Session) -> Address:
        """Return the address that a redirect leads to; another host gets neither the login nor the token."""
        url = urldefrag(urljoin(self.url, target)).url
        parts = urlsplit(url)
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        if not session.should_strip_auth(self.url, url):  # type: ignore[no-untyped-call] # public, but not in the stubs
            return Address(url, self.login, self.token)
        return Address(url.replace(self.token, "") if len(self.token) > len("/t/") else url, None, "")
