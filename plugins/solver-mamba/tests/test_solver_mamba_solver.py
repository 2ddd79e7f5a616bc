"""What is particular to the drivers of libsolv; what every solver has to do is in `conda_testing.solvers`."""

from __future__ import annotations

import importlib.util

import pytest

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Excluded, Install, Job, NoCandidate, SolveRequest
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
