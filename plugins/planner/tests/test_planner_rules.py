from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.prefix_record import PrefixRecord
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.solving import ChannelPriority, Freeze, Install, Keep, Pin, Remove, Solution, SolveRequest
from conda_planner.difference import difference
from conda_planner.lifted import LiftedIndex
from conda_planner.order import link_order
from conda_planner.referee import broken_rules
from conda_planner.removal import orphans, with_dependents
from conda_planner.together import Together, broken_names, needed_for
from conda_testing.memory_index import MemoryIndex, record_of

GLIBC = VirtualPackage("__glibc", "2.28")


def _record(name: str, version: str = "1.0", *depends: str, **fields: object) -> PackageRecord:
    return record_of({"name": name, "version": version, "depends": list(depends), **fields})


def _names(records: tuple[PackageRecord, ...]) -> list[str]:
    return [record.name for record in records]


def _faults(*records: PackageRecord, machine: tuple[VirtualPackage, ...] = ()) -> list[str]:
    return [fault.told for fault in Together(records, machine).faults()]


def test_packages_that_have_what_they_need_have_no_faults() -> None:
    machine = (GLIBC,)
    assert _faults(_record("a", "1", "b >=1", "__glibc >=2.17", "a"), _record("b", "1"), machine=machine) == []


@pytest.mark.parametrize(
    ("depends", "told"),
    [
        ("gone", "needs `gone`, and there is none"),
        ("b >=2", "and there is `main/linux-64::b-1-0`"),
        ("__glibc >=2.34", "and there is `__glibc=2.28=0`"),
        ("__cuda", "needs `__cuda`, and there is none"),
    ],
)
def test_a_need_that_finds_nothing_is_a_fault_with_what_there_is(depends: str, told: str) -> None:
    (fault,) = _faults(_record("a", "1", depends), _record("b", "1"), machine=(GLIBC,))
    assert told in fault


def test_a_constraint_counts_only_for_what_is_there() -> None:
    careful = _record("a", "1", constrains=["b >=2", "c >=2", "__glibc >=2.34"])
    assert len(_faults(careful, _record("b", "1"), _record("c", "2"), machine=(GLIBC,))) == 2
    assert _faults(careful) == []


def test_a_conditional_need_counts_only_where_its_condition_holds() -> None:
    record = _record("a", "1", "b[when='__win']", "c[when='d >=2']")
    assert _faults(record, _record("d", "1")) == []
    (fault,) = _faults(record, _record("d", "2"))
    assert "`c" in fault


def test_the_groups_that_are_asked_for_are_needs_too() -> None:
    target = _record("b", "1", extra_depends={"test": ["pytest"], "docs": ["sphinx"]})
    (fault,) = _faults(_record("a", "1", "b[extras=[test,unknown]]"), target)
    assert "pytest" in fault


def test_an_installed_package_with_unreadable_needs_is_a_fault_and_no_crash() -> None:
    (fault,) = _faults(PackageRecord("a", "1", "0", depends=("b ==",)))
    assert "cannot be read" in fault


def test_what_needs_something_broken_is_broken_too() -> None:
    records = [_record("a", "1", "gone"), _record("b", "1", "a"), _record("c", "1", "b"), _record("d", "1")]
    assert broken_names(records, ()) == {"a", "b", "c"}


def test_two_that_need_each_other_and_nothing_else_are_sound() -> None:
    assert broken_names([_record("a", "1", "b"), _record("b", "1", "a")], ()) == frozenset()


def _request(*jobs: object, records: tuple[PackageRecord, ...] = (), **fields: object) -> SolveRequest:
    return SolveRequest(jobs=jobs, index=MemoryIndex(records), **fields)  # type: ignore[arg-type] # any jobs and fields


def test_a_solution_that_honours_every_job_breaks_no_rule() -> None:
    one, other = _record("a", "1"), _record("b", "1")
    jobs = (
        Install(MatchSpec.parse("a")),
        Remove(MatchSpec.parse("c")),
        Freeze(other),
        Pin(MatchSpec.parse("gone 1")),
        Keep(_record("d", "1")),
    )
    assert broken_rules(_request(*jobs, records=(one,), installed=(other,)), Solution((one, other))) == ()


@pytest.mark.parametrize(
    "job",
    [
        Install(MatchSpec.parse("a >=2")),
        Install(MatchSpec.parse("b")),
        Remove(MatchSpec.parse("a")),
        Remove(MatchSpec.parse("a*")),
        Freeze(_record("a", "2")),
        Freeze(_record("b", "2")),
        Pin(MatchSpec.parse("a 2")),
    ],
    ids=str,
)
def test_a_job_that_is_not_honoured_is_a_broken_rule(job: object) -> None:
    record = _record("a", "1")
    assert len(broken_rules(_request(job, records=(record,)), Solution((record,)))) == 1


def test_what_an_index_rejects_is_no_solution_unless_it_is_installed() -> None:
    hi, lo = _record("x", "1", channel="hi"), _record("x", "2", channel="lo")
    index = MemoryIndex([hi, lo], channels=["hi", "lo"], priority=ChannelPriority.STRICT)
    (rule,) = broken_rules(SolveRequest(jobs=(), index=index), Solution((lo,)))
    assert "strict channel priority" in rule
    assert broken_rules(SolveRequest(jobs=(), index=index, installed=(lo,)), Solution((lo,))) == ()


def test_a_lifted_name_is_offered_from_every_channel_and_others_are_not() -> None:
    records = [
        _record(name, version, channel=channel) for name in "xy" for version, channel in (("1", "hi"), ("2", "lo"))
    ]
    index = MemoryIndex(records, channels=["hi", "lo"], priority=ChannelPriority.STRICT)
    lifted = LiftedIndex(index, {"x"}, {"hi": 0, "lo": 1})
    assert [record.version for record in lifted.candidates("x")] == ["1", "2"]
    assert [record.version for record in lifted.candidates("y")] == ["1"]
    assert lifted.rejected("x") == ()
    assert [each.record.version for each in lifted.rejected("y")] == ["2"]


def test_packages_are_linked_after_what_they_need() -> None:
    records = [_record("z", "1", "m"), _record("m", "1", "a", "b"), _record("b"), _record("a", "1"), _record("alone")]
    assert _names(link_order(records)) == ["alone", "a", "b", "m", "z"]


def test_python_comes_before_pip_and_pip_before_what_needs_it() -> None:
    records = [_record("pip", "1", "python"), _record("python", "3.12.0", "pip"), _record("app", "1", "pip")]
    assert _names(link_order(records)) == ["python", "pip", "app"]


def test_the_menus_of_windows_come_before_what_needs_python() -> None:
    records = [_record("app", "1", "python"), _record("menuinst", "1", "python"), _record("python", "3.12.0")]
    assert _names(link_order(records)) == ["python", "menuinst", "app"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_that_of_the_input(edges: list[tuple[int, int]], chance: random.Random) -> None:
    needs: dict[int, list[str]] = {}
    for source, target in edges:
        needs.setdefault(source, []).append(f"p{target}")
    records = [_record(f"p{number}", "1", *needs.get(number, ())) for number in range(10)]
    expected = link_order(records)
    chance.shuffle(records)
    assert link_order(records) == expected
    assert len(expected) == 10


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_without_cycles_nothing_comes_before_what_it_needs(edges: list[tuple[int, int]]) -> None:
    needs: dict[int, set[int]] = {}
    for one, other in edges:
        needs.setdefault(max(one, other), set()).add(min(one, other))
    records = [_record(f"p{n}", "1", *(f"p{needed}" for needed in needs.get(n, ()))) for n in range(10)]
    place = {record.name: number for number, record in enumerate(link_order(records))}
    assert all(place[f"p{low}"] < place[f"p{high}"] for high, lows in needs.items() for low in lows if low != high)


def _installed(*records: PackageRecord) -> dict[str, PrefixRecord]:
    return {record.name: PrefixRecord(record) for record in records}


def test_what_stays_is_neither_unlinked_nor_linked() -> None:
    same = _record("a", "1")
    mended = same._replace(depends=("b",))
    assert difference(_installed(same), [mended]) == ((), ())


def test_the_same_package_of_another_channel_is_another_package() -> None:
    before, after = _record("a", "1"), _record("a", "1", channel="other")
    way = difference(_installed(before), [after])
    assert (len(way.unlink), way.link) == (1, (after,))


@pytest.mark.parametrize(
    ("python", "moves"),
    [
        (_record("python", "3.12.1"), False),
        (_record("python", "3.13.0"), True),
        (_record("python", "3.12.0", build="1", python_site_packages_path="lib/python3.12t/site-packages"), True),
    ],
    ids=["patch", "minor", "folder"],
)
def test_packages_for_any_python_move_with_the_place_of_its_packages(python: PackageRecord, *, moves: bool) -> None:
    before = _record("python", "3.12.0")
    six = _record("six", "1", "python", noarch="python", subdir="noarch")
    data = _record("data", "1", "python", noarch="generic", subdir="noarch")
    way = difference(_installed(before, six, data), [python, six, data])
    assert _names(way.link) == (["python", "six"] if moves else ["python"])
    assert [each.name for each in way.unlink] == (["six", "python"] if moves else ["python"])


def test_dependents_are_found_over_several_steps() -> None:
    together = Together([_record("a", "1", "b"), _record("b", "1", "c"), _record("c"), _record("d")])
    assert with_dependents(together, {"c"}) == {"a", "b", "c"}


def test_an_orphan_is_what_came_with_something_that_goes() -> None:
    together = Together(
        [
            _record("a", "1", "b", "s"),
            _record("b", "1", "c"),
            _record("c"),
            _record("s"),
            _record("k", "1", "s"),
            _record("by-hand"),
        ]
    )
    assert orphans(together, {"a"}, {"a", "k"}) == {"b", "c"}
    assert orphans(together, {"a"}, {"a", "k", "b"}) == frozenset()


def test_orphans_that_need_each_other_go_together() -> None:
    together = Together([_record("a", "1", "b"), _record("b", "1", "c"), _record("c", "1", "b")])
    assert orphans(together, {"a"}, {"a"}) == {"b", "c"}


def test_what_is_needed_for_names_leaves_out_names_that_are_not_there() -> None:
    together = Together([_record("a", "1", "b"), _record("b"), _record("c")])
    assert needed_for(together, {"a", "gone"}) == {"a", "b"}
