"""What is particular to the lazy solver; what every solver has to do is in `conda_testing.solvers`."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from conda_kernel.errors import CondaError, SolverGaveUp, Unsolvable
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import Excluded, Install, Job, NoCandidate, Pin, SolveRequest
from conda_solver_lazy.effort import Effort
from conda_solver_lazy.nogood import Nogood
from conda_solver_lazy.search import NoSolution, Search
from conda_solver_lazy.solver import LazySolver
from conda_testing.memory_index import MemoryIndex


class _Watched(MemoryIndex):
    """Notes what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.names_read: list[str] = []

    def candidates(self, name: str) -> Sequence[PackageRecord]:
        self.names_read.append(name)
        return super().candidates(name)


def _jobs(*texts: str) -> tuple[Job, ...]:
    return tuple(Install(MatchSpec.parse(text)) for text in texts)


def _found(index: MemoryIndex, *jobs: Job) -> list[str]:
    return [record.dist_name for record in LazySolver().solve(SolveRequest(jobs, index)).records]


def _facts(index: MemoryIndex, *jobs: Job) -> tuple[object, ...]:
    with pytest.raises(Unsolvable) as refusal:
        LazySolver().solve(SolveRequest(jobs, index))
    return refusal.value.facts


def _conflicts(index: MemoryIndex, *texts: str) -> int:
    search = Search(SolveRequest((), index), Effort(None))
    given = [nogood for job in _jobs(*texts) for nogood in _nogoods(search, job)]
    try:
        search.run(given)
    except NoSolution:
        pass
    return search.conflicts


def _nogoods(search: Search, job: Job) -> list[Nogood]:
    assert isinstance(job, Install)
    return list(search.riders.nogoods({}, job.spec, job, is_requirement=True))


def test_only_what_is_considered_is_read() -> None:
    index = _Watched()
    index.add("app", "2.0", depends=["lib"])
    index.add("app", "1.0", depends=["old"])
    index.add("lib", depends=[])
    index.add("old", depends=["older"])
    index.names_read.clear()

    assert _found(index, *_jobs("app")) == ["app-2.0-0", "lib-1.0-0"]
    assert set(index.names_read) == {"app", "lib"}


def test_one_conflict_excludes_all_versions_with_the_same_requirement() -> None:
    index = MemoryIndex()
    for minor in range(200, 0, -1):
        index.add("app", f"1.{minor}", depends=["middle >=2"])
        index.add("middle", f"2.{minor}", depends=["lib >=2"])
    index.add("app", "1.0", depends=["middle <2"])
    index.add("middle", "1.0", depends=["lib <2"])
    index.add("lib", "1.0")
    index.add("lib", "2.0")
    index.add("other", depends=["lib <2"])

    assert _conflicts(index, "app", "other") <= 2
    assert _found(index, *_jobs("app", "other"))[0] == "app-1.0-0"


def test_a_proof_names_the_jobs_that_it_needs_and_no_other() -> None:
    index = MemoryIndex()
    index.add("app", depends=["lib >=2"])
    index.add("tool", depends=["lib <2"])
    index.add("unrelated")
    index.add("lib", "1.0")
    index.add("lib", "2.0")

    facts = _facts(index, *_jobs("unrelated", "app", "tool"))

    assert facts[0] == Excluded((("app", "app"), ("tool", "tool")))
    assert not any("unrelated" in str(fact) for fact in facts)


def test_a_requirement_that_nothing_fulfils_is_told_with_its_owner() -> None:
    index = MemoryIndex()
    index.add("app", depends=["lib >=3"])
    index.add("lib", "2.0")

    assert NoCandidate("lib[version='>=3']", "app-1.0-0") in _facts(index, *_jobs("app"))


def test_a_pin_with_a_condition_is_refused() -> None:
    index = MemoryIndex()
    index.add("a")

    with pytest.raises(CondaError, match="pins with a condition"):
        _found(index, *_jobs("a"), Pin(MatchSpec.parse("a[when='b']")))


def test_too_many_conflicts_end_the_search_with_advice() -> None:
    effort = Effort(None, most_conflicts=2)
    effort.count_conflict()
    effort.count_conflict()

    with pytest.raises(SolverGaveUp, match="gave up after 2 conflicts") as refusal:
        effort.count_conflict()

    assert refusal.value.hint


def test_a_deadline_to_come_does_not_matter() -> None:
    index = MemoryIndex()
    index.add("a")
    request = SolveRequest(_jobs("a"), index, deadline=time.monotonic() + 600)

    assert len(LazySolver().solve(request).records) == 1


def test_the_fewest_facts_of_a_refusal_are_found_out_when_they_are_asked_for() -> None:
    index = _Watched()
    index.add("new", depends=["lib >=2"])
    index.add("old", depends=["lib <2"])
    index.add("lib", "1.0", depends=[])
    index.add("lib", "2.0", depends=[])
    with pytest.raises(Unsolvable) as refusal:
        LazySolver().solve(SolveRequest(_jobs("new", "old"), index))
    index.names_read.clear()
    facts = refusal.value.facts
    assert facts
    assert index.names_read
    index.names_read.clear()
    assert refusal.value.facts is facts
    assert index.names_read == []
