"""Where a request goes, and the credentials that may go with it."""

from __future__ import annotations

import base64
from urllib.parse import urldefrag, urljoin, urlsplit

from conda_kernel.model.credentials import Basic, Bearer, ClientCertificate, Header, PathToken
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from urllib.parse import SplitResult

    from conda_kernel.model.credentials import Credential

NO_HEADERS: Mapping[str, str] = {}

USUAL_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """A URL with its token and without a login; `headers`, in lower case, and `certificate` are for its host alone.

    `token` is the part `/t/…` of the path, or empty.
    """

    url: str
    headers: Mapping[str, str] = NO_HEADERS
    token: str = ""
    certificate: ClientCertificate | None = None

    def __repr__(self) -> str:
        return "Address(<hidden>)"

    @property
    def folder(self) -> str:
        """The path of the folder that the file lies in, without the token."""
        path = urlsplit(self.url).path.rpartition("/")[0]
        return path.replace(self.token, "", 1) if len(self.token) > len("/t/") else path

    @classmethod
    def of(cls, url: str, credentials: Sequence[Credential] = ()) -> Address:
        """Return the address of a public URL to which the credentials are shown."""
        parts = _without_login(urlsplit(url))
        headers: dict[str, str] = {}
        token = ""
        certificate = None
        for credential in credentials:
            if isinstance(credential, Basic):
                headers["authorization"] = _basic(credential)
            elif isinstance(credential, Bearer):
                headers["authorization"] = f"Bearer {credential.token.reveal()}"
            elif isinstance(credential, Header):
                headers[credential.name.lower()] = credential.value.reveal()
            elif isinstance(credential, ClientCertificate):
                certificate = credential
            else:
                token = f"/t/{credential.token.reveal()}"
                parts = parts._replace(path=_with_token(parts.path, credential))
        return cls(parts.geturl(), headers, token, certificate)

    def redirected(self, target: str) -> Address:
        """Return the address that a redirect leads to, UTF-8 in a header; raise `ValueError` when there is none.

        Another host, scheme or port gets none of the credentials. A login in the redirect itself is not used.
        """
        target = target.encode("latin-1").decode("utf-8")
        parts = _without_login(urlsplit(urldefrag(urljoin(self.url, target)).url))
        url = parts.geturl()
        if not _is_elsewhere(urlsplit(self.url), parts):
            return self._replace(url=url)
        return Address(url.replace(self.token, "") if len(self.token) > len("/t/") else url)


def port_of(parts: SplitResult) -> int | None:
    """Return the port that a URL leads to, the usual one of its scheme where it names none; raise `ValueError`."""
    return parts.port or USUAL_PORTS.get(parts.scheme)


def _is_elsewhere(old: SplitResult, new: SplitResult) -> bool:
    """Tell whether two URLs are of different servers; `https` instead of `http` is not, where no port is named."""
    if old.hostname != new.hostname:
        return True
    before, after = ((parts.scheme, port_of(parts)) for parts in (old, new))
    return before != after and (before, after) != (("http", 80), ("https", 443))


def _without_login(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])


def _basic(login: Basic) -> str:
    plain = f"{login.user.reveal()}:{login.password.reveal()}"
    return "Basic " + base64.b64encode(plain.encode("utf-8", "surrogateescape")).decode("ascii")


def _with_token(path: str, credential: PathToken) -> str:
    parts = [part for part in path.split("/") if part]
    end = "/" if path.endswith("/") else ""
    before, after = parts[: credential.place], parts[credential.place :]
    return "/" + "/".join([*before, "t", credential.token.reveal(), *after]) + end
