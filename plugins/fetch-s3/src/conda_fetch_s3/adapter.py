"""Reads `s3:` URLs with boto3: `s3://BUCKET/KEY`."""

from __future__ import annotations

import threading
import warnings
from urllib.parse import unquote, urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from conda_fetch_s3.failures import connection_failure, no_object_url, unsupported_credential
from conda_fetch_s3.verification import verification
from conda_kernel.model.credentials import Basic
from conda_kernel.model.event import Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.settings import CONNECT_TIMEOUT, FETCH_THREADS, PROXY_SERVERS, READ_TIMEOUT, SSL_VERIFY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Any, Self

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.fetching import AdapterRequest

CHUNK = 1 << 17
"""Bytes that are handed on at once, at most."""

FAILURES = (BotoCoreError, HTTPClientError, OSError, ValueError)


class Place(NamedTuple):
    """What a URL names."""

    bucket: str
    key: str


class S3Adapter:
    """Answers for objects: the status that the service gives, 200 and 206 among them.

    Credentials, region and endpoint come from where the AWS tools look for them; a login in the URL is an access key
    and its secret. Where there are none, requests are not signed, which is how public buckets are read.
    """

    def __init__(self, kernel: Kernel) -> None:
        context = kernel.context
        self._verify = verification(context[SSL_VERIFY], context.environ)
        proxies = context[PROXY_SERVERS]
        self._config = Config(
            connect_timeout=context[CONNECT_TIMEOUT],
            read_timeout=context[READ_TIMEOUT],
            # The engine tries again, and tells so.
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=max(10, context[FETCH_THREADS]),
            proxies={scheme: proxies[scheme] for scheme in ("http", "https") if scheme in proxies} or None,
        )
        self._clients: dict[tuple[str, str] | None, Any] = {}
        self._making = threading.Lock()
        self._tell = kernel.reporter.tell

    def open(self, request: AdapterRequest) -> S3Response:
        """Return the object of a URL; raise `FetchError` when the service does not answer."""
        place = _place(request.url)
        asked: dict[str, Any] = {"Bucket": place.bucket, "Key": place.key}
        if request.offset:
            asked["Range"] = f"bytes={request.offset}-"
        if request.headers.get("if-none-match"):
            asked["IfNoneMatch"] = request.headers["if-none-match"]
        login = _login(request)
        try:
            answer = self._client(login).get_object(**asked)
        except ClientError as error:
            found = error.response.get("ResponseMetadata", {})
            status = found.get("HTTPStatusCode")
            if isinstance(status, int) and status >= 300:
                return S3Response(request.url, None, status, _headers(found))
            failure = connection_failure(error, request.url)
        except FAILURES as error:
            failure = connection_failure(error, request.url)
        else:
            found = answer["ResponseMetadata"]
            return S3Response(request.url, answer["Body"], found["HTTPStatusCode"], _headers(found))
        # Raised out here, so that no exception of the library hangs on to it.
        raise failure

    def _client(self, login: tuple[str, str] | None) -> Any:  # noqa: ANN401 - the library makes its classes as it goes
        with self._making:
            if self._verify is False and not self._clients:
                self._warn()
            if login not in self._clients:
                session = boto3.session.Session()
                keys = {"aws_access_key_id": login[0], "aws_secret_access_key": login[1]} if login else {}
                is_known = login is not None or session.get_credentials() is not None
                config = self._config if is_known else self._config.merge(Config(signature_version=UNSIGNED))
                self._clients[login] = session.client("s3", config=config, verify=self._verify, **keys)
            return self._clients[login]

    def _warn(self) -> None:
        # The library would say it of every host.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
        self._tell(
            Warned("the certificate of the S3 service is not verified", hint="`ssl_verify` is false, or `-k` was given")
        )


class S3Response:
    """An object, or the news that there is none; closed at the end of its `with` block."""

    def __init__(self, url: str, body: Any, status: int, headers: Mapping[str, str]) -> None:  # noqa: ANN401 - as above
        self.status = status
        self.headers = headers
        self._url = url
        self._body = body

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._body is not None:
            self._body.close()

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the object; raise `FetchError` when they break off."""
        while self._body is not None:
            try:
                chunk: bytes = self._body.read(CHUNK)
            except FAILURES as error:
                failure = connection_failure(error, self._url, during_transfer=True)
            else:
                if not chunk:
                    return
                yield chunk
                continue
            raise failure


def _place(url: str) -> Place:
    parts = urlsplit(url)
    key = unquote(parts.path.removeprefix("/"))
    if not parts.netloc or not key or any(ord(letter) < 32 for letter in key):
        raise no_object_url(url)
    return Place(parts.netloc, key)


def _login(request: AdapterRequest) -> tuple[str, str] | None:
    login = None
    for credential in request.credentials:
        if not isinstance(credential, Basic):
            raise unsupported_credential(request.url)
        login = credential.user.reveal(), credential.password.reveal()
    return login


def _headers(metadata: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in metadata.get("HTTPHeaders", {}).items()}
