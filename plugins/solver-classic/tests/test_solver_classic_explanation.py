"""The facts of the classic solver: few, and each needed."""

from __future__ import annotations

from typing import cast

import pytest

from conda_kernel.errors import Unsolvable
from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Excluded, Fact, Freeze, Install, Job, NoCandidate, Pin, Remove, SolveRequest
from conda_solver_classic.solver import ClassicSolver
from conda_testing.memory_index import MemoryIndex


def _install(*texts: str) -> tuple[Job, ...]:
    return tuple(Install(MatchSpec.parse(text)) for text in texts)


def _facts(index: MemoryIndex, *jobs: Job, machine: tuple[VirtualPackage, ...] = ()) -> tuple[Fact, ...]:
    with pytest.raises(Unsolvable) as refusal:
        ClassicSolver().solve(SolveRequest(jobs, index, machine=machine))
    return cast("tuple[Fact, ...]", refusal.value.facts)


@pytest.fixture
def index() -> MemoryIndex:
    index = MemoryIndex()
    index.add("scipy", depends=["numpy =2"])
    index.add("pandas", depends=["engine"])
    index.add("engine", depends=["numpy =1"])
    index.add("both", depends=["scipy", "pandas"])
    index.add("torch", "2.4", depends=["__glibc =2"])
    index.add("learn", depends=["torch"])
    index.add("numpy", "1.0")
    index.add("numpy", "2.0")
    index.add("alone")
    return index


def test_an_unknown_name_is_the_only_fact(index: MemoryIndex) -> None:
    assert _facts(index, *_install("scipy", "nothing", "pandas")) == (NoCandidate("nothing", "nothing"),)


def test_an_unknown_version_is_the_only_fact(index: MemoryIndex) -> None:
    assert _facts(index, *_install("numpy=9", "scipy")) == (NoCandidate("numpy=9", "numpy=9"),)


def test_what_the_machine_lacks_is_named_with_the_package_that_needs_it(index: MemoryIndex) -> None:
    machine = (VirtualPackage("__glibc", "1.0"),)

    assert _facts(index, *_install("alone", "learn"), machine=machine) == (NoCandidate("__glibc=2", "torch-2.4-0"),)


def test_only_the_wishes_that_exclude_each_other_are_named(index: MemoryIndex) -> None:
    assert _facts(
        index, *_install("alone", "scipy", "torch", "pandas"), machine=(VirtualPackage("__glibc", "2.39"),)
    ) == (
        Excluded((("scipy", "scipy"), ("pandas", "pandas"))),
        Excluded((("numpy=2", "scipy-1.0-0"), ("numpy=1", "engine-1.0-0"))),
    )


def test_a_wish_that_contradicts_itself(index: MemoryIndex) -> None:
    assert _facts(index, *_install("both"))[1:] == (
        Excluded((("numpy=2", "scipy-1.0-0"), ("numpy=1", "engine-1.0-0"))),
    )


def test_a_pin_is_named(index: MemoryIndex) -> None:
    first, *_ = _facts(index, *_install("alone", "scipy"), Pin(MatchSpec.parse("numpy=1")))

    assert first == Excluded((("scipy", "scipy"), ("numpy=1", "pin numpy=1")))


def test_a_frozen_package_is_named(index: MemoryIndex) -> None:
    old = index.candidates("numpy")[1]

    first, *_ = _facts(index, *_install("alone", "scipy"), Freeze(old))

    assert first == Excluded((("scipy", "scipy"), ("numpy-1.0-0", "installed numpy")))


def test_a_removal_is_named(index: MemoryIndex) -> None:
    first, *_ = _facts(index, *_install("alone", "scipy"), Remove(MatchSpec.parse("numpy")))

    assert first == Excluded((("scipy", "scipy"), ("no numpy", "remove numpy")))


def test_a_feature_that_nothing_tracks_is_named(index: MemoryIndex) -> None:
    index.add("legacy", features="old")

    assert _facts(index, *_install("legacy")) == (NoCandidate("a package that tracks the feature old", "legacy-1.0-0"),)


def test_three_that_exclude_each_other_only_together() -> None:
    index = MemoryIndex()
    for letter in "abc":
        index.add(letter, depends=[f"slot * *{letter}*_0"])
    for build in ("ab_0", "bc_0", "ac_0"):
        index.add("slot", build=build)
    index.add("d")

    first, second = _facts(index, *_install("d", "a", "b", "c"))

    assert first == Excluded((("a", "a"), ("b", "b"), ("c", "c")))
    assert isinstance(second, Excluded)
    assert [owner for _, owner in second.requirements] == ["a-1.0-0", "b-1.0-0", "c-1.0-0"]


def test_a_conflict_that_only_a_search_finds() -> None:
    index = MemoryIndex()
    for name, others in (("x", ("y", "z")), ("y", ("z", "x")), ("z", ("x", "y"))):
        for version, wanted in (("1.0", "2.0"), ("2.0", "1.0")):
            index.add(name, version, depends=[f"{other} {wanted}" for other in others])
    index.add("d")

    assert _facts(index, *_install("d", "x")) == (Excluded((("x", "x"),)),)
