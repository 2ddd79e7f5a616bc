"""What is written in columns is read again, and what was not written there is no column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.columns import Columns, written

TEXTS = st.lists(st.text())
NUMBERS = st.lists(st.integers())
VALUES = st.lists(st.none() | st.booleans() | st.integers() | st.text() | st.dictionaries(st.text(), st.text()))


@given(st.lists(TEXTS | NUMBERS | VALUES | st.binary(), max_size=8))
def test_every_column_comes_back(columns: list[list[object] | bytes]) -> None:
    found = Columns(written(*columns)) if columns else Columns(b"\x00\x00")

    assert len(found) == len(columns)
    for number, column in enumerate(columns):
        assert (found.octets(number) if isinstance(column, bytes) else found.values(number)) == column


@pytest.mark.parametrize("texts", [["a\nb", "c"], ["\n"], ["", ""], [""], ["\ud800"], ["a", ""], [], ["ä\x00"]])
def test_line_breaks_and_blanks_do_no_harm(texts: list[str]) -> None:
    assert Columns(written(texts, [1])).texts(0) == texts


@pytest.mark.parametrize("numbers", [[0], [-1, 1 << 62], [1 << 63], [-(1 << 63) - 1, 5], [True, 2]])
def test_numbers_of_any_size_are_held(numbers: list[int]) -> None:
    found = Columns(written(numbers)).values(0)

    assert [(type(number), number) for number in found] == [(type(number), number) for number in numbers]


@pytest.mark.parametrize(("largest", "width"), [(255, 1), (256, 2), (65_536, 4), (1 << 32, 8)])
def test_numbers_are_held_as_narrow_as_all_of_them_allow(largest: int, width: int) -> None:
    content = written([7, largest, 9])

    assert Columns(content).numbers(0) == [7, largest, 9]
    assert len(content) == len(written([])) + 3 * width


def test_single_values_are_found_where_they_stand() -> None:
    columns = Columns(written([7, 300], ["a", "b"], b"\xab\xcd", ["ab", None]))

    assert [columns.at(number, 1) for number in range(2)] == [300, "b"]
    assert [columns.every(number, 1, 1) for number in range(2)] == [[300], ["b"]]
    assert [columns.digits_at(number, 1, 0) for number in (2, 3)] == ["ab", "ab"]
    assert [columns.digits(number, 1) for number in (2, 3)] == [["ab", "cd"], ["ab", None]]
    with pytest.raises(ValueError, match="in the midst"):
        columns.digits(2, 3)


def test_what_stands_in_a_column_is_seen_without_reading_it() -> None:
    columns = Columns(written(["one", "two"], [(1, {"three": 3})], b"four"))

    assert [columns.has(number, word) for number, word in enumerate((b"two", b"three", b"four"))] == [True] * 3
    assert not columns.has(0, b"three")
    with pytest.raises(ValueError, match="no such column"):
        columns.has(3, b"")


@given(st.binary(max_size=200))
def test_whatever_else_it_is_it_is_an_error_or_a_value(content: bytes) -> None:
    try:
        columns = Columns(content)
        for number in range(len(columns)):
            columns.values(number)
    except ValueError:
        pass


@given(st.data())
def test_a_wrong_byte_raises_no_other_error(data: st.DataObject) -> None:
    content = bytearray(written(["a", "b"], [1, 2, 3], [None, {"a": ["b"]}], b"octets"))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        columns = Columns(bytes(content))
        for number in range(len(columns)):
            columns.values(number)
    except ValueError:
        pass


def test_a_column_of_another_kind_is_an_error() -> None:
    columns = Columns(written([1], b"octets"))
    for read in (lambda: columns.octets(0), lambda: columns.values(1), lambda: columns.values(2)):
        with pytest.raises(ValueError, match="column"):
            read()
