"""Pins and the marker of a protected environment are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.frozen import GENERIC_MESSAGE, frozen_message
from conda_kernel.model.pins import InvalidPin, configured_pins, parse_pins


def test_a_file_of_pins_is_read() -> None:
    pins = parse_pins("\ufeff# comment\n\n  # too\nnumpy 1.26.*\r\n python >=3.12 \n", "/env/conda-meta/pinned")

    assert [(str(pin.spec.name), pin.line) for pin in pins] == [("numpy", 4), ("python", 5)]
    assert {pin.source for pin in pins} == {"/env/conda-meta/pinned"}
    assert str(pins[1]) == str(pins[1].spec)


@pytest.mark.parametrize("value", ["numpy 1.26.*&python >=3.12", ["numpy 1.26.*", "", "python >=3.12"]])
def test_pins_may_be_configured(value: Any) -> None:
    assert [str(pin.spec.name) for pin in configured_pins(value)] == ["numpy", "python"]


def test_a_wrong_pin_is_named_with_file_and_line() -> None:
    with pytest.raises(InvalidPin, match=r"/env/pinned`, line 2") as caught:
        parse_pins("good\nbad[[\x1b[31m\n", "/env/pinned")

    assert caught.value.fields["line"] == 2
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"message": "ask first"}', "ask first"),
        ('{"message": "two\\nlines\\u001b[31m"}', "two\nlines"),
        ("", GENERIC_MESSAGE),
        ("{}", GENERIC_MESSAGE),
        ("[]", GENERIC_MESSAGE),
        ("not json", GENERIC_MESSAGE),
        ('{"message": 1}', GENERIC_MESSAGE),
        ('{"message": " "}', GENERIC_MESSAGE),
        ("[" * 100_000, GENERIC_MESSAGE),
        (json.dumps({"message": "x", "more": 1}), "x"),
    ],
    ids=lambda text: text[:30],
)
def test_a_protected_environment_says_why(text: str, message: str) -> None:
    assert frozen_message(text) == message


@given(st.text(max_size=30) | st.lists(st.sampled_from(["numpy", "a >=1", "# x", "[[", "", "b&c"])).map("\n".join))
def test_any_text_is_a_list_of_pins_or_refused_with_its_line(text: str) -> None:
    message, line = "", 1
    for pins_of in (lambda given: parse_pins(given, "/p"), configured_pins):
        try:
            assert all(pin.line > 0 for pin in pins_of(text))
        except InvalidPin as error:
            message, line = str(error), int(str(error.fields["line"]))
        assert message.isprintable()
        assert line > 0


@given(st.text(max_size=30))
def test_any_marker_has_a_message_that_can_be_shown(text: str) -> None:
    for content in (text, json.dumps({"message": text}), json.dumps(text)):
        assert frozen_message(content).replace("\n", "").isprintable()
