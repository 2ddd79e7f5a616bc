"""What makes one solution better than another, and how the answers of several solvers are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.event import Told, Warned
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import ChannelPriority, Install, Keep, Solution, SolveRequest
from conda_planner.comparing import Named, compared
from conda_planner.objectives import difference_told, objectives
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.fork_server import ForkServer
from conda_testing.memory_index import MemoryIndex


class _Solver:
    """Answers with what the test says."""

    def __init__(self, answer: Iterable[PackageRecord] | Exception) -> None:
        self._answer = answer

    def solve(self, request: SolveRequest) -> Solution:
        del request
        if isinstance(self._answer, Exception):
            raise self._answer
        return Solution(tuple(self._answer))


def _index() -> MemoryIndex:
    index = MemoryIndex(channels=("main", "other"))
    for version in ("1.0", "2.0", "3.0"):
        index.add("app", version, depends=["library"])
        index.add("library", version)
        index.add("library", version, "b1")
    index.add("library", "4.0", channel="other")
    index.add("library", "3.0", "mkl_b2", track_features="mkl")
    index.add("library", "3.0", "n1", subdir="noarch")
    return index


INDEX = _index()


def _record(name: str, version: str, build: str = "0") -> PackageRecord:
    return next(one for one in INDEX.records if (one.name, one.version, one.build) == (name, version, build))


def _request(*jobs: Install | Keep, priority: ChannelPriority = ChannelPriority.FLEXIBLE) -> SolveRequest:
    return SolveRequest(jobs or (Install(MatchSpec.parse("app")),), INDEX, channel_priority=priority)


BEST = (_record("app", "3.0"), _record("library", "3.0", "b1"))


@pytest.mark.parametrize(
    ("worse", "told"),
    [
        ((_record("app", "1.0"), BEST[1]), "versions of what is asked for: 0 against 2; app 3.0 0 (a) and 1.0 0 (b)"),
        ((BEST[0], _record("library", "1.0", "b1")), "versions of the others: 0 against 2; library 3.0 b1 (a) and 1.0"),
        ((BEST[0], _record("library", "3.0")), "build numbers of the others: 0 against 1"),
        ((BEST[0], _record("library", "3.0", "mkl_b2")), "tracked features of the others: 0 against 1"),
        ((BEST[0], _record("library", "3.0", "n1")), "platform before noarch of the others: 0 against 1"),
        ((BEST[0], _record("library", "4.0")), "channels of the others: 0 against 1"),
        ((*BEST, _record("library", "4.0")._replace(name="more")), "number of packages: 2 against 3"),
    ],
)
def test_the_first_objective_that_differs_is_told(worse: tuple[PackageRecord, ...], told: str) -> None:
    found = difference_told(_request(), ("a", "b"), (Solution(BEST), Solution(worse)))
    assert found.startswith(f"`a` is better than `b` in the {told}")
    turned = difference_told(_request(), ("b", "a"), (Solution(worse), Solution(BEST)))
    assert turned.startswith("`a` is better than `b` in the ")


def test_without_channel_priority_versions_matter_more_than_channels() -> None:
    other = Solution((BEST[0], _record("library", "4.0")))
    request = _request(priority=ChannelPriority.DISABLED)
    names = [objective.told for objective in objectives(request, other)]
    assert names.index("versions of the others") < names.index("channels of the others")


def test_a_package_that_is_asked_for_matters_more_than_one_that_stays() -> None:
    request = _request(Install(MatchSpec.parse("app")), Keep(_record("library", "1.0")))
    kept = Solution((_record("app", "2.0"), _record("library", "1.0")))
    moved = Solution((_record("app", "3.0"), _record("library", "2.0")))
    assert "versions of what is asked for" in difference_told(request, ("a", "b"), (moved, kept))
    same = Solution((_record("app", "3.0"), _record("library", "1.0")))
    found = difference_told(request, ("a", "b"), (moved, same))
    assert found.startswith("`b` is better than `a` in the number of installed packages that change: 0 against 1")


def test_equal_solutions_are_equal_and_ties_are_named() -> None:
    assert "the same solution, of 2 packages" in difference_told(_request(), ("a", "b"), (Solution(BEST),) * 2)
    index = MemoryIndex()
    twins = [index.add("app", "1.0", build) for build in ("x_0", "y_0")]
    request = SolveRequest((Install(MatchSpec.parse("app")),), index)
    found = difference_told(request, ("a", "b"), (Solution((twins[0],)), Solution((twins[1],))))
    assert found.startswith("`a` and `b` are equal in every objective and differ in 1 packages: app 1.0 x_0 (a)")


def test_of_many_packages_the_first_few_are_named() -> None:
    index = MemoryIndex()
    for number in range(6):
        for version in ("1.0", "2.0"):
            index.add(f"p{number}", version)
    request = SolveRequest(tuple(Install(MatchSpec.parse(f"p{number}")) for number in range(6)), index)
    by_version = [Solution(tuple(one for one in index.records if one.version == version)) for version in ("2.0", "1.0")]
    found = difference_told(request, ("a", "b"), (by_version[0], by_version[1]))
    assert found.endswith("p2 2.0 0 (a) and 1.0 0 (b), and 3 more")


@pytest.mark.parametrize(
    ("first", "answer", "kind", "told"),
    [
        (BEST, BEST, Told, "`a` and `b` have the same solution, of 2 packages"),
        (BEST, Unsolvable("no"), Warned, "`b` finds no solution, `a` does"),
        (None, BEST, Warned, "`b` finds a solution, `a` does not"),
        (BEST, CondaError("too slow"), Warned, "`b` does not answer: too slow"),
        (BEST, BEST[:1], Warned, "the solution of `b` breaks a rule: "),
    ],
)
def test_every_answer_of_another_solver_is_told(
    first: tuple[PackageRecord, ...] | None, answer: Iterable[PackageRecord] | Exception, kind: type, told: str
) -> None:
    solution = None if first is None else Solution(first)
    [event] = compared(_request(), "a", solution, [Named("b", _Solver(answer))])
    assert isinstance(event, kind)
    assert isinstance(event, (Told, Warned))
    assert event.text.startswith(told)


def test_two_that_find_nothing_have_nothing_to_tell() -> None:
    assert not list(compared(_request(), "a", None, [Named("b", _Solver(Unsolvable("no")))]))


def test_the_command_compares_the_solvers_that_are_named(tmp_path: Path, fork_server: ForkServer | None) -> None:
    channel = ChannelBuilder(str(tmp_path / "channel"))
    channel.add_record("word", "1.0", subdir="noarch")
    channel.add_record("hopeless", "1.0", depends=["nothing"], subdir="noarch")
    (tmp_path / "home").mkdir()
    environ = {"CONDA_CHANNELS": channel.write(), "CONDA_OFFLINE": "1"}
    conda = Conda(tmp_path / "home", environ=environ, server=fork_server)
    ended = conda("create", "word", "--dry-run", "--solver", "lazy,rattler")
    assert ended.status == 0
    assert "`lazy` and `rattler` have the same solution, of 1 packages" in ended.stderr
    assert conda("create", "word", "--dry-run", "--json", "--solver", "lazy, rattler").json()
    assert "no 'nobody' plugin" in conda("create", "word", "--dry-run", "--solver", "lazy,nobody").stderr
    assert conda("create", "hopeless", "--dry-run", "--solver", "rattler,lazy").status == 4
