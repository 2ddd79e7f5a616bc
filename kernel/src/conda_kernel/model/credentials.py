"""Credentials as values: what is shown to a server so that it answers."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.secret import Secret


class Basic(NamedTuple):
    """A user name and a password, both as they are, without percent-encoding (RFC 7617)."""

    user: Secret
    password: Secret


class Bearer(NamedTuple):
    """A token that stands in the header `Authorization` (RFC 6750)."""

    token: Secret


class PathToken(NamedTuple):
    """A token that stands in the path as `/t/TOKEN`, after so many parts of it."""

    token: Secret
    place: int = 0


class Header(NamedTuple):
    """A header that only this server may see."""

    name: str
    value: Secret


class ClientCertificate(NamedTuple):
    """The paths of a certificate in PEM format and of its key; without `key` one file holds both."""

    certificate: str
    key: str | None = None


Credential = Basic | Bearer | PathToken | Header | ClientCertificate
"""Any of them. Adapters tell them apart by `isinstance`; equal fields do not make two kinds the same."""
