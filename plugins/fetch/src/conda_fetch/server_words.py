"""What a server says about a refusal, in its own words, as far as they can be shown."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from conda_kernel.model.credentials import Basic, Bearer, Header, PathToken
from conda_kernel.model.errors import CondaError
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import Secret, mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.credentials import Credential
    from conda_kernel.model.fetching import Response

LARGEST_BODY = 1 << 16
"""Bytes of a refusal that are read."""

LONGEST_WORDS = 300
"""Characters that are shown."""

KEYS = ("detail", "reason", "message")
"""Where the words stand in a JSON document; the first is that of RFC 9457."""


def words_of(response: Response, credentials: Sequence[Credential]) -> str:
    """Return what the body of a refusal says; an empty text when it is no JSON, or repeats a credential."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return ""
    try:
        document = json.loads(_body(response))
    except (CondaError, ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    words = next((document[key] for key in KEYS if isinstance(document.get(key), str) and document[key].strip()), "")
    if any(form in words for form in _forms(credentials)):
        return ""
    return mask_secrets(printable(" ".join(words.split())))[:LONGEST_WORDS]


def _body(response: Response) -> bytes:
    body = bytearray()
    for chunk in response.chunks():
        body += chunk
        if len(body) > LARGEST_BODY:
            return b""
    return bytes(body)


def _forms(credentials: Sequence[Credential]) -> Iterator[str]:
    """Yield how credentials may be written; what is empty is in every text and hides none."""
    for secret in _secrets(credentials):
        if secret:
            yield secret.reveal()
            yield quote(secret.reveal(), safe="", errors="surrogateescape")


def _secrets(credentials: Sequence[Credential]) -> Iterator[Secret]:
    for credential in credentials:
        if isinstance(credential, Basic):
            yield from credential
            yield Secret(basic_header(credential))
        elif isinstance(credential, (Bearer, PathToken)):
            yield credential.token
        elif isinstance(credential, Header):
            yield credential.value


def basic_header(login: Basic) -> str:
    """Return what a login is in the header `Authorization` (RFC 7617)."""
    plain = f"{login.user.reveal()}:{login.password.reveal()}"
    return base64.b64encode(plain.encode("utf-8", "surrogateescape")).decode("ascii")
