"""What is particular to the drivers of libsolv; what every solver has to do is in `conda_testing.solvers`."""

from __future__ import annotations

import importlib.util

import pytest

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Excluded, Install, Job, Keep, NoCandidate, SolveRequest
from conda_solver_mamba.libmamba import LibmambaSolver
from conda_solver_mamba.libsolv import LibsolvSolver
from conda_testing.memory_index import MemoryIndex

HAS_LIBMAMBAPY = importlib.util.find_spec("libmambapy") is not None


def _jobs(*texts: str) -> tuple[Job, ...]:
    return tuple(Install(MatchSpec.parse(text)) for text in texts)


def _found(index: MemoryIndex, *jobs: Job) -> list[str]:
    return [record.dist_name for record in LibsolvSolver().solve(SolveRequest(jobs, index)).records]


def _facts(index: MemoryIndex, *jobs: Job) -> tuple[object, ...]:
    with pytest.raises(Unsolvable) as refusal:
        LibsolvSolver().solve(SolveRequest(jobs, index))
    return refusal.value.facts


def test_wishes_are_decided_in_their_order() -> None:
    index = MemoryIndex()
    for name, library in (("a", "lib >=2"), ("b", "lib <2")):
        index.add(name, "2.0", depends=[library])
        index.add(name, "1.0")
    index.add("lib", "1.0")
    index.add("lib", "2.0")

    assert _found(index, *_jobs("a", "b")) == ["a-2.0-0", "b-1.0-0", "lib-2.0-0"]
    assert _found(index, *_jobs("b", "a")) == ["a-1.0-0", "b-2.0-0", "lib-1.0-0"]


def test_the_same_wish_twice_is_one() -> None:
    index = MemoryIndex()
    index.add("a")

    assert _found(index, *_jobs("a", "a")) == ["a-1.0-0"]


def test_of_equal_builds_the_one_with_the_newer_dependencies_is_taken_and_not_the_later() -> None:
    index = MemoryIndex()
    for minor, when in ((11, 1_700_000_000_000), (12, 1_600_000_000_000)):
        index.add("python", f"3.{minor}.0")
        index.add("array", build=f"py3{minor}_0", depends=[f"python 3.{minor}.*"], timestamp=when)

    assert _found(index, *_jobs("array")) == ["array-1.0-py312_0", "python-3.12.0-0"]


def test_an_installed_record_that_the_index_lacks_is_kept() -> None:
    index = MemoryIndex()
    index.add("lib", "2.0")
    index.add("app", depends=["lib"])
    elsewhere = MemoryIndex().add("lib", "1.0")

    assert _found(index, *_jobs("app"), Keep(elsewhere)) == ["app-1.0-0", "lib-1.0-0"]


def test_many_separate_builds_of_one_version_can_match() -> None:
    index = MemoryIndex()
    for number in range(2000):
        index.add("lib", build=f"{'even' if number % 2 == 0 else 'odd'}_{number}")
    index.add("app", depends=["lib * even_*"])

    assert _found(index, *_jobs("app")) == ["app-1.0-0", "lib-1.0-even_1998"]


def test_a_proof_tells_what_packages_ask() -> None:
    index = MemoryIndex()
    index.add("a", depends=["lib >=2"])
    index.add("b", depends=["lib <2"])
    index.add("lib", "1.0")
    index.add("lib", "2.0")

    (fact,) = _facts(index, *_jobs("a", "b"))

    assert isinstance(fact, Excluded)
    assert ("lib[version='>=2']", "a-1.0-0") in fact.requirements
    assert ("lib[version='<2']", "b-1.0-0") in fact.requirements


def test_a_requirement_that_nothing_fulfils_is_told_with_its_owner() -> None:
    index = MemoryIndex()
    index.add("app", depends=["__cuda >=12"])

    assert NoCandidate("__cuda[version='>=12']", "app-1.0-0") in _facts(index, *_jobs("app"))


@pytest.mark.skipif(HAS_LIBMAMBAPY, reason="libmambapy is installed")
def test_without_libmambapy_the_driver_tells_where_it_is() -> None:
    with pytest.raises(CondaError, match="not installed") as refusal:
        LibmambaSolver()

    assert "conda-forge" in (refusal.value.hint or "")


@pytest.mark.skipif(not HAS_LIBMAMBAPY, reason="libmambapy is not on the Python package index")
def test_libmamba_refuses_conditions() -> None:
    index = MemoryIndex()
    index.add("a")

    with pytest.raises(CondaError, match="conditions"):
        LibmambaSolver().solve(SolveRequest(_jobs("a[when='b']"), index))
