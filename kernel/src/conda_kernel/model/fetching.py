"""Downloads as values: what is wanted, how a server answers, what came of it."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conda_kernel.model.credentials import Credential
    from conda_kernel.model.errors import CondaError
    from conda_kernel.model.secret import Secret


class FetchRequest(NamedTuple):
    """A file to bring from `url` to the path `target`, or into memory where that is `None`.

    `url` holds no credentials; `access` is the same URL with them, when there are any. `size` is in bytes, `largest`
    how many a file of unknown size may have, `longest` how many seconds its body may take; digests are lower-case
    hexadecimal. A request with an `etag` or `modified` (an HTTP date) is conditional: the server may answer that
    nothing has changed. `name` is what a progress display shows; `optional` means that a missing file is an answer and
    no error. Where redirects are not followed they are refusals. `is_small` says that it is one of many small files, of
    which more may come at once.
    """

    url: str
    target: str | None
    access: Secret | None = None
    name: str = ""
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    etag: str | None = None
    modified: str | None = None
    optional: bool = False
    largest: int | None = None
    longest: float | None = None
    follows_redirects: bool = True
    is_small: bool = False


class Downloaded(NamedTuple):
    """What came of a request: a file at `path` or its `content`, complete and verified, or an `error`, or neither.

    `unchanged` is true when the server says that the condition's copy is still good; `missing` when an optional file
    is not there. `headers` have lower-case names. `sha256` is what the file has, whether or not it was announced.
    """

    request: FetchRequest
    path: str | None = None
    error: CondaError | None = None
    unchanged: bool = False
    missing: bool = False
    headers: Mapping[str, str] = {}
    sha256: str | None = None
    size: int = 0
    content: bytes | None = None


class AdapterRequest(NamedTuple):
    """One request to a fetch adapter; `offset` asks for the bytes from there, unfollowed redirects are answers.

    `url` holds no credentials: they are values, and for the scheme and host of this URL alone.
    """

    url: str
    offset: int = 0
    headers: Mapping[str, str] = {}
    credentials: tuple[Credential, ...] = ()
    follows_redirects: bool = True


class Response(Protocol):
    """A server's answer, before its body was read."""

    @property
    def status(self) -> int:
        """The status, as HTTP counts."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; their names are in lower case."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it was sent, before any decoding; raise `FetchError` when it breaks off."""
