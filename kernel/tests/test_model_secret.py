"""Secrets are shown nowhere, and texts lose the secrets in them."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.secret import HIDDEN, Secret, mask_secrets, masked, names_a_secret

WORD = "hunter2"


@pytest.mark.parametrize(
    "shown",
    [
        str,
        repr,
        "{}".format,
        "{!r:>20}".format,
        lambda secret: f"{secret!s:^30}",
        lambda secret: str([secret, (secret,)]),
    ],
)
def test_a_secret_is_not_shown(shown: Any) -> None:
    text = shown(Secret(WORD))

    assert WORD not in text
    assert "<hidden>" in text


def test_a_secret_comes_out_by_its_own_method_alone() -> None:
    assert Secret(WORD).reveal() == WORD


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="cannot be pickled") as caught:
        pickle.dumps({"password": Secret(WORD)}, protocol)

    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_a_secret_is_no_json() -> None:
    with pytest.raises(TypeError):
        json.dumps({"password": Secret(WORD)})


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_the_secret_itself(copied: Any) -> None:
    secret = Secret(WORD)

    assert copied(secret) is secret


def test_a_secret_does_not_change() -> None:
    secret = Secret(WORD)

    with pytest.raises(AttributeError):
        secret._text = "other"
    with pytest.raises(AttributeError):
        del secret._text
    assert secret.reveal() == WORD


@given(st.text(max_size=20), st.text(max_size=20))
def test_secrets_compare_as_their_texts_do(left: str, right: str) -> None:
    assert (Secret(left) == Secret(right)) == (left == right)
    assert Secret(left) == Secret(left)
    assert hash(Secret(left)) == hash(Secret(left))
    assert Secret(left) != left


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pw@h/c", "https://<hidden>@h/c"),
        ("https://user:p%40w@h:8443/c", "https://<hidden>@h:8443/c"),
        ("https://token@h/c", "https://<hidden>@h/c"),
        ("https://user:p/w#x@h/c", "https://<hidden>@h/c"),
        ("https://h/t/tk-1/c", "https://h/t/<hidden>/c"),
        ("https://h/t/tk-1", "https://h/t/<hidden>"),
        (
            "https://u:p@h/api/t/tk_1.x/c and 'https://h/t/tk-2/d'",
            "https://<hidden>@h/api/t/<hidden>/c and 'https://h/t/<hidden>/d'",
        ),
        ("GET /t/tk-1/conda-forge/noarch 404", "GET /t/<hidden>/conda-forge/noarch 404"),
        ("/srv/https:/user:pw@h/t/tk-1/c", "/srv/https:/<hidden>@h/t/<hidden>/c"),
        ("-c user:pw@h/c x", "-c <hidden>@h/c x"),
        ("s3://key:secret@bucket/c", "s3://<hidden>@bucket/c"),
        ("https://user:\u0668/x@h", "https://<hidden>@h"),
        ("https://h/c@1.0", "https://h/c@1.0"),
        ("https://h:8443/c@1.0", "https://h:8443/c@1.0"),
        ("numpy[build='a@b']", "numpy[build='a@b']"),
        ("file:///srv/t/chan", "file:///srv/t/chan"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_a_text_loses_its_secrets(text: str, shown: str) -> None:
    assert mask_secrets(text) == shown
    assert mask_secrets(shown) == shown


def test_every_text_of_a_document_loses_its_secrets() -> None:
    document = {"https://u:p@h": ["/t/tk-1/", ("u:p@h", 1)], "kept": {"plain", ("u:p@h",)}, "truth": True}

    assert masked(document) == {
        "https://<hidden>@h": ["/t/<hidden>/", ("<hidden>@h", 1)],
        "kept": {"plain", ("<hidden>@h",)},
        "truth": True,
    }


@given(st.text("abc:/@? #.t%", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_secrets(text)

    assert mask_secrets(once) == once


def test_a_secret_has_no_state_that_somebody_could_take() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        Secret(WORD).__getstate__()


def test_a_secret_is_true_when_there_is_one() -> None:
    assert Secret("x")
    assert not Secret("")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write `https://USER:PASSWORD@HOST/…`", "write `https://USER:PASSWORD@HOST/…`"),
        ("or `https://HOST/t/TOKEN/…`", "or `https://HOST/t/TOKEN/…`"),
        ("https://USER:PASSWORD2@h/c", f"https://{HIDDEN}@h/c"),
        ("https://user:password@h/c", f"https://{HIDDEN}@h/c"),
        ("https://me@USER:PASSWORD@h/c", f"https://{HIDDEN}@h/c"),
        ("`http://USER:PASSWORD@PROXY:PORT`", "`http://USER:PASSWORD@PROXY:PORT`"),
        ("https://USER:PASSWORD@h/c", f"https://{HIDDEN}@h/c"),
        ("https://USER:PASSWORD@SECRET@h/c", f"https://{HIDDEN}@h/c"),
        ("https://h/t/token/c", f"https://h/t/{HIDDEN}/c"),
        ("https://h/t/TOKEN-1/c", f"https://h/t/{HIDDEN}/c"),
    ],
)
def test_what_advice_has_in_the_place_of_secrets_can_be_read(text: str, shown: str) -> None:
    assert mask_secrets(text) == shown


@pytest.mark.parametrize("name", ["CONDA_TOKEN", "password", "AWS_SECRET_ACCESS_KEY", "x_auth", "credentials"])
def test_some_names_say_that_there_is_a_secret(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["PATH", "CONDA_CHANNELS", "https_proxy"])
def test_other_names_do_not(name: str) -> None:
    assert not names_a_secret(name)
