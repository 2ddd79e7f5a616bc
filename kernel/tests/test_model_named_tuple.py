"""Named tuples of the model do what those of `typing` do."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
from typing import Any, Generic, TypeVar, cast
from typing import NamedTuple as TypingNamedTuple

import pytest

from conda_kernel.model import named_tuple
from conda_kernel.model.match_spec_fields import MatchSpecFields
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.package import PackageRecord

T = TypeVar("T")


class Pair(NamedTuple):
    """Two words."""

    left: str
    right: str = "r"

    @property
    def joined(self) -> str:
        """Both."""
        return self.left + self.right


class PairOfTyping(TypingNamedTuple):
    """Two words."""

    left: str
    right: str = "r"


class Longer(Pair):
    """A pair that says more of itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"longer {super().__repr__()}"


class Holder(NamedTuple, Generic[T]):
    """A value of some type."""

    held: T


def test_a_value_has_its_fields_in_order_and_by_name() -> None:
    pair = Pair("a", right="b")
    assert pair == ("a", "b")
    assert (pair.left, pair.right, pair.joined) == ("a", "b", "ab")
    assert Pair("a") == ("a", "r")
    assert repr(pair) == "Pair(left='a', right='b')"


def test_a_value_cannot_be_changed() -> None:
    pair: Any = Pair("a")
    with pytest.raises(AttributeError):
        pair.left = "b"
    with pytest.raises(AttributeError):
        pair.other = "b"
    assert not hasattr(pair, "__dict__")


@pytest.mark.parametrize("arguments", [(), ("a", "b", "c")])
def test_missing_and_additional_values_are_refused_under_the_name_of_the_class(arguments: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match=r"Pair\.__new__\(\)"):
        Pair(*arguments)


def test_unknown_names_are_refused() -> None:
    pair: Any = Pair
    with pytest.raises(TypeError, match="'other'"):
        pair("a", other="b")
    with pytest.raises(TypeError, match="Pair has no field other"):
        pair("a")._replace(right="b", other="c")


@pytest.mark.parametrize("kind", [Pair, PairOfTyping])
def test_it_offers_what_named_tuples_of_typing_offer(kind: Any) -> None:
    pair = kind("a", "b")
    assert kind._fields == kind.__match_args__ == ("left", "right")
    assert kind._field_defaults == {"right": "r"}
    assert kind._make(["a", "b"]) == pair
    assert pair._replace(left="c") == kind("c", "b")
    assert type(pair._replace(left="c")) is kind
    if sys.version_info >= (3, 13):
        assert copy.replace(pair, left="c") == kind("c", "b")
    assert pair._asdict() == {"left": "a", "right": "b"}
    assert list(inspect.signature(kind).parameters) == ["left", "right"]
    assert inspect.signature(kind).parameters["right"].default == "r"
    assert kind.__doc__ == "Two words."
    assert type(kind) is type
    assert set(dir(TypingNamedTuple("Empty", []))) <= {*dir(kind), "__orig_bases__"}


@pytest.mark.parametrize("kind", [Pair, Longer])
def test_a_value_survives_pickling_and_copying(kind: type[Pair]) -> None:
    pair = kind("a", "b")
    for again in (pickle.loads(pickle.dumps(pair)), copy.copy(pair), copy.deepcopy(pair)):  # noqa: S301 - made here
        assert again == pair
        assert type(again) is kind


def test_it_is_matched_by_its_fields() -> None:
    match Pair("a", "b"):
        case Pair(left, right="b"):
            assert left == "a"
        case _:
            pytest.fail("it is not matched")


def test_a_class_derived_from_a_named_tuple_is_an_ordinary_one() -> None:
    longer = Longer("a", "b")
    assert longer == Pair("a", "b")
    assert repr(longer._replace(left="c")) == "longer Longer(left='c', right='b')"


def test_a_named_tuple_may_be_generic() -> None:
    assert Holder[int](3).held == 3
    assert Holder("a") == ("a",)


def test_a_class_without_fields_or_with_an_odd_default_is_refused() -> None:
    declaration: Any = type(NamedTuple)
    with pytest.raises(TypeError, match="declares no fields"):
        declaration("Empty", (NamedTuple,), {"__qualname__": "Empty"})
    odd = {"__qualname__": "Odd", "__annotations__": {"left": "str", "right": "str"}, "left": "l"}
    with pytest.raises(TypeError, match="a default behind"):
        declaration("Odd", (NamedTuple,), odd)


@pytest.mark.parametrize("name", ["_cls", "_fields", "_replace"])
def test_a_field_does_not_begin_with_an_underscore(name: str) -> None:
    declaration: Any = type(NamedTuple)
    with pytest.raises(TypeError, match="underscore"):
        declaration("Hidden", (NamedTuple,), {"__qualname__": "Hidden", "__annotations__": {name: "str"}})


@pytest.mark.parametrize("made", [PackageRecord, MatchSpecFields])
def test_the_widest_of_the_model_are_not_compiled_by_every_process(made: type) -> None:
    assert made.__new__.__code__.co_filename == named_tuple.__file__


@pytest.mark.parametrize("width", range(1, 31))
def test_a_class_of_any_width_keeps_each_value_in_its_place(width: int) -> None:
    names = [f"field{place}" for place in range(width)]
    declare = cast("Any", type(NamedTuple))
    made = declare("Made", (NamedTuple,), {"__annotations__": dict.fromkeys(names), "__qualname__": "Made"})
    value = made(*range(width - 1), **{names[-1]: width - 1})
    assert value == tuple(range(width))
    assert [getattr(value, name) for name in names] == list(range(width))
    with pytest.raises(TypeError, match=f"{names[-1]}"):
        made(*range(width - 1))


def test_classes_of_one_width_do_not_share_their_names() -> None:
    class Other(NamedTuple):
        first: int
        second: int = 2

    assert Pair("a")._fields == ("left", "right")
    assert Other(first=1) == (1, 2)
    assert not hasattr(Other(1), "left")
