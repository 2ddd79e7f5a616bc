"""The system about itself: every extension point is implemented, tested and documented with its signature."""

from __future__ import annotations

import inspect
import os
import re

import pytest

from conda_kernel import hookspecs
from conda_kernel.points import Driver, Extension, Hook
from workspace import ROOT, read_members

POINTS = {point.name: point for point in hookspecs.POINTS}


def text_of(*place: str) -> str:
    with open(os.path.join(ROOT, *place), encoding="utf-8") as file:
        return file.read()


def documented() -> dict[str, str]:
    """Return the paragraph of each point, by its name."""
    parts = re.split(r"^## `conda\.(\w+)`: ", text_of("docs", "extension-points.md"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def implemented() -> set[str]:
    """Return the points that an entry point of a member implements, keys left away."""
    groups = {group for member in read_members() for group in member.entry_points}
    return {group.split(".")[1] for group in groups if group.startswith("conda.")}


def text_of_tests() -> str:
    """Return the text of all tests but this one."""
    found = []
    for folder, _, files in os.walk(ROOT):
        if os.path.basename(folder) == "tests" or f"{os.sep}tests{os.sep}" in folder:
            found += [text_of(folder, name) for name in files if name.startswith("test_") and name.endswith(".py")]
    return "\n".join(text for text in found if "def implemented" not in text)


def shape(point: object) -> str:
    """Return how the documentation names the point's shape."""
    if isinstance(point, Driver):
        sole = ", one for everybody" if point.sole else ""
        return f"driver, {'service' if point.service else 'pure'}{sole}"
    if isinstance(point, Extension):
        return f"extension, {'contained' if point.contained else 'fatal'}"
    assert isinstance(point, Hook)
    keyed = ", keyed" if point.keyed else ""
    return f"hook, {'contained' if point.contained else 'fatal'}{keyed}"


def signature(function: object) -> str:
    """Return parameters and answer as the documentation writes them."""
    assert callable(function)
    written = inspect.signature(function)
    parameters = [parameter.replace(annotation=parameter.empty) for parameter in written.parameters.values()]
    shown = str(inspect.Signature([parameter for parameter in parameters if parameter.name != "self"]))
    return f"{shown} -> {str(written.return_annotation).strip(chr(39))}"


@pytest.mark.parametrize("name", POINTS)
def test_a_point_has_an_implementation(name: str) -> None:
    assert name in implemented()


def test_nothing_is_implemented_that_is_no_point() -> None:
    assert implemented() <= POINTS.keys()


@pytest.mark.parametrize("name", POINTS)
def test_a_point_is_named_by_a_test(name: str) -> None:
    assert re.search(rf"\b({name.upper()}|conda\.{name})\b", text_of_tests())


def test_the_documentation_has_the_points_in_their_order() -> None:
    assert list(documented()) == list(POINTS)


@pytest.mark.parametrize("name", POINTS)
def test_the_documentation_of_a_point_has_its_shape_and_signature(name: str) -> None:
    point, paragraph = POINTS[name], documented()[name]
    assert paragraph.startswith(shape(point))
    code = re.sub(r"^    \w+(?=\()", "    ", paragraph, flags=re.MULTILINE)
    if isinstance(point, Driver):
        for method in point.methods():
            assert f"    {method}{signature(getattr(point.contract, method))}" in paragraph
    else:
        assert f"    {signature(point.contract)}" in code
