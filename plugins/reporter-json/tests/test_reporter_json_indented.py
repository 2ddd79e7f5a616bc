"""What is written is what the standard library writes."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from enum import IntEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_reporter_json.indented import indented


class Number(IntEnum):
    """A number with a name."""

    ONE = 1


class Word(str):
    """A text of another type."""

    __slots__ = ()


def as_json(value: object) -> object:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(type(value).__name__)


def written(value: object) -> str:
    return json.dumps(value, indent=2, default=as_json, allow_nan=False)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([Number.ONE, Word("word")])
    | st.sets(st.text())
)
KEYS = st.text() | st.integers() | st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.dictionaries(st.text(), inner).map(OrderedDict)
        | st.dictionaries(st.text(), inner).map(MappingProxyType)
    ),
    max_leaves=30,
)


@given(DOCUMENTS)
def test_it_is_what_the_library_writes(document: object) -> None:
    assert indented(document, as_json) == written(document)


@pytest.mark.parametrize("document", [[math.nan], {"a": math.inf}, {"a": [object()]}, {("a",): 1}, {"a": {b"b": 1}}])
def test_what_is_not_json_is_refused_with_the_same_type_of_error(document: object) -> None:
    with pytest.raises((TypeError, ValueError)) as theirs:
        written(document)
    with pytest.raises(type(theirs.value)):
        indented(document, as_json)


def test_what_holds_itself_is_refused() -> None:
    document: dict[str, object] = {}
    document["self"] = [document]
    with pytest.raises((ValueError, RecursionError)):
        indented(document, as_json)
