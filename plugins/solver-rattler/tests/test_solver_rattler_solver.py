"""What is particular to the solver of rattler; what every solver has to do is in `conda_testing.solvers`."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from typing import TYPE_CHECKING

import pytest

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Explained, Install, Job, Keep, Remove, SolveRequest, Strategy
from conda_solver_rattler.solver import RattlerSolver
from conda_testing.memory_index import MemoryIndex

if TYPE_CHECKING:
    from pathlib import Path


def _install(*texts: str) -> tuple[Job, ...]:
    return tuple(Install(MatchSpec.parse(text)) for text in texts)


def _found(index: MemoryIndex, *jobs: Job, strategy: Strategy = Strategy.HIGHEST) -> list[str]:
    request = SolveRequest(jobs, index, channel_priority=index.priority, strategy=strategy)
    return [record.dist_name for record in RattlerSolver().solve(request).records]


def test_the_records_are_those_of_the_index() -> None:
    index = MemoryIndex()
    index.add("a", build="Py_0", depends=["b"])
    index.add("b", subdir="noarch", channel="other")

    found = RattlerSolver().solve(SolveRequest(_install("a"), index)).records

    assert [record is index.candidates(record.name)[0] for record in found] == [True, True]


def test_strategies_are_followed() -> None:
    index = MemoryIndex()
    for version in ("1.0", "2.0"):
        index.add("a", version, depends=["b"])
        index.add("b", version)

    assert _found(index, *_install("a"), strategy=Strategy.LOWEST) == ["a-1.0-0", "b-1.0-0"]
    assert _found(index, *_install("a"), strategy=Strategy.LOWEST_DIRECT) == ["a-1.0-0", "b-2.0-0"]


def test_why_there_is_no_solution_is_told_in_the_words_of_the_request() -> None:
    index = MemoryIndex()
    index.add("a", depends=["b[build_number='>3']"])
    index.add("b", build="x_1")

    with pytest.raises(Unsolvable) as refusal:
        _found(index, *_install("a"))

    (fact,) = refusal.value.facts
    assert isinstance(fact, Explained)
    assert "b[build_number='>3']" in fact.text
    assert "__requirement" not in fact.text


def test_a_failure_inside_the_library_is_an_error_with_advice() -> None:
    index = MemoryIndex()
    index.add("b", "1.0", depends=["c[when='b <2']"])
    index.add("b", "2.0")

    with pytest.raises(CondaError, match=r"failed inside its library|no set of packages"):
        _found(index, *_install("b <2"))


def test_a_dependency_that_rattler_overlooks_is_an_error_with_advice() -> None:
    index = MemoryIndex(channels=("first", "second"))
    for build, subdir, depends in (
        ("y_1", "linux-64", []),
        ("x_0", "linux-64", ["a >=2"]),
        ("x_0", "noarch", ["second::a"]),
    ):
        index.add("a", "1.0", build=build, subdir=subdir, channel="first", depends=depends)
    for subdir in ("linux-64", "noarch"):
        index.add("b", "1.0", build="x_0", subdir=subdir, channel="first")
    index.add("c", "1.0", build="x_0", channel="first", depends=["a[when='c']"])

    with pytest.raises(CondaError, match=r"overlooks that .* needs") as refusal:
        _found(index, *_install("b", "c"), Remove(MatchSpec.parse("a[build=y_*]")))

    assert "--solver" in refusal.value.hint


def test_a_version_that_rattler_cannot_read_is_no_candidate() -> None:
    index = MemoryIndex()
    index.add("a", "9" * 20)
    index.add("a", "1.0")

    assert _found(index, *_install("a")) == ["a-1.0-0"]


def test_a_kept_record_that_cannot_be_read_is_let_go() -> None:
    index = MemoryIndex()
    good = index.add("a")

    broken = good._replace(version="0.5", depends=("b >=>1",))

    assert _found(index, *_install("a"), Keep(broken)) == ["a-1.0-0"]


def test_it_works_in_a_thread() -> None:
    index = MemoryIndex([{"name": "a"}])
    found: list[str] = []

    thread = threading.Thread(target=lambda: found.extend(_found(index, *_install("a"))))
    thread.start()
    thread.join()

    assert found == ["a-1.0-0"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = os.path.join(tmp_path, "nowhere")
    monkeypatch.setattr(tempfile, "tempdir", missing)

    with pytest.raises(CondaError, match=missing) as refusal:
        _found(MemoryIndex([{"name": "a"}]), *_install("a"))

    assert not isinstance(refusal.value, Unsolvable)


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    _found(MemoryIndex([{"name": "a"}]), *_install("a"))
    with pytest.raises(Unsolvable):
        _found(MemoryIndex([{"name": "a"}]), *_install("b"))

    assert os.listdir(tmp_path) == []


def test_a_deadline_that_is_far_off_changes_nothing() -> None:
    request = SolveRequest(_install("a"), MemoryIndex([{"name": "a"}]), deadline=time.monotonic() + 600)

    assert len(RattlerSolver().solve(request).records) == 1
