"""Credentials are values that show nothing."""

from __future__ import annotations

import pytest

from conda_kernel.model.credentials import Basic, Bearer, ClientCertificate, Credential, Header, PathToken
from conda_kernel.model.secret import Secret

HUNTER = Secret("hunter2")


@pytest.mark.parametrize(
    "credential",
    [Basic(Secret("u"), HUNTER), Bearer(HUNTER), PathToken(HUNTER, 2), Header("X-Key", HUNTER)],
    ids=lambda credential: type(credential).__name__,
)
def test_a_credential_shows_no_secret(credential: Credential) -> None:
    assert "hunter2" not in f"{credential}{credential!r}"
    assert HUNTER in tuple(credential)


def test_a_token_stands_at_the_beginning_of_a_path_and_one_file_holds_a_certificate_unless_said_otherwise() -> None:
    assert PathToken(HUNTER).place == 0
    assert ClientCertificate("/c.pem").key is None
