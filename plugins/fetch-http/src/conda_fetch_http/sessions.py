"""Asks with requests: by way of proxies, with cookies, with certificates of one's own and those of the system."""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict, deque
from urllib.request import Request

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from conda_fetch_http.answer import CHUNK, SHORT, Answer, BrokenOffError
from conda_fetch_http.idle import close_all
from conda_fetch_http.library import requests
from conda_fetch_http.system_trust import SystemTrust
from conda_kernel.model.event import Warned
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3 import BaseHTTPResponse

    from conda_fetch_http.answer import Timeouts
    from conda_fetch_http.direct import DirectAnswer
    from conda_fetch_http.preparation import Prepared
    from conda_fetch_http.verification import Trust
    from conda_kernel.model.credentials import ClientCertificate, Credential
    from conda_kernel.model.event import Event

    Credentials = tuple[Credential, ...]
    Earned = dict[Credentials, list[tuple[str, DirectAnswer]]]
    Idle = deque[requests.Session]

TALKATIVE = ("urllib3.connectionpool", "urllib3.util.retry")
"""The loggers of the library that write URLs into their texts."""


class Sessions:
    """Sessions by the credentials that are shown, each used by one thread at a time.

    Its connections stay open, and the cookies that a login has earned go with that login alone: `earned` has those that
    came by other ways, and gets an entry for whoever earns some here.
    """

    def __init__(self, timeouts: Timeouts, trust: Trust, earned: Earned, tell: Callable[[Event], None]) -> None:
        self._timeout = Timeout(connect=timeouts.connect, read=timeouts.read)
        self._trust = trust
        self._earned = earned
        self._tell = tell
        self._is_warned = trust.verify is not False
        self._idle: defaultdict[Credentials, Idle] = defaultdict(deque)
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(masked)

    def answer(
        self,
        prepared: Prepared,
        credentials: Credentials,
        certificate: ClientCertificate | None,
        proxies: Mapping[str, str],
    ) -> SessionAnswer:
        """Return what the server answers; raises `OSError` or `ValueError` when it does not."""
        idle = self._idle[credentials]
        try:
            session = idle.pop()
        except IndexError:
            session = self._session(credentials)
        try:
            response = self._sent(session, prepared, certificate, proxies)
        except BaseException:
            session.close()
            raise
        if response.cookies:
            session.cookies.update(response.cookies)
            self._earned.setdefault(credentials, [])
        return SessionAnswer(response.raw, session, idle)

    def close(self) -> None:
        """Close the sessions that nobody uses, with their connections."""
        close_all(self._idle.values())

    def _session(self, credentials: Credentials) -> requests.Session:
        session = requests.Session()
        if self._trust.of_system:
            session.mount("https://", SystemTrust())
        for url, answer in self._earned.get(credentials, ()):
            asked = Request(url)  # noqa: S310 - nothing is opened, the jar looks at its host and path
            session.cookies.extract_cookies(answer, asked)  # type: ignore[arg-type] # it is asked for `info` alone
        return session

    def _sent(
        self,
        session: requests.Session,
        prepared: Prepared,
        certificate: ClientCertificate | None,
        proxies: Mapping[str, str],
    ) -> requests.Response:
        """Send a request; what a session does beyond this, looking for settings and redirects, is not wanted."""
        url = prepared.address.url
        if url.startswith("https:"):
            self._warn_once()
        request = requests.Request("GET", url, headers=dict(prepared.headers), cookies=session.cookies or None)
        return session.get_adapter(url).send(
            request.prepare(),
            stream=True,
            timeout=self._timeout,  # type: ignore[arg-type] # not in the stubs
            proxies=proxies,
            verify=self._trust.verify,
            cert=(certificate.certificate, certificate.key or certificate.certificate) if certificate else None,
        )

    def _warn_once(self) -> None:
        if not self._is_warned:
            self._is_warned = True
            # The library would say it of every host.
            warnings.filterwarnings("ignore", "Unverified HTTPS request")
            self._tell(
                Warned("the certificates of servers are not verified", hint="`ssl_verify` is false, or `-k` was given")
            )


class SessionAnswer(Answer):
    """What a session has received."""

    def __init__(self, answer: BaseHTTPResponse, session: requests.Session, idle: Idle) -> None:
        super().__init__(answer.status, {name.lower(): value for name, value in answer.headers.itermerged()})
        self._answer = answer
        self._session = session
        self._idle = idle

    def read(self) -> bytes:
        """Return what has come of the body."""
        try:
            return self._answer.read1(CHUNK, decode_content=False)
        except HTTPError as error:
            raise BrokenOffError from error

    def end(self, *, ends_well: bool) -> None:
        """Let go of the connection; what little may be left of the body is read, so that it can be used again."""
        answer = self._answer
        length = self.headers.get("content-length", "0")
        if ends_well and not answer.closed and length.isdecimal() and int(length[:9]) <= SHORT:
            try:
                answer.read(SHORT, decode_content=False)
            except (HTTPError, OSError, ValueError):
                pass
        answer.close()
        answer.release_conn()
        self._idle.append(self._session)


def masked(line: logging.LogRecord) -> bool:
    """Hide the credentials in what the library logs, whoever may listen."""
    line.msg, line.args = mask_secrets(line.getMessage()), ()
    return True
